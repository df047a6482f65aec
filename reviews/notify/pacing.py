"""How much leaves for one person: one ping a handoff in a short time, so many in an hour.

What is more becomes a line of the next digest, or is found on the bell. Decided in the
transaction that saves, with the people's rows locked, so that two processes do not both count
the same free place.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count

from reviews import event_kinds
from reviews.models import Channel, Delivery
from reviews.notify import rows
from reviews.notify.choosing import Choices
from workspaces.models import User

SHORT = timedelta(minutes=2)
HOUR = timedelta(hours=1)
Wanted = Sequence[Delivery]
_GONE = (Delivery.Status.CANCELLED, Delivery.Status.HELD)


def settle(wanted: Wanted, choices: Choices, inbox: Channel, at: datetime) -> list[Delivery]:
    """``wanted`` as it may be saved now; in the caller's transaction."""
    pings = [row for row in wanted if row.is_ping]
    if not pings:
        return list(wanted)
    people = {row.user_id for row in pings if row.user_id}
    _lock(people)
    known, lately = _before(pings, at)
    counts = _counts(people, at)
    kept = [row for row in wanted if not row.is_ping]
    rung = {(row.user_id, row.event_id) for row in kept if row.channel_id == inbox.pk}
    for (event_id, user_id), found in groupby(pings, key=lambda row: (row.event_id, row.user_id)):
        together = [row for row in found if row.key not in known]
        if not together or user_id is None:
            continue
        first = together[0]
        known |= {row.key for row in together}
        if (user_id, first.handoff_id) in lately and not _is_new_turn(first):
            rows_kept: list[Delivery] = []
        elif counts[user_id] < choices.most_an_hour(user_id):
            counts[user_id] += 1
            lately.add((user_id, first.handoff_id))
            kept += together
            continue
        else:
            rows_kept = _held(together, choices.overflow_at(user_id, at))
        kept += rows_kept
        if not rows_kept and (user_id, event_id) not in rung and inbox.is_active:
            kept.append(_rung(first, inbox, at))
    return kept


def _is_new_turn(row: Delivery) -> bool:
    """The agent's answer to a request for changes is no echo of what was told before."""
    return row.event.kind == event_kinds.REVISED


def _held(together: Sequence[Delivery], until: datetime) -> list[Delivery]:
    mails = [row for row in together if row.channel.kind == Channel.Kind.EMAIL]
    for row in mails:
        row.status, row.is_ping, row.next_at = Delivery.Status.HELD, False, until
    return mails


def _rung(row: Delivery, inbox: Channel, at: datetime) -> Delivery:
    assert row.user_id is not None
    return rows.bell(row.event, inbox, row.user_id, at=at, handoff=row.handoff)


def _lock(people: set[int]) -> None:
    """Another process that counts for the same people waits; SQLite has one writer anyway."""
    found = User.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True)
    list(found.values_list("pk", flat=True))


def _before(pings: Wanted, at: datetime) -> tuple[set[str], set[tuple[int, int]]]:
    """Keys that exist for these handoffs, and (person, handoff) that were told a moment ago."""
    handoffs = {row.handoff_id for row in pings}
    found = Delivery.objects.filter(handoff__in=handoffs, user__isnull=False).exclude(
        channel__kind=Channel.Kind.INBOX
    )
    keys: set[str] = set()
    lately: set[tuple[int, int]] = set()
    columns = ("key", "user_id", "handoff_id", "created_at", "is_ping", "status")
    for key, user_id, handoff_id, created_at, is_ping, status in found.values_list(*columns):
        keys.add(key)
        if is_ping and created_at > at - SHORT and status not in _GONE:
            lately.add((user_id, handoff_id))
    return keys, lately


def _counts(people: set[int], at: datetime) -> Counter[int]:
    """Pings of the last hour: what one Event sent by several ways is one."""
    found = (
        Delivery.objects.filter(user__in=people, is_ping=True, created_at__gt=at - HOUR)
        .exclude(status__in=_GONE)
        .order_by()
        .values_list("user_id")
        .annotate(n=Count("event", distinct=True))
    )
    return Counter(dict(found))
