"""Whether a channel works: kept on its row with every try, and an Event when it is switched off."""

from datetime import datetime
from typing import Any

from reviews import event_kinds
from reviews.models import Channel, Delivery
from reviews.notify.base import DeliveryError
from workspaces import events
from workspaces.actors import SYSTEM, Actor
from workspaces.transactions import write


def worked(channel_id: int, at: datetime) -> None:
    """In the open transaction, or in one of its own."""
    with write():
        Channel.objects.filter(pk=channel_id).update(worked_at=at, last_error="", failed_at=None)


def failed(delivery: Delivery, error: DeliveryError, at: datetime) -> None:
    """Keep the error; one that lasts switches the channel off, with an Event for its owners."""
    channel, handoff = delivery.channel, delivery.handoff
    with write():
        if not note(channel.pk, error, at):
            return
        payload = {
            "channel": channel.pk,
            "delivery": delivery.pk,
            "handoff": handoff.pk,
            "error": error.detail,
        }
        record(channel, event_kinds.CHANNEL_FAILED, SYSTEM, payload)


def record(channel: Channel, kind: str, actor: Actor, payload: dict[str, Any]) -> None:
    """In the trail of its workspace, else of the desk; last in the open transaction."""
    subject = ("channel", str(channel.pk))
    if channel.workspace_id is None:
        events.record_on_desk(kind, subject=subject, actor=actor, payload=payload)
    else:
        events.record(channel.workspace_id, kind, subject=subject, actor=actor, payload=payload)


def forget(channel: Channel, *, actor: Actor, because: str, at: datetime) -> bool:
    """Delete a channel: its address is forgotten, what waits for it cancelled; its log stays.
    False when it was deleted before."""
    with write():
        gone = {"deleted_at": at, "is_active": False, "sealed": "", "fingerprint": ""}
        if not Channel.objects.kept().filter(pk=channel.pk).update(**gone):
            return False
        Delivery.objects.filter(channel=channel, status=Delivery.Status.WAITING).update(
            status=Delivery.Status.CANCELLED,
            done_at=at,
            leased_until=None,
            last_error="The channel was deleted.",
        )
        payload = {"channel": channel.pk, "because": because}
        record(channel, event_kinds.CHANNEL_REMOVED, actor, payload)
    return True


def note(channel_id: int, error: DeliveryError, at: datetime) -> bool:
    """Keep the error on the row; True when it switched the channel off just now."""
    rows = Channel.objects.filter(pk=channel_id)
    rows.update(last_error=error.detail, failed_at=at)
    if not error.disable:
        return False
    off = {"is_active": False, "off_because": Channel.OffBecause.ERROR, "disabled_at": at}
    return bool(rows.filter(is_active=True).update(**off))
