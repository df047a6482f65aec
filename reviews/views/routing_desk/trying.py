"""Trying rules out: on one handoff, and on all of the last days."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reviews import rule_actions, rule_drafts, rule_forms, rule_simulations, rule_trials
from reviews.models import Handoff, Simulation
from reviews.rule_trials import Trial
from reviews.views.routing_desk import scopes
from reviews.views.routing_desk.scopes import Place
from workspaces.doors import screen
from workspaces.errors import HandoffError
from workspaces.models import User

NEWEST, LONGEST = 8, 200


@screen("GET")
def test(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    """``?h=``: a handoff's number, or words of its title; the newest that has them is tried."""
    place = scopes.place_for(user, scope)
    in_force, draft = scopes.versions(place)
    asked = request.GET.get("h", "").strip()[:LONGEST]
    handoff = _found(place, asked)
    context = scopes.context(
        user,
        place,
        draft=draft,
        in_force=in_force,
        asked=asked,
        handoff=handoff,
        newest=_all(place).order_by("-pk")[:NEWEST],
    )
    version = draft or in_force
    if handoff is not None and version is not None:
        tried = rule_trials.trial(version, handoff)
        context |= {"trial": tried, "then": _then(tried, place)}
        if draft is not None and in_force is not None:
            before = rule_trials.trial(in_force, handoff)
            context |= {"before": _then(before, place), "is_other": _is_other(tried, before)}
    return render(request, "reviews/routing/test.html", context)


def _all(place: Place) -> QuerySet[Handoff]:
    found = Handoff.objects.select_related("workspace", "submitter")
    return found if place.scope is None else found.filter(workspace=place.scope)


def _found(place: Place, asked: str) -> Handoff | None:
    if not asked:
        return None
    figures = asked.upper().removeprefix("HO-").removeprefix("#")
    if figures.isdecimal() and len(figures) < 18:
        found = _all(place).filter(pk=int(figures)).first()
        if found is not None:
            return found
    words = _all(place)
    for word in asked.split()[:10]:
        words = words.filter(title__icontains=word)
    return words.order_by("-pk").first()


def _then(trial: Trial, place: Place) -> str:
    """Where it goes, in words."""
    fired = trial.fired
    if fired is None:
        return _("Nobody: no rule reaches anybody.")
    return rule_actions.sentence(
        fired.line.actions, fired.line.names, place=str(place.scope or _("its workspace"))
    )


def _is_other(one: Trial, other: Trial) -> bool:
    def key(trial: Trial) -> object:
        fired = trial.fired
        return (fired.line.key, fired.line.actions) if fired else None

    return key(one) != key(other)


@screen("POST")
def simulate(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    place = scopes.place_for(user, scope)
    draft = rule_drafts.open_draft(place.scope, by=user)
    days = request.POST.get("days", "7")
    try:
        made: Simulation | None = rule_simulations.start(
            draft, days=int(days) if days.isdecimal() else 0, by=user
        )
    except rule_simulations.AlreadyRunning:
        made = rule_simulations.newest(draft)
    except HandoffError as error:
        scopes.tell(request, error)
        return redirect(place.url())
    assert made is not None
    return redirect(place.url("routing-simulation", made.pk))


@screen("GET")
def simulation(request: HttpRequest, user: User, scope: str, pk: int) -> HttpResponse:
    """How far it is, and what it found; asked again by the page while it runs."""
    place = scopes.place_for(user, scope)
    row = _row(place, pk)
    is_running = row.status in (Simulation.Status.WAITING, Simulation.Status.RUNNING)
    moved = [] if is_running else row.moves
    handoffs = Handoff.objects.in_bulk([move["handoff"] for move in moved])
    moves = [{**move, "row": handoffs.get(move["handoff"])} for move in moved]
    most = max([1, *(count["n"] for count in row.counts)])
    context = scopes.context(
        user,
        place,
        simulation=row,
        is_running=is_running,
        moves=moves,
        most=most,
        draft=rule_forms.draft_of(place.scope),
        per_cent=round(100 * row.done / row.total) if row.total else 0,
    )
    part = request.headers.get("HX-Request")
    page = "reviews/routing/_simulation.html" if part else "reviews/routing/simulation.html"
    return render(request, page, context)


def _row(place: Place, pk: int) -> Simulation:
    rows = Simulation.objects.select_related("version", "asked_by")
    found = rows.filter(pk=pk, version__workspace=place.scope).first()
    if found is None:
        raise Http404
    return found


@screen("POST")
def cancel(request: HttpRequest, user: User, scope: str, pk: int) -> HttpResponse:
    place = scopes.place_for(user, scope)
    if not rule_simulations.cancel(_row(place, pk), by=user):
        messages.info(request, _("It had ended already."))
    return redirect(place.url("routing-simulation", pk))
