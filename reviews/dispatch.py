"""The outbox: Events become Deliveries in one transaction, Deliveries leave outside of any.

``run`` is what a wake-up calls: it fans out and starts what is due, at once and without waiting
for a receiver. Whatever a crash interrupts is repeated: fanning out is one transaction with
unique keys, and a delivery is leased (``notify.tries``).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connections
from django.db.models import Count, Q, QuerySet

from reviews import live
from reviews.models import Delivery
from reviews.notify import channel_alarms, digests, pacing, tries
from reviews.notify.fanout import Batch, rung
from reviews.notify.lanes import Lanes
from workspaces import clock, faults
from workspaces.actors import Actor
from workspaces.models import Event
from workspaces.transactions import write

logger = logging.getLogger("handoff.dispatch")

BATCH = 50
_DIGESTS = "digests"  # the lane of what is no Delivery of its own
FAN_OUT_TRIES, FAN_OUT_PAUSE = 5, 10.0  # then the Event is set aside, so that others flow


def run() -> int:
    """Fan out every undispatched Event and start every due Delivery; returns how many Events.

    Deliveries go on in this process's threads after the return.
    """
    count = 0
    while found := run_once(BATCH):
        count += found
    start_due()
    return count


def run_once(limit: int = BATCH) -> int:
    """Make the Deliveries of up to ``limit`` Events, oldest first; returns how many Events.

    Read and planned without a lock, then saved in one short transaction. Several processes share
    the work: rows that another one is saving are passed over (PostgreSQL's SKIP LOCKED, SQLite
    has one writer at a time), and unique keys make a second save harmless.
    """
    now = clock.now()
    found = list(_undispatched(now).order_by("id")[:limit])
    if not found:
        return 0
    batch = Batch(found)
    plans: dict[int, list[Delivery]] = {}
    broken: dict[int, Exception] = {}
    for event in found:
        try:
            told = batch.deliveries(event, at=now)
            plans[event.pk] = told + channel_alarms.deliveries(event, at=now)
        except Exception as error:
            broken[event.pk] = error
    saved = _save(plans, broken, now, batch)
    for event in found:
        if event.pk in broken:
            _set_back(event, broken[event.pk], now)
    if people := rung(saved.rows):
        live.ring(people)
    return len(saved.events) + len(broken)


def start_due() -> int:
    """Hand every lane with a due Delivery to this process's threads; returns how many lanes.

    Does not wait: one slow receiver holds up neither the caller nor another receiver.
    """
    digests.prepare(clock.now())
    if digests.due(clock.now()).exists():
        _inside.start(_DIGESTS)
    lanes = list(tries.due(clock.now()).order_by().values_list("lane").annotate(Count("pk")))
    for lane, count in lanes:
        threads = _outside if lane.startswith("host ") else _inside
        for _place in range(min(count, threads.width)):
            threads.start(lane)
    return len(lanes)


def deliver_due(limit: int = 100) -> int:
    """Try up to ``limit`` due Deliveries in this thread, oldest first; returns how many.

    For commands and tests; the running desk uses ``start_due``.
    """
    count = 0
    while count < limit and (delivery := tries.claim(tries.due(clock.now()))) is not None:
        tries.carry(delivery)
        count += 1
    digests.prepare(clock.now())
    while count < limit and digests.send_next():
        count += 1
    return count


def wait(timeout: float = 30.0) -> bool:
    """Wait until this process's threads have nothing to deliver; False when time was over."""
    return _outside.join(timeout) and _inside.join(timeout)


def replay(delivery: Delivery, actor: Actor) -> None:
    """Try a delivery again, whatever became of it. Raises Conflict (``tries.replay``)."""
    tries.replay(delivery, actor)


def _undispatched(now: datetime) -> QuerySet[Event]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Event.objects.filter(free, dispatched_at=None)


def _save(
    plans: dict[int, list[Delivery]], broken: dict[int, Exception], now: datetime, batch: Batch
) -> "_Saved":
    """Save what is planned, all at once, or one by one when the database refuses something."""
    try:
        return _save_together(plans, now, batch)
    except (DataError, IntegrityError) as error:
        if len(plans) == 1:
            broken.update(dict.fromkeys(plans, error))
            return _Saved(set(), [])
        each = [_save({pk: plans[pk]}, broken, now, batch) for pk in plans]
        return _Saved(
            {pk for saved in each for pk in saved.events}, [r for saved in each for r in saved.rows]
        )


@dataclass(frozen=True)
class _Saved:
    events: set[int]
    rows: list[Delivery]


def _save_together(plans: dict[int, list[Delivery]], now: datetime, batch: Batch) -> _Saved:
    with write():
        waiting = Event.objects.filter(pk__in=plans, dispatched_at=None)
        mine = set(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
        planned = [delivery for pk in sorted(mine) for delivery in plans[pk]]
        wanted = pacing.settle(planned, batch.choices, batch.inbox(), now)
        Delivery.objects.bulk_create(wanted, ignore_conflicts=True)
        Event.objects.filter(pk__in=mine).update(dispatched_at=now)
        if wanted:
            faults.point("event.fanned_out")
    return _Saved(mine, wanted)


def _set_back(event: Event, error: Exception, now: datetime) -> None:
    """Try an Event that broke again in a while, and after five tries set it aside."""
    logger.error("Event %s could not be fanned out", event.pk, exc_info=error)
    is_last = event.attempts + 1 >= FAN_OUT_TRIES
    with write():
        Event.objects.filter(pk=event.pk, dispatched_at=None, attempts=event.attempts).update(
            attempts=event.attempts + 1,
            last_error=f"{type(error).__name__}: {error}"[:1000],
            leased_until=now + timedelta(seconds=FAN_OUT_PAUSE),
            dispatched_at=now if is_last else None,
        )


def _deliver_next(lane: str) -> bool:
    if lane == _DIGESTS:
        return digests.send_next()
    delivery = tries.claim(tries.due(clock.now()).filter(lane=lane))
    if delivery is None:
        return False
    tries.carry(delivery)
    return True


# Receivers on the network may hang for 15 s each; they never take the threads of files and mail.
_outside = Lanes(_deliver_next, width=2, threads=32, on_end=connections.close_all)
_inside = Lanes(_deliver_next, width=2, threads=6, on_end=connections.close_all)
