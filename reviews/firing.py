"""Doing what is due: reminders, steps of the ladder, endings. Any number of processes may sweep.

A timer is taken by compare-and-set in the transaction that does what it says, so it fires once:
a kill in between takes both back, a clock that goes back finds it done. A verdict whose undo
window is open holds everything; a live claim (for a quarter of an hour) and a snooze (until the due
time) hold what is not the end. What is held is still due afterwards.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.utils import InterfaceError, OperationalError

from reviews import answers, binding, ladder, lifecycle, policy, reachable, timers
from reviews.models import Answer, Handoff, Outcome, RoutingRun, Status, Timer
from workspaces import clock, faults
from workspaces.actors import SYSTEM, Actor
from workspaces.transactions import write

logger = logging.getLogger("handoff.timers")
BATCH = 100
GROUP = 20  # timers of different handoffs share a transaction: a commit costs more than they do
FAILED_PAUSE = 5.0
_resting: dict[int, float] = {}  # timer that failed -> monotonic second of its next try


class _NotNow(Exception):
    """The handoff is held, or has moved on, so nothing is done."""


@dataclass(frozen=True)
class _End:
    """How a round ends by itself, made before the transaction: it reads files and signs."""

    actor: Actor
    answer: Answer | None  # None: it stays open
    refused: str = ""


def fire_due(limit: int = 500) -> int:
    """Fire up to ``limit`` timers whose time has come, oldest first; returns how many fired.

    One that fails is logged and tried again in ``FAILED_PAUSE`` seconds; the others go on.
    """
    for pk in [pk for pk, until in _resting.items() if until <= time.monotonic()]:
        _resting.pop(pk, None)
    count, now = 0, clock.now()
    seen: set[int] = set()
    while count < limit:
        room = min(BATCH, limit - count)
        batch = [each for each in _due(now)[: room + len(seen)] if each.pk not in seen][:room]
        if not batch:
            break
        seen |= {timer.pk for timer in batch}
        for group in _groups(batch):
            count += _fire_group(group, now)
    return count


def _due(now: datetime) -> QuerySet[Timer]:
    return timers.due(now).exclude(pk__in=list(_resting))


def _groups(batch: Sequence[Timer]) -> Iterator[list[Timer]]:
    """In their order, and never two of one handoff together: the second sees what the first did."""
    group: dict[int, Timer] = {}
    for timer in batch:
        if timer.handoff_id in group or len(group) == GROUP:
            yield list(group.values())
            group = {}
        group[timer.handoff_id] = timer
    if group:
        yield list(group.values())


def _fire_group(group: Sequence[Timer], now: datetime) -> int:
    """In one transaction, each in a savepoint of its own; returns how many fired.

    All handoffs are locked first and workspaces taken in their order, as decisions do it for one,
    so that nobody waits crosswise.
    """
    runs = _runs_of(group)
    ends: dict[int, _End] = {}
    for timer in group:
        if timer.kind == Timer.Kind.EXPIRE:
            with _set_aside(timer):
                ends[timer.pk] = _end_of(runs[timer.handoff_id], now)
    count = 0
    with write():
        locked = Handoff.objects.select_for_update(of=("self",)).order_by("pk")
        list(locked.filter(pk__in=[timer.handoff_id for timer in group]).values_list("pk"))
        runs = _runs_of(group)
        for timer in sorted(group, key=lambda each: _workspace_of(runs, each)):
            if timer.pk in _resting:
                continue
            with _set_aside(timer), transaction.atomic():
                _fire(timer, runs[timer.handoff_id], ends.get(timer.pk), now)
                count += 1
            faults.point("timer.fired")
    return count


def _workspace_of(runs: Mapping[int, RoutingRun], timer: Timer) -> int:
    run = runs.get(timer.handoff_id)
    return run.handoff.workspace_id if run else 0


@contextmanager
def _set_aside(timer: Timer) -> Iterator[None]:
    """What goes wrong with one timer is its own matter; a database that is away is not."""
    try:
        yield
    except (_NotNow, lifecycle.Moved):
        pass
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _resting[timer.pk] = time.monotonic() + FAILED_PAUSE
        logger.exception("timer %s failed", timer.pk)


def _fire(timer: Timer, run: RoutingRun, end: _End | None, now: datetime) -> None:
    _take(timer, run.handoff, now)
    if timer.kind == Timer.Kind.EXPIRE:
        if end is None:
            raise _NotNow
        _finish(timer, run, end, now)
        return
    _refuse_what_has_ended(run, now)
    if timer.kind == Timer.Kind.WARN:
        ladder.remind(run.handoff, run, now)
    else:
        ladder.climb(timer, run.handoff, run, now)


def _runs_of(group: Sequence[Timer]) -> dict[int, RoutingRun]:
    """By handoff, with what the steps need of it."""
    rounds = Q(pk__in=[])
    for timer in group:
        rounds |= Q(handoff=timer.handoff_id, revision__number=timer.revision)
    found = RoutingRun.objects.filter(rounds).select_related(
        "handoff__workspace__work_hours",
        "handoff__submitter",
        "handoff__assigned_to",
        "revision",
        "rule",
    )
    found = found.prefetch_related("reviewers")
    return {run.handoff_id: run for run in found}


def _take(timer: Timer, handoff: Handoff, now: datetime) -> None:
    """Win the timer, with its handoff as it must be; raises _NotNow. The handoff is locked."""
    if handoff.status != Status.PENDING or handoff.verdict or handoff.revision != timer.revision:
        raise _NotNow
    mine = Timer.objects.filter(pk=timer.pk, done_at=None, at=timer.at)
    if not mine.update(done_at=now):
        raise _NotNow


def _refuse_what_has_ended(run: RoutingRun, now: datetime) -> None:
    """After a pause of the desk an ending may be due too: then nobody is troubled first."""
    ending = timers.ending(run.handoff, run)
    if ending.at is not None and ending.at <= now and ending.what != timers.ESCALATE:
        raise _NotNow


def _end_of(run: RoutingRun, now: datetime) -> _End:
    """Never as a person's rejection; as an approval only where an admin's rule says so."""
    ending = timers.ending(run.handoff, run)
    actor = Actor("rule", str(run.rule_id)) if ending.is_rules else SYSTEM
    if ending.what == timers.ESCALATE:
        return _End(actor, None)
    outcome, refused = _outcome(ending, run)
    answer = answers.of_end(
        run.handoff, run.revision, status=Status.EXPIRED, outcome=outcome, actor=actor, at=now
    )
    return _End(actor, answer, refused)


def _finish(timer: Timer, run: RoutingRun, end: _End, now: datetime) -> None:
    handoff = run.handoff
    if end.answer is None:
        ladder.wake_if_due(handoff, now)
        people = reachable.admins_of(handoff.workspace, now)
        ladder.tell(handoff, run, people, number=None, because="end", now=now)
        return
    Timer.objects.filter(pk=timer.pk).update(skipped=end.refused)
    lifecycle.finish(handoff, end.answer, verdict="", actor=end.actor, at=now)


def _outcome(ending: timers.Ending, run: RoutingRun) -> tuple[Outcome, str]:
    """The outcome, and why a rule's approval became none (a word for the timer)."""
    if ending.what == timers.REJECT:
        return Outcome.REJECTED, ""
    if ending.what != timers.APPROVE or not ending.is_rules:
        return Outcome.NONE, ""
    demanded = policy.of_run(run, run.handoff.workspace)
    if why := policy.why_no_rule(demanded, run.handoff, run.revision):
        return Outcome.NONE, why
    if binding.is_stale(run.handoff, run.revision):
        return Outcome.NONE, "files-changed"
    return Outcome.APPROVED, ""
