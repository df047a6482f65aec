"""Saved views: the rail's counts, saving the filter that is on, and the page that keeps order."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from reviews import saved_views
from reviews.filtering.language import LONGEST
from reviews.models import SavedView
from reviews.saved_view_form import SavedViewForm, choices, sharing_of
from workspaces.doors import screen
from workspaces.errors import Conflict
from workspaces.models import Team, User


@screen("GET", "POST")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """All of them; with ``?q=`` the form for a new one stands first."""
    asked = request.GET.get("q", "")[:LONGEST]
    initial = {"query": asked, "shared": SavedView.Sharing.OWN}
    form = SavedViewForm(request.POST or None, initial=initial, user=user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            view = saved_views.save(
                user, name=given["name"], query=given["query"], **form.sharing()
            )
        except Conflict as error:
            form.add_error(None, error.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect(address(view))
    return render(request, "reviews/saved_views.html", _context(user, form))


def _context(user: User, form: SavedViewForm) -> dict[str, Any]:
    views = saved_views.ordered(user)
    for view in views:
        chosen = f"team-{view.team_id}" if view.team_id else view.sharing
        own = view.owner_id == user.pk
        more = {"url": address(view), "chosen": chosen, "is_own": own}
        more["may_remove"] = own or user.is_site_admin
        for name, value in more.items():
            setattr(view, name, value)
    return {"form": form, "views": views, "choices": choices(form.teams), "section": "views"}


def address(view: SavedView) -> str:
    return f"{reverse('queue')}?{urlencode({'q': view.query})}"


def _view_for(user: User, pk: int) -> SavedView:
    """One they may use; a site admin may also find what is shared with a team. Raises Http404."""
    found = saved_views.available_to(user).filter(pk=pk).first()
    if found is None and user.is_site_admin:
        found = SavedView.objects.exclude(sharing=SavedView.Sharing.OWN).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@screen("POST")
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    view = _view_for(user, pk)
    name = request.POST.get("name", "").strip()
    teams = list(Team.objects.filter(members=user))
    try:
        sharing = sharing_of(request.POST.get("shared", ""), teams)
    except KeyError:
        sharing = {"sharing": SavedView.Sharing(view.sharing), "team": view.team}
    if not name or len(name) > 60 or not name.isprintable():
        messages.error(request, _("A view needs a name of at most 60 characters."))
    else:
        saved_views.change(view, user, name=name, **sharing)
        messages.success(request, _("Saved."))
    return redirect("views")


@screen("POST")
def remove(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    view = _view_for(user, pk)
    saved_views.remove(view, user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": view.name})
    return redirect("views")


@screen("POST")
def move(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    by = -1 if request.POST.get("to") == "up" else 1
    saved_views.move(_view_for(user, pk), user, by=by)
    return redirect("views")


@screen("GET")
def counts(request: HttpRequest, user: User) -> HttpResponse:
    """``{"counts": {"<view>": "12"}}`` of those in the rail, for a page that hears of changes."""
    views = saved_views.ordered(user)[: saved_views.IN_RAIL]
    found = saved_views.counts(user, views)
    return JsonResponse({"counts": {pk: saved_views.counted(n) for pk, n in found.items()}})
