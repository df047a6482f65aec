"""One Delivery at a time: leased, tried outside any transaction, and its outcome kept.

A lease (30 s) is taken by compare-and-set; ``attempts`` is the fence: who holds an older number
than the row has lost the lease and can no longer move it. What failed comes again with backoff
and jitter, ten times over about a day, then it is a dead letter.
"""

import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Channel, Delivery
from reviews.notify import channel_health, registry
from reviews.notify.base import DeliveryError, NoLongerWanted, NotYet
from reviews.notify.still_wanted import demand
from workspaces import clock, events
from workspaces.actors import SYSTEM, Actor
from workspaces.errors import Conflict
from workspaces.transactions import write

logger = logging.getLogger("handoff.dispatch")

TRIES = 10
FIRST_PAUSE, PAUSE_FACTOR = 5.0, 3.2  # seconds; nine pauses make about 22 hours
LONGEST_PAUSE = 24 * 3600.0
LANE_PAUSE = 30.0  # seconds that a receiver which gave no answer is left alone


def due(now: datetime) -> QuerySet[Delivery]:
    """What may be tried at ``now``: not done, its pause over, and in nobody's hands."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Delivery.objects.filter(free, status=Delivery.Status.WAITING, next_at__lte=now)


def claim(rows: QuerySet[Delivery]) -> Delivery | None:
    """Lease the oldest of ``rows`` (from ``due``), each to one taker only; None when none is left.

    Compare-and-set on few candidates: a row that another taker got first is passed over.
    """
    while candidates := list(rows.order_by("next_at", "id").values_list("pk", "attempts")[:5]):
        for pk, attempts in candidates:
            with write():
                until = clock.now() + timedelta(seconds=settings.HANDOFF_LEASE_SECONDS)
                won = rows.filter(pk=pk, attempts=attempts).update(
                    leased_until=until, attempts=attempts + 1
                )
            if won:
                return Delivery.objects.select_related(
                    "event",
                    "channel__agent",
                    "channel__user",
                    "handoff__workspace",
                    "handoff__submitter",
                    "answer__revision",
                    "answer__handoff__workspace",
                    "user",
                ).get(pk=pk)
    return None


def carry(delivery: Delivery) -> None:
    """Try a claimed delivery once and keep how it went. Raises nothing but database errors."""
    channel = delivery.channel
    if delivery.attempts > TRIES:
        _bury(delivery, delivery.last_error or "Every try broke off without an outcome.")
        return
    if not channel.is_active:
        _bury(delivery, f"The channel is switched off. {channel.last_error}".strip())
        return
    try:
        demand(delivery)
        registry.get(channel.kind).deliver(delivery)
    except NotYet as later:
        _put_off(delivery, later.seconds)
    except NoLongerWanted as reason:
        _finish(delivery, Delivery.Status.CANCELLED, str(reason))
    except DeliveryError as error:
        _fail(delivery, error)
    except Exception as error:
        logger.exception("delivery %s broke off", delivery.pk)
        _fail(delivery, DeliveryError(f"The desk itself failed: {type(error).__name__}."))
    else:
        _finish(delivery, Delivery.Status.DONE, "")


def replay(delivery: Delivery, actor: Actor) -> None:
    """Try a delivery again, now and with ten tries; its channel is switched on again.

    Raises Conflict while it is under way or waits for a digest, for the bell, which has nothing
    to send, and while a person has its channel switched off.
    """
    with write():
        off = Channel.objects.filter(pk=delivery.channel_id).exclude(
            deleted_at=None, off_because__in=("", Channel.OffBecause.ERROR)
        )
        if off.exists():
            raise Conflict(_("Its channel was switched off or deleted by a person."))
        now = clock.now()
        is_free = Q(leased_until=None) | Q(leased_until__lte=now)
        moved = (
            Delivery.objects.filter(is_free, pk=delivery.pk)
            .exclude(channel__kind=Channel.Kind.INBOX)
            .exclude(status=Delivery.Status.HELD)
            .update(
                status=Delivery.Status.WAITING,
                attempts=0,
                next_at=now,
                leased_until=None,
                done_at=None,
            )
        )
        if not moved:
            raise Conflict(_("This delivery is under way, or has nothing to send."))
        Channel.objects.filter(pk=delivery.channel_id, is_active=False).update(
            is_active=True, off_because="", disabled_at=None, last_error=""
        )
        _record(event_kinds.DELIVERY_REPLAYED, delivery, actor, {"delivery": delivery.pk})


def _finish(delivery: Delivery, status: Delivery.Status, reason: str) -> None:
    """Also by who lost the lease meanwhile: what has arrived has arrived."""
    with write():
        Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.WAITING).update(
            status=status, done_at=clock.now(), leased_until=None, last_error=reason
        )
        if status == Delivery.Status.DONE and delivery.channel.kind in Channel.SET_UP:
            channel_health.worked(delivery.channel_id, clock.now())


def _put_off(delivery: Delivery, seconds: float) -> None:
    """Later, and as if it had not been tried."""
    with write():
        _held(delivery).update(
            attempts=delivery.attempts - 1,
            next_at=clock.now() + timedelta(seconds=seconds),
            leased_until=None,
        )


def _fail(delivery: Delivery, error: DeliveryError) -> None:
    if delivery.channel.kind in Channel.SET_UP:
        channel_health.failed(delivery, error, clock.now())
    elif error.disable:
        with write():
            Channel.objects.filter(pk=delivery.channel_id).update(
                is_active=False, disabled_at=clock.now(), last_error=error.detail
            )
    if error.permanent or delivery.attempts >= TRIES:
        _bury(delivery, error.detail)
        return
    seconds = min(max(pause(delivery.attempts), error.retry_after or 0.0), LONGEST_PAUSE)
    with write():
        now = clock.now()
        _held(delivery).update(
            next_at=now + timedelta(seconds=seconds), leased_until=None, last_error=error.detail
        )
        if error.is_unreachable:
            # The others in the lane would wait as long for the same silence.
            later = now + timedelta(seconds=LANE_PAUSE)
            due(now).filter(lane=delivery.lane).update(next_at=later)


def _bury(delivery: Delivery, detail: str) -> None:
    """To the dead letters, with an Event: a person may replay it."""
    with write():
        if _held(delivery).update(
            status=Delivery.Status.DEAD, leased_until=None, last_error=detail
        ):
            found = {"delivery": delivery.pk, "channel": delivery.channel.kind, "error": detail}
            _record(event_kinds.DELIVERY_DEAD, delivery, SYSTEM, found)


def _held(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, while nobody has claimed it after us."""
    return Delivery.objects.filter(
        pk=delivery.pk, status=Delivery.Status.WAITING, attempts=delivery.attempts
    )


def pause(attempts: int) -> float:
    """Seconds to wait after that many failed tries: exponential, a tenth of it up to chance."""
    return FIRST_PAUSE * PAUSE_FACTOR ** (attempts - 1) * random.uniform(0.9, 1.1)


def _record(kind: str, delivery: Delivery, actor: Actor, payload: dict[str, object]) -> None:
    handoff = delivery.handoff
    subject = ("handoff", handoff.public_id)
    events.record(handoff.workspace_id, kind, subject=subject, actor=actor, payload=payload)
