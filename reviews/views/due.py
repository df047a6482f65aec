"""Moving the due time of one handoff: a page for no script, a dialog with one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reviews import calendars, due_times
from reviews.business_time import TooFar
from reviews.models import Handoff
from reviews.views import until
from reviews.views.decide import go_on
from reviews.views.handoff import handoff_or_404, is_fragment, is_pane
from reviews.views.signed_in import person
from workspaces import clock
from workspaces.errors import HandoffError, Invalid, Problem


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    moment: datetime

    @property
    def hint(self) -> str:
        return until.in_words(self.moment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    allowed = due_times.may_change(person(request), handoff)
    if not allowed:
        raise PermissionDenied(allowed.reason)
    if request.method != "POST":
        return _ask(request, handoff)
    try:
        seen = _moment(request.POST.get("due", ""))
        moment = _wanted(request, handoff)
        revision = request.POST.get("revision", "")
        due_times.change(
            handoff=handoff,
            user=person(request),
            revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
            seen=seen,
            to=moment,
        )
    except HandoffError as error:
        return _ask(request, handoff_or_404(request, number), error)
    said = _("%(number)s is due %(when)s.") % {
        "number": handoff.number,
        "when": until.in_words(moment),
    }
    _say(request, handoff, said, seen, moment)
    return go_on(request, handoff)


def _say(
    request: HttpRequest, handoff: Handoff, said: str, before: datetime | None, now: datetime
) -> None:
    """With a button that moves it back, while that time is still to come."""
    if before is None or before <= clock.now():
        messages.success(request, said)
        return
    back = {
        "to": "at",
        "at": before.isoformat(),
        "due": now.isoformat(),
        "revision": handoff.revision,
    }
    url = reverse("due", args=[handoff.number])
    context = {"said": said, "url": url, "back": back, "pane": is_pane(request)}
    messages.success(request, render_to_string("reviews/_acted.html", context, request=request))


def choices(handoff: Handoff) -> list[Choice]:
    """An hour, and the same time of the next day with open hours; not past the agent's end."""
    now = clock.now()
    base = max(handoff.due_at or now, now)
    found = [Choice("hour", _("One hour later"), base + timedelta(hours=1))]
    try:
        calendar = calendars.of(handoff.workspace)
        day = calendars.a_business_day_later(calendar, base)
        found.append(Choice("day", _("One business day later"), day))
    except TooFar:
        pass
    end = handoff.expires_at
    return [each for each in found if end is None or each.moment <= end]


def _wanted(request: HttpRequest, handoff: Handoff) -> datetime:
    """Raises Invalid for what is no time."""
    chosen = request.POST.get("to", "")
    for choice in choices(handoff):
        if choice.value == chosen:
            return choice.moment
    typed = _moment(request.POST.get("at", "")) if chosen == "at" else None
    if typed is None:
        detail = _("Choose a later time, or type a date and a time.")
        raise Invalid(detail, errors=[Problem("/at", detail)])
    return typed


def _moment(text: str) -> datetime | None:
    try:
        typed = parse_datetime(text.strip()[:40])
    except ValueError:
        return None
    if typed is None or not 2000 < typed.year < 9000:
        return None
    return timezone.make_aware(typed) if timezone.is_naive(typed) else typed


def _ask(request: HttpRequest, handoff: Handoff, error: HandoffError | None = None) -> HttpResponse:
    """The question, once more with what was wrong and with what is due now."""
    context = {
        "handoff": handoff,
        "section": "queue",
        "choices": choices(handoff),
        "problem": error.detail if error else "",
        "at": request.POST.get("at", "")[:40],
        "pane": is_pane(request),
    }
    status = error.status if error else 200
    if not is_fragment(request):
        return render(request, "reviews/due.html", context, status=status)
    response = render(request, "reviews/_due_dialog.html", context, status=status)
    response["HX-Retarget"] = "#overlay"
    response["HX-Reswap"] = "innerHTML"
    return response
