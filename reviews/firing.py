"""Doing what is due: reminders, steps of the ladder, endings. Any number of processes may sweep.

A timer is taken by compare-and-set in the transaction that does what it says, so it fires once:
a kill in between takes both back, a clock that goes back finds it done. A verdict whose undo
window is open holds everything; a live claim, and a snooze until the due time, hold what is not
the end. What is held is still due afterwards.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.utils import Error

from reviews import (
    answers,
    binding,
    event_kinds,
    lifecycle,
    reachable,
    snoozing,
    timers,
    verdict_rules,
)
from reviews.models import Answer, Handoff, Outcome, RoutingRun, Status, Timer
from workspaces import clock, events, faults
from workspaces.actors import SYSTEM, Actor
from workspaces.models import User
from workspaces.transactions import write

logger = logging.getLogger("handoff.timers")
BATCH = 100
FAILED_PAUSE = 5.0
_resting: dict[int, float] = {}  # timer that failed -> monotonic second of its next try


class _NotNow(Exception):
    """The handoff is held, or has moved on, so nothing is done."""


def fire_due(limit: int = 500) -> int:
    """Fire up to ``limit`` timers whose time has come, oldest first; returns how many fired.

    One that fails is logged and tried again in ``FAILED_PAUSE`` seconds; the others go on.
    """
    for pk in [pk for pk, until in _resting.items() if until <= time.monotonic()]:
        _resting.pop(pk, None)
    count, now = 0, clock.now()
    seen: set[int] = set()
    while count < limit:
        batch = [each for each in due(now)[: BATCH + len(seen)] if each.pk not in seen][:BATCH]
        if not batch:
            break
        for timer in batch:
            seen.add(timer.pk)
            count += _fire(timer, now)
    return count


def due(now: datetime) -> QuerySet[Timer]:
    """What may be done now, oldest first."""
    unclaimed = Q(handoff__claimed_until=None) | Q(handoff__claimed_until__lte=now)
    awake = (
        Q(handoff__snoozed_until=None)
        | Q(handoff__snoozed_until__lte=now)
        | Q(handoff__due_key__lte=now)
    )
    return (
        Timer.objects.filter(Q(kind=Timer.Kind.EXPIRE) | unclaimed & awake)
        .filter(done_at=None, at__lte=now, handoff__status=Status.PENDING, handoff__verdict="")
        .exclude(pk__in=list(_resting))
        .order_by("at", "pk")
    )


def _fire(timer: Timer, now: datetime) -> bool:
    try:
        if timer.kind == Timer.Kind.EXPIRE:
            return _end(timer, now)
        with write():
            _take(timer, now)
            run = _run_of(timer)
            _refuse_what_has_ended(run, now)
            if timer.kind == Timer.Kind.WARN:
                _remind(run.handoff, run, now)
            else:
                _climb(timer, run.handoff, run, now)
            faults.point("timer.fired")
        return True
    except (_NotNow, lifecycle.Moved):
        return False
    except Error:
        raise
    except Exception:
        _resting[timer.pk] = time.monotonic() + FAILED_PAUSE
        logger.exception("timer %s failed", timer.pk)
        return False


def _run_of(timer: Timer) -> RoutingRun:
    runs = RoutingRun.objects.select_related(
        "handoff__workspace__work_hours", "handoff__submitter", "revision", "rule"
    )
    run = runs.filter(handoff=timer.handoff_id, revision__number=timer.revision).first()
    if run is None:
        raise LookupError(f"round {timer.revision} of HO-{timer.handoff_id} was never routed")
    return run


def _take(timer: Timer, now: datetime) -> None:
    """Win the timer, with the handoff as it must be; raises _NotNow.

    The handoff's row is locked first, as decisions do it, so that the two never wait crosswise.
    """
    stands = Handoff.objects.select_for_update().filter(
        pk=timer.handoff_id, status=Status.PENDING, verdict="", revision=timer.revision
    )
    if not list(stands.values_list("pk", flat=True)):
        raise _NotNow
    mine = Timer.objects.filter(pk=timer.pk, done_at=None, at=timer.at)
    if not mine.update(done_at=now):
        raise _NotNow


def _refuse_what_has_ended(run: RoutingRun, now: datetime) -> None:
    """After a pause of the desk an ending may be due too: then nobody is troubled first."""
    ending = timers.ending(run.handoff, run)
    if ending.at is not None and ending.at <= now and ending.what != timers.ESCALATE:
        raise _NotNow


def _remind(handoff: Handoff, run: RoutingRun, now: datetime) -> None:
    """Tell who has it, else all whom its round was routed to."""
    people = [handoff.assigned_to] if handoff.assigned_to else []
    told = reachable.available([each for each in people if each], now)
    if not told:
        told = reachable.available(run.reviewers.all(), now)
    moment = handoff.due_at or handoff.expires_at
    _wake_if_due(handoff, now)
    events.record(
        handoff.workspace_id,
        event_kinds.DUE_SOON,
        subject=lifecycle.subject(handoff),
        actor=_actor(run, "due"),
        payload={
            "revision": handoff.revision,
            "due": moment.isoformat() if moment else None,
            "to": sorted(told),
        },
        at=now,
    )


def _climb(timer: Timer, handoff: Handoff, run: RoutingRun, now: datetime) -> None:
    """Take a step of the ladder. Where nobody of it is there, the next comes at once, and after
    the last the workspace's admins are told."""
    steps = timers.ladder(run)
    if timer.step >= len(steps):
        Timer.objects.filter(pk=timer.pk).update(skipped="gone")
        return
    step = steps[timer.step]
    barred = run.effects.get("not")
    people = reachable.those(handoff, step.get("to") or [], barred=barred, at=now)
    if people:
        _wake_if_due(handoff, now)
        act = "assign" if step.get("act") == "assign" else "notify"
        _hand_to(handoff, run, people, act=act, number=timer.step, now=now)
        return
    Timer.objects.filter(pk=timer.pk).update(skipped="nobody")
    following = Timer.objects.filter(
        handoff=handoff, revision=timer.revision, kind=timer.kind, step__gt=timer.step, done_at=None
    ).order_by("step")
    upcoming = following.first()
    if upcoming is not None:
        Timer.objects.filter(pk=upcoming.pk, done_at=None).update(at=min(upcoming.at, now))
        return
    _tell(
        handoff,
        run,
        reachable.admins_of(handoff.workspace, now),
        number=timer.step,
        because="nobody",
        now=now,
    )


def _hand_to(
    handoff: Handoff,
    run: RoutingRun,
    people: Sequence[User],
    *,
    act: str,
    number: int,
    now: datetime,
) -> None:
    chosen = people
    if act == "assign":
        before = handoff.assigned_to_id
        chosen = [_least_loaded([each for each in people if each.pk != before] or people)]
        to = chosen[0]
        if to.pk == before:
            act = "notify"  # they have it already
        elif Handoff.objects.filter(pk=handoff.pk, assigned_to=before).update(assigned_to=to):
            events.record(
                handoff.workspace_id,
                event_kinds.ASSIGNED,
                subject=lifecycle.subject(handoff),
                actor=_actor(run, "ladder"),
                payload={"revision": handoff.revision, "to": to.pk, "from": before},
                at=now,
            )
            snoozing.wake(handoff, because="assigned", actor=_actor(run, "ladder"), at=now)
        else:
            raise _NotNow
    _tell(handoff, run, chosen, number=number, because=act, now=now)


def _least_loaded(people: Sequence[User]) -> User:
    """A team's leads come first in ``people``; among equals who has the fewest open ones."""
    held = Handoff.objects.open().filter(assigned_to__in=people).values_list("assigned_to_id")
    load: dict[int, int] = {}
    for (pk,) in held[:10_000]:
        load[pk] = load.get(pk, 0) + 1
    return min(people, key=lambda person: load.get(person.pk, 0))


def _tell(
    handoff: Handoff,
    run: RoutingRun,
    people: Sequence[User],
    *,
    number: int | None,
    because: str,
    now: datetime,
) -> None:
    """Record the step: ``because`` is notify, assign, nobody (admins are told) or end."""
    events.record(
        handoff.workspace_id,
        event_kinds.ESCALATED,
        subject=lifecycle.subject(handoff),
        actor=_actor(run, "ladder"),
        payload={
            "revision": handoff.revision,
            "step": number,
            "act": "assign" if because == "assign" else "notify",
            "to": [each.pk for each in people],
            "because": because,
        },
        at=now,
    )


def _wake_if_due(handoff: Handoff, now: datetime) -> None:
    if handoff.is_snoozed(now):
        snoozing.wake(handoff, because="due", actor=SYSTEM, at=now)


def _end(timer: Timer, now: datetime) -> bool:
    """Never as a person's rejection; as an approval only where an admin's rule says so."""
    run = _run_of(timer)
    handoff = run.handoff
    ending = timers.ending(handoff, run)
    if ending.what == timers.ESCALATE:
        with write():
            _take(timer, now)
            _wake_if_due(handoff, now)
            people = reachable.admins_of(handoff.workspace, now)
            _tell(handoff, run, people, number=None, because="end", now=now)
        return True
    outcome, refused = _outcome(ending, run)
    actor = Actor("rule", str(run.rule_id)) if ending.is_rules else SYSTEM
    answer: Answer = answers.of_end(
        handoff, run.revision, status=Status.EXPIRED, outcome=outcome, actor=actor, at=now
    )
    with write():
        _take(timer, now)
        Timer.objects.filter(pk=timer.pk).update(skipped=refused)
        faults.point("timer.ending")
        lifecycle.finish(handoff, answer, verdict="", actor=actor, at=now)
    return True


def _outcome(ending: timers.Ending, run: RoutingRun) -> tuple[Outcome, str]:
    """The outcome, and why a rule's approval became none (a word for the timer)."""
    if ending.what == timers.REJECT:
        return Outcome.REJECTED, ""
    if ending.what != timers.APPROVE or not ending.is_rules:
        return Outcome.NONE, ""
    document = run.revision.parsed
    if document.is_critical or run.handoff.is_critical:
        return Outcome.NONE, "critical"
    if "approve" not in verdict_rules.allowed(document):
        return Outcome.NONE, "not-allowed"
    if run.revision.secrets:
        return Outcome.NONE, "secrets"
    if binding.is_stale(run.handoff, run.revision):
        return Outcome.NONE, "files-changed"
    return Outcome.APPROVED, ""


def _actor(run: RoutingRun, cause: str) -> Actor:
    """The rule, where it asked for this; else the desk."""
    return Actor("rule", str(run.rule_id)) if run.effects.get(cause) else SYSTEM
