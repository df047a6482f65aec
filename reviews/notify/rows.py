"""One Delivery as a row, and the key that keeps it from being made twice."""

import hashlib
from datetime import datetime
from typing import Any

from reviews.models import Channel, Delivery
from workspaces.models import Event
from workspaces.transactions import write


def delivery(
    event: Event, channel: Channel, recipient: str, *parts: str, at: datetime, **fields: Any
) -> Delivery:
    """Unsaved; ``parts`` make its key, in the place of channel, handoff, event and recipient."""
    handoff = fields["handoff"]
    named = parts or (channel.kind, handoff.public_id, str(event.pk), recipient)
    row = Delivery(event=event, channel=channel, recipient=recipient, key=key(*named), **fields)
    row.created_at = at
    row.next_at = row.next_at or at
    row.done_at = at if row.status == Delivery.Status.DONE else None
    return row


def bell(event: Event, inbox: Channel, user_id: int, *, at: datetime, **fields: Any) -> Delivery:
    """Delivered when it exists: the bell reads the row."""
    done = Delivery.Status.DONE
    return delivery(event, inbox, str(user_id), at=at, user_id=user_id, status=done, **fields)


def key(*parts: str) -> str:
    """One message to one recipient. The handoff's ULID in it keeps two installations apart, for
    the key is also what receivers see as the message's id."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def channel(**what: Any) -> Channel:
    """The channel of that kind and place; only the first use of one has to write."""
    found = Channel.objects.filter(**what).first()
    if found is None:
        with write():
            found, _is_new = Channel.objects.get_or_create(**what)
    return found
