"""Channels of people's own, beyond the bell and mail: their browsers, their chat address."""

from collections import defaultdict
from collections.abc import Iterable

from reviews.models import Channel

KINDS = (Channel.Kind.PUSH, Channel.Kind.APPRISE)


def of(user_ids: Iterable[int]) -> dict[int, list[Channel]]:
    """{person: their channels that are switched on}; who has none is left out. One query.

    A Delivery to one of them takes ``channel.lane`` and ``channel.address``.
    """
    found: dict[int, list[Channel]] = defaultdict(list)
    rows = Channel.objects.in_use().filter(kind__in=KINDS, user__in=set(user_ids))
    for channel in rows.order_by("pk"):
        assert channel.user_id is not None
        found[channel.user_id].append(channel)
    return dict(found)
