"""Snoozing, waking and assigning one handoff: a page for no script, a dialog with one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from reviews import assigning, decisions, lifecycle, snoozing
from reviews.models import Handoff
from reviews.views import origin, until
from reviews.views.decide import go_on
from reviews.views.handoff import handoff_or_404, is_fragment, is_pane
from reviews.views.signed_in import person
from workspaces.errors import Forbidden, HandoffError, Invalid, Problem
from workspaces.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    if request.method != "POST":
        return _ask(request, handoff, "snooze")
    user = person(request)
    following = origin.of(request).queue(user).next_after(handoff)
    try:
        moment = until.read(request.POST.get("until", ""), request.POST.get("at", "")[:40])
        revision = request.POST.get("revision", "")
        snoozing.snooze(
            handoff=handoff,
            user=user,
            revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
            until=moment,
        )
    except HandoffError as error:
        return _ask(request, handoff, "snooze", error)
    said = (
        _("%(number)s is snoozed until %(when)s.")
        % {"number": handoff.number, "when": until.in_words(moment)}
        if moment
        else _("%(number)s is snoozed until something happens.") % {"number": handoff.number}
    )
    _say(request, said, reverse("wake", args=[handoff.number]), {})
    return go_on(request, following)


@login_required
@require_POST
def wake(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    try:
        if snoozing.wake_now(handoff=handoff, user=person(request)):
            messages.success(
                request, _("%(number)s is back in the queue.") % {"number": handoff.number}
            )
    except Forbidden as error:
        raise PermissionDenied(error.detail) from None
    return go_on(request, handoff)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    if request.method != "POST":
        return _ask(request, handoff, "assign")
    before = handoff.assigned_to
    try:
        to = chosen_person(request.POST.get("to", ""))
        changed = assigning.assign(handoff=handoff, user=person(request), to=to)
    except HandoffError as error:
        return _ask(request, handoff, "assign", error)
    if changed:
        said = _assigned(handoff, to)
        back = {"to": before.pk if before else "nobody"}
        _say(request, said, reverse("assign", args=[handoff.number]), back)
    return go_on(request, handoff)


def _assigned(handoff: Handoff, to: User | None) -> str:
    """Who has it now; and why, where that is not who was chosen."""
    who = handoff.assigned_to
    words = {"number": handoff.number, "who": who, "away": to}
    if to is not None and who is None:
        return _("%(away)s is away and nobody stands in: %(number)s is left to all.") % words
    if to is not None and to != who:
        return _("%(away)s is away: %(number)s is assigned to %(who)s, who stands in.") % words
    if who is None:
        return _("%(number)s is assigned to nobody.") % words
    return _("%(number)s is assigned to %(who)s.") % words


def chosen_person(text: str) -> User | None:
    """The active person of a primary key, None for "nobody". Raises Invalid."""
    if text == "nobody":
        return None
    found = User.objects.filter(pk=int(text), is_active=True).first() if _is_key(text) else None
    if found is None:
        detail = _("Choose somebody from the list.")
        raise Invalid(detail, errors=[Problem("/to", detail)])
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _say(request: HttpRequest, said: str, url: str, back: dict[str, Any]) -> None:
    """What was done, with a button that takes it back, on whatever page comes next."""
    url += origin.of(request).suffix
    context = {"said": said, "url": url, "back": back, "pane": is_pane(request)}
    html = render_to_string("reviews/_acted.html", context, request=request)
    messages.success(request, html)


def _ask(
    request: HttpRequest, handoff: Handoff, what: str, error: HandoffError | None = None
) -> HttpResponse:
    """The question, once more with what was wrong."""
    problem = error.detail if error else ""
    if isinstance(error, lifecycle.Moved):
        problem = decisions.why_not(handoff.pk, person(request))
    context: dict[str, Any] = {
        "handoff": handoff,
        "section": "queue",
        "what": what,
        "origin": origin.of(request),
        "problem": problem,
        "at": request.POST.get("at", "")[:40],
        "pane": is_pane(request),
    }
    if what == "snooze":
        context["choices"] = until.choices()
    else:
        context["people"] = assigning.candidates(handoff)
    status = error.status if error else 200
    if not is_fragment(request):
        return render(request, "reviews/later.html", context, status=status)
    response = render(request, "reviews/_later_dialog.html", context, status=status)
    response["HX-Retarget"] = "#overlay"
    response["HX-Reswap"] = "innerHTML"
    return response
