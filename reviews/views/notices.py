"""What reaches somebody: their own choice, a team's defaults, and the link that ends mails."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from reviews import notices
from reviews.notices_form import ChoicesForm, PersonForm
from reviews.notify import choosing, unsubscribing
from workspaces import team_rights
from workspaces.actors import Actor
from workspaces.doors import demand, screen
from workspaces.models import User


@screen("GET", "POST")
def own(request: HttpRequest, user: User) -> HttpResponse:
    settings = notices.of_user(user)
    form = PersonForm(request.POST or None, settings, choosing.of_teams(user))
    if request.method == "POST" and form.is_valid():
        notices.keep(settings, form.ways(), by=Actor.user(user), **form.columns())
        return _kept(request, "notices")
    teams = user.teams.filter(archived_at=None, notices__isnull=False)
    context = {"form": form, "teams": teams, "section": "settings"}
    return _page(request, "reviews/notices.html", form, context)


@screen("GET", "POST")
def of_team(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Defaults for a team's members; its leads and admins may change them."""
    team = team_rights.visible_to(user).filter(pk=pk).first()
    if team is None:
        raise Http404
    demand(team_rights.may_staff(user, team))
    settings = notices.of_team(team)
    form = ChoicesForm(request.POST or None, settings, {})
    if request.method == "POST" and form.is_valid():
        notices.keep(settings, form.ways(), by=Actor.user(user))
        return _kept(request, "team-notices", team.pk)
    context = {"form": form, "team": team, "section": "teams"}
    return _page(request, "reviews/team_notices.html", form, context)


@csrf_exempt  # mail programs post it with nothing but the signed address (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def mails_off(request: HttpRequest, signed: str) -> HttpResponse:
    """GET only shows what the link would do; a POST does it, again and again the same."""
    link = unsubscribing.read(signed)
    if link is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        notices.end_mails(link.user, link.groups, choosing.of_teams(link.user))
    context = {"names": [group.label for group in link.groups], "is_done": is_done}
    response = render(request, "reviews/mails_off.html", context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _page(
    request: HttpRequest, template: str, form: ChoicesForm, context: dict[str, Any]
) -> HttpResponse:
    if form.is_bound and _is_by_script(request):
        return JsonResponse({"errors": form.errors}, status=422)
    return render(request, template, context, status=422 if form.is_bound else 200)


def _kept(request: HttpRequest, *page: Any) -> HttpResponse:
    """204 for the script that saves with every change."""
    if _is_by_script(request):
        return HttpResponse(status=204)
    messages.success(request, _("Saved."))
    return redirect(*page)


def _is_by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"
