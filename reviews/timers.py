"""What is to happen to a round, and when: rows, planned when it is routed.

A rule's ``due`` says when an answer is wanted; where no rule says so, the document's ``expires_at``
does, and nothing is wanted later than that. At half of the time people are reminded, then the
ladder climbs. A handoff ends at the document's ``expires_at``, or, if it names none, when it is due
under a rule that says what happens then (``on_expiry``). ``reviews.firing`` does what is due.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from reviews import calendars
from reviews.business_time import HORIZON, Calendar, TooFar, add, between
from reviews.models import Handoff, RoutingRun, Status, Timer

WARN_AT = 0.5
CLAIM_HOLDS = timedelta(minutes=15)  # an open tab renews a claim, so it does not hold for ever
LATEST = 10.0  # times the time to due
EXPIRE, REJECT, APPROVE, ESCALATE = "expire", "reject", "approve", "escalate"
Step = Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """How a round ends by itself; ``at`` None: it does not. ``is_rules``: a rule said so."""

    at: datetime | None
    what: str
    is_rules: bool


def plan(handoff: Handoff, run: RoutingRun, at: datetime) -> None:
    """Set the due time of the round that ``run`` routed and plan its timers.

    In the transaction that routes. What was planned for an earlier round is dropped.
    """
    number = run.revision.number
    if number > 1:
        drop(handoff, because="round", at=at)
    calendar = calendars.of(handoff.workspace) if _needs_calendar(handoff, run) else None
    due, is_business = _due(handoff, run, calendar, at)
    if (handoff.due_at, handoff.is_due_in_business_time) != (due, is_business):
        handoff.due_at, handoff.is_due_in_business_time = due, is_business
        Handoff.objects.filter(pk=handoff.pk).update(
            due_at=due, is_due_in_business_time=is_business
        )
    rows = _rows(handoff, run, calendar, at)
    Timer.objects.bulk_create(rows)


def drop(handoff: Handoff, *, because: str, at: datetime) -> None:
    Timer.objects.filter(handoff=handoff, done_at=None).update(done_at=at, skipped=because)


def due(now: datetime) -> QuerySet[Timer]:
    """What may be done now, oldest first: due, of a round that is open, and held by nothing."""
    unclaimed = (
        Q(handoff__claimed_until=None)
        | Q(handoff__claimed_until__lte=now)
        | Q(at__lte=now - CLAIM_HOLDS)
    )
    awake = (
        Q(handoff__snoozed_until=None)
        | Q(handoff__snoozed_until__lte=now)
        | Q(handoff__due_key__lte=now)
    )
    return (
        Timer.objects.filter(Q(kind=Timer.Kind.EXPIRE) | unclaimed & awake)
        .filter(done_at=None, at__lte=now, handoff__status=Status.PENDING, handoff__verdict="")
        .order_by("at", "pk")
    )


def replan(handoff: Handoff, run: RoutingRun, *, at: datetime) -> None:
    """Move what is still to come to the handoff's new ``due_at``; in the caller's transaction.

    The next reminder comes at half of what is left. Steps that were taken stay taken.
    """
    assert handoff.due_at is not None
    calendar = calendars.of(handoff.workspace)
    waiting = Timer.objects.filter(handoff=handoff, revision=run.revision.number)
    warnings = waiting.filter(kind=Timer.Kind.WARN)
    count = warnings.count()
    warnings.filter(done_at=None).update(done_at=at, skipped="extended")
    Timer.objects.create(
        handoff=handoff,
        revision=run.revision.number,
        kind=Timer.Kind.WARN,
        step=count,
        at=_part(calendar, at, handoff.due_at, WARN_AT),
    )
    for number, step in enumerate(ladder(run)):
        if "at" in step:
            moment = _moment(step, calendar, run.created_at, handoff.due_at)
            waiting.filter(kind=Timer.Kind.ESCALATE, step=number, done_at=None).update(at=moment)
    if handoff.expires_at is None:
        waiting.filter(kind=Timer.Kind.EXPIRE, done_at=None).update(at=handoff.due_at)


def ladder(run: RoutingRun) -> list[Step]:
    """The steps in force, first to last."""
    return list(run.effects.get("ladder") or [])


def ending(handoff: Handoff, run: RoutingRun | None) -> Ending:
    """What becomes of the current round when nobody decides it.

    A document's "approve" is none: approving by time is an admin's to allow, in a rule.
    """
    stated = (run.effects.get("on_expiry") or "") if run is not None else ""
    if stated:
        return Ending(handoff.expires_at or handoff.due_at, stated, True)
    what = EXPIRE if handoff.on_expiry == APPROVE else handoff.on_expiry
    return Ending(handoff.expires_at, what, False)


def _needs_calendar(handoff: Handoff, run: RoutingRun) -> bool:
    return bool(handoff.expires_at or run.effects.get("due") or run.effects.get("ladder"))


def _due(
    handoff: Handoff, run: RoutingRun, calendar: Calendar | None, at: datetime
) -> tuple[datetime | None, bool]:
    """By the rule, at the latest when the document ends; None: it says no more than that."""
    wanted = run.effects.get("due")
    if not wanted or calendar is None:
        return None, False
    is_business = bool(wanted.get("business")) and not calendar.is_always_open
    due = _after(calendar if is_business else None, at, wanted["minutes"])
    if handoff.expires_at is not None and handoff.expires_at < due:
        return handoff.expires_at, False
    return due, is_business


def _rows(
    handoff: Handoff, run: RoutingRun, calendar: Calendar | None, at: datetime
) -> list[Timer]:
    due, end = handoff.due_at or handoff.expires_at, ending(handoff, run)
    last = end.at if end.what != ESCALATE else None  # nothing happens to what has ended
    found: list[tuple[Timer.Kind, int, datetime]] = []
    if due is not None and calendar is not None:
        found.append((Timer.Kind.WARN, 0, _part(calendar, at, due, WARN_AT)))
    for number, step in enumerate(ladder(run)):
        moment = _moment(step, calendar, at, due)
        if moment is not None and (last is None or moment < last):
            found.append((Timer.Kind.ESCALATE, number, moment))
    if end.at is not None:
        found.append((Timer.Kind.EXPIRE, 0, end.at))
    return [
        Timer(handoff=handoff, revision=run.revision.number, kind=kind, step=number, at=moment)
        for kind, number, moment in found
    ]


def _moment(
    step: Step, calendar: Calendar | None, start: datetime, due: datetime | None
) -> datetime | None:
    """When a step of the ladder is taken; None for a share of a time that nobody set."""
    if "minutes" in step:
        return _after(calendar if step.get("business") else None, start, step["minutes"])
    if due is None or calendar is None:
        return None
    return _part(calendar, start, due, float(step.get("at", 1.0)))


def _part(calendar: Calendar, start: datetime, due: datetime, share: float) -> datetime:
    """When that share of the open time to ``due`` has passed; of all time where none is open."""
    if share == 1.0 or due <= start:
        return due
    share = min(max(share, 0.0), LATEST)
    try:
        if whole := between(calendar, start, due):
            return add(calendar, start, whole * share)
    except TooFar:
        pass
    return start + min((due - start) * share, HORIZON)


def _after(calendar: Calendar | None, start: datetime, minutes: float) -> datetime:
    """Bounded: what is further ahead than ten years counts as ten years."""
    try:
        if calendar is not None:
            return add(calendar, start, minutes)
        return start + min(timedelta(minutes=minutes), HORIZON)
    except (TooFar, OverflowError):
        return start + HORIZON
