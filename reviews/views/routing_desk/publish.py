"""Putting a draft in force, its versions, and going back to one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reviews import rule_forms, rule_publishing, rule_simulations
from reviews.models import RuleVersion
from reviews.rule_drafts import EditedMeanwhile
from reviews.views.routing_desk import scopes, shown
from reviews.views.routing_desk.scopes import Place
from workspaces.doors import screen
from workspaces.errors import HandoffError, Invalid
from workspaces.models import User

SHOWN = 50


@screen("GET", "POST")
def publish(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    """What would change, and a note; a draft that changed meanwhile is shown once more."""
    place = scopes.place_for(user, scope)
    draft = rule_forms.draft_of(place.scope)
    if draft is None:
        if request.method == "POST":
            messages.info(request, _("There is no draft; somebody published it, or threw it away."))
        return redirect(place.url())
    if request.method != "POST":
        return _draw(request, user, place, draft)
    _draft, seen = scopes.draft_seen(place, request)
    note = request.POST.get("note", "").strip()
    try:
        version = rule_publishing.publish(draft, seen=seen, by=user, note=note)
    except EditedMeanwhile as error:
        fresh = rule_forms.draft_of(place.scope)
        if fresh is None:
            messages.warning(request, error.detail)
            return redirect(place.url())
        told = scopes.meanwhile(error, seen)
        return _draw(request, user, place, fresh, note=note, meanwhile=told, status=409)
    except Invalid as error:
        problems = [each.detail for each in error.errors or ()] or [error.detail]
        return _draw(request, user, place, draft, note=note, problems=problems, status=422)
    messages.success(request, _("Version %(n)s is in force.") % {"n": version.number})
    return redirect(place.url())


def _draw(
    request: HttpRequest,
    user: User,
    place: Place,
    draft: RuleVersion,
    *,
    note: str = "",
    meanwhile: str = "",
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    in_force = rule_forms.published(place.scope)
    context = scopes.context(
        user,
        place,
        draft=draft,
        in_force=in_force,
        differences=shown.differences(in_force, draft, place.scope),
        silent=[row for row in shown.rules_of(draft, place.scope, in_force) if row.nobody],
        simulation=rule_simulations.newest(draft),
        note=note,
        meanwhile=meanwhile,
        problems=problems or [],
        longest=rule_publishing.LONGEST_NOTE,
    )
    return render(request, "reviews/routing/publish.html", context, status=status)


@screen("GET")
def versions(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    place = scopes.place_for(user, scope)
    rows = list(rule_forms.history(place.scope)[:SHOWN])
    return render(
        request, "reviews/routing/versions.html", scopes.context(user, place, versions=rows)
    )


@screen("GET")
def one(request: HttpRequest, user: User, scope: str, version: int) -> HttpResponse:
    """One version: its rules, and what it changed."""
    place = scopes.place_for(user, scope)
    found = _version(place, version)
    history = rule_forms.history(place.scope)
    before = history.filter(number__lt=version).first()
    in_force = rule_forms.published(place.scope)
    context = scopes.context(
        user,
        place,
        version=found,
        before=before,
        in_force=in_force,
        is_in_force=found.status == RuleVersion.Status.PUBLISHED,
        rules=shown.rules_of(found, place.scope, None),
        differences=shown.differences(before, found, place.scope),
        back=shown.differences(in_force, found, place.scope),
    )
    return render(request, "reviews/routing/version.html", context)


def _version(place: Place, number: int) -> RuleVersion:
    found = rule_forms.history(place.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@screen("POST")
def roll_back(request: HttpRequest, user: User, scope: str, version: int) -> HttpResponse:
    place = scopes.place_for(user, scope)
    found = _version(place, version)
    try:
        note = request.POST.get("note", "").strip()
        made = rule_publishing.roll_back(found, by=user, note=note)
    except HandoffError as error:
        scopes.tell(request, error)
        return redirect(place.url("routing-version", version))
    told = _("Version %(old)s is in force again, as version %(new)s.")
    messages.success(request, told % {"old": version, "new": made.number})
    return redirect(place.url())
