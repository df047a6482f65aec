"""What is done with the selected rows: a line that asks, then what became of each.

The script sends the selection in parts of 25 and puts the answers together; without it the same
form goes whole and is answered with a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from reviews import bulk, bulk_placing
from reviews.bulk import Pick, Result
from reviews.views import until
from reviews.views.putting_off import chosen_person
from reviews.views.signed_in import person
from reviews.views.words import Words
from workspaces import clock
from workspaces.errors import Invalid, Problem
from workspaces.models import User

ASKING = ("approve", "request_changes", "reject", "snooze", "assign")
AT_ONCE = ("claim", "wake")
DONE_WORDS = {
    "approve": gettext_lazy("approved"),
    "request_changes": gettext_lazy("sent back for changes"),
    "reject": gettext_lazy("rejected"),
    "snooze": gettext_lazy("snoozed"),
    "assign": gettext_lazy("assigned"),
    "claim": gettext_lazy("claimed"),
    "wake": gettext_lazy("back in the queue"),
    "undo": gettext_lazy("taken back"),
}


@dataclass
class Asked:
    """What was chosen for the whole selection."""

    do: str
    note: str = ""
    moment: datetime | None = None
    to: User | None = None
    problem: str = ""


@dataclass
class Outcome:
    """What became of a batch; ``undo`` is a bar as ``views.undoing`` has it, or None."""

    do: str
    results: Sequence[Result]
    now: datetime = field(default_factory=clock.now)

    @property
    def done(self) -> list[Result]:
        return [each for each in self.results if each.is_done]

    @property
    def left(self) -> list[Result]:
        return [each for each in self.results if not each.is_done]

    @property
    def word(self) -> str:
        return str(DONE_WORDS[self.do])

    @property
    def done_words(self) -> str:
        return _("%(n)d %(what)s") % {"n": len(self.done), "what": self.word}

    @property
    def left_words(self) -> str:
        return _("%(n)d left out") % {"n": len(self.left)}

    @property
    def summary(self) -> str:
        if not self.left:
            return self.done_words
        return f"{self.done_words}, {self.left_words}" if self.done else self.left_words

    @property
    def is_decision(self) -> bool:
        return self.do in bulk.OUTCOMES

    @property
    def open(self) -> list[Result]:
        """What can still be taken back."""
        if self.is_decision:
            return [each for each in self.done if each.release_at]
        return self.done if self.do in ("snooze", "assign", "claim") else []

    @property
    def release_at(self) -> datetime | None:
        return min((each.release_at for each in self.open if each.release_at), default=None)

    @property
    def seconds(self) -> float:
        at = self.release_at
        return round(max(0.0, (at - self.now).total_seconds()), 1) if at else 0.0

    @property
    def numbers(self) -> str:
        return ",".join(str(each.pick.pk) for each in self.open)


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    picks = bulk.parse(request.POST.getlist("pick"))
    asked = Asked(request.POST.get("do", ""), Words.posted(request.POST).note)
    if asked.do not in ASKING + AT_ONCE or not picks:
        messages.error(request, _("Select at least one handoff, then say what to do with it."))
        return HttpResponseRedirect(reverse("queue"))
    is_sure = asked.do in AT_ONCE or bool(request.POST.get("sure"))
    if not is_sure:
        return _ask(request, picks, asked)
    try:
        _read(request, asked)
    except Invalid as error:
        asked.problem = error.detail
        return _ask(request, picks, asked, status=422)
    return _show(request, Outcome(asked.do, _run(person(request), picks, asked)))


def _read(request: HttpRequest, asked: Asked) -> None:
    """Raises Invalid where something is still missing for all of them."""
    if asked.do == "snooze":
        asked.moment = until.read(request.POST.get("until", ""), request.POST.get("at", "")[:40])
    elif asked.do == "assign":
        asked.to = chosen_person(request.POST.get("to", ""))
    elif asked.do == "request_changes" and not asked.note:
        said = _("Say what should change: the note goes to each of the agents.")
        raise Invalid(said, errors=[Problem("/note", said)])


def _run(user: User, picks: Sequence[Pick], asked: Asked) -> list[Result]:
    if asked.do == "snooze":
        return bulk_placing.snooze(user, picks, asked.moment)
    if asked.do == "assign":
        return bulk_placing.assign(user, picks, asked.to)
    if asked.do == "claim":
        return bulk_placing.claim(user, picks)
    if asked.do == "wake":
        return bulk_placing.wake(user, picks)
    return bulk.decide(user, picks, asked.do, asked.note)


def _ask(
    request: HttpRequest, picks: Sequence[Pick], asked: Asked, *, status: int = 200
) -> HttpResponse:
    """The line that names the number, and what would be left out and why."""
    user = person(request)
    is_decision = asked.do in bulk.OUTCOMES
    judged = bulk.look(user, picks, asked.do) if is_decision else []
    left = [each for each in judged if not each.is_done]
    going = len(picks) - len(left)
    context: dict[str, Any] = {
        "asked": asked,
        "picks": picks,
        "left": left,
        "going": going,
        "question": _question(asked.do, going),
        "verb": _verb(asked.do),
        "at": request.POST.get("at", "")[:40],
        "section": "queue",
    }
    if asked.do == "snooze":
        context["choices"] = until.choices()
    elif asked.do == "assign":
        context["people"] = bulk_placing.candidates(user, picks)
    template = "reviews/_bulk_sure.html" if _is_part(request) else "reviews/bulk.html"
    return render(request, template, context, status=status)


def _question(do: str, n: int) -> str:
    said = {
        "approve": ngettext("Approve %(n)d handoff?", "Approve %(n)d handoffs?", n),
        "request_changes": ngettext(
            "Request changes on %(n)d handoff?", "Request changes on %(n)d handoffs?", n
        ),
        "reject": ngettext("Reject %(n)d handoff?", "Reject %(n)d handoffs?", n),
        "snooze": ngettext("Snooze %(n)d handoff until", "Snooze %(n)d handoffs until", n),
        "assign": ngettext("Assign %(n)d handoff to", "Assign %(n)d handoffs to", n),
    }
    return said[do] % {"n": n} if n else _("None of them can be decided together.")


def _verb(do: str) -> str:
    verbs = {"approve": _("Approve"), "request_changes": _("Request changes")}
    return {**verbs, "reject": _("Reject")}.get(do, "")


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _show(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    template = "reviews/_bulk_outcome.html" if _is_part(request) else "reviews/bulk.html"
    return render(request, template, {"outcome": outcome, "section": "queue"})


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """``of`` names what is to be taken back: "12", or "12:7" for assigned to 7 before."""
    user, do = person(request), request.POST.get("do", "")
    before = dict(_parts(request.POST.getlist("of")))
    picks = [Pick(pk, 0, "") for pk in before]
    if do == "snooze":
        results = bulk_placing.wake(user, picks)
    elif do == "claim":
        results = bulk_placing.release(user, picks)
    elif do == "assign":
        people = User.objects.in_bulk({key for key in before.values() if key})
        results = bulk_placing.give_back(
            user, {pk: people.get(key or 0) for pk, key in before.items()}
        )
    else:
        results = bulk.undo(user, list(before))
    return _show(request, Outcome("undo", results))


def _parts(texts: Sequence[str]) -> list[tuple[int, int | None]]:
    found = []
    for text in texts[: bulk.MOST]:
        pk, _colon, before = text.partition(":")
        if pk.isascii() and pk.isdecimal() and len(pk) < 19:
            is_key = before.isascii() and before.isdecimal() and len(before) < 19
            found.append((int(pk), int(before) if is_key else None))
    return found


@login_required
@require_POST
def hold(request: HttpRequest) -> JsonResponse:
    """Hovering over or focusing the batch's undo bar keeps it open; answers the seconds left."""
    pks = [pk for pk, _before in _parts(request.GET.get("of", "").split(","))]
    release_at = bulk.hold(person(request), pks)
    left = (release_at - clock.now()).total_seconds() if release_at else 0
    return JsonResponse({"seconds": max(0.0, round(left, 1))})
