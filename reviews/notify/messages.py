"""What a channel is given to send: one message, of a Delivery or of the test button."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from reviews.models import Channel, Delivery
from reviews.notify import event_groups
from reviews.notify.wording import Words, cut, one_line, words

TEST = "channel.test"


@dataclass(frozen=True)
class Message:
    """``id`` stays over every try and replay. ``data``: facts for systems. ``thread``: what is
    about one handoff bears the same. ``workspace`` and ``trigger`` are for people to read."""

    id: str
    kind: str
    at: datetime
    words: Words
    thread: str = ""
    trigger: str = ""
    workspace: str = ""
    is_urgent: bool = False
    data: dict[str, Any] = field(default_factory=dict)


def of(delivery: Delivery) -> Message:
    handoff, event = delivery.handoff, delivery.event
    prose = delivery.channel.config.get("prose") is True
    told = words(handoff, event, prose=prose)
    return Message(
        id=f"msg_{delivery.key}",
        kind=event.kind,
        at=event.at,
        words=told,
        thread=handoff.number,
        trigger=handoff.get_trigger_display(),
        workspace=cut(one_line(str(handoff.workspace)), 80),
        is_urgent=event_groups.is_urgent(handoff),
        data=_facts(delivery, told.url, prose=prose),
    )


def test(channel: Channel, at: datetime) -> Message:
    subject = _("Handoff: a test")
    line = _("This channel works: %(name)s.") % {"name": one_line(str(channel))}
    return Message(
        id=f"msg_test_{secrets.token_hex(16)}",
        kind=TEST,
        at=at,
        words=Words(subject, line, settings.SITE_URL),
        thread="test",
        trigger=subject,
        data={"channel": channel.pk, "url": settings.SITE_URL},
    )


def _facts(delivery: Delivery, url: str, *, prose: bool) -> dict[str, Any]:
    handoff = delivery.handoff
    due = handoff.due_at or handoff.expires_at
    facts: dict[str, Any] = {
        "handoff": handoff.public_id,
        "number": handoff.number,
        "url": url,
        "workspace": handoff.workspace.slug,
        "agent": handoff.submitter.name,
        "trigger": handoff.trigger,
        "priority": handoff.get_priority_display().lower(),
        "revision": (delivery.event.payload or {}).get("revision", handoff.revision),
        "status": handoff.status,
        "outcome": handoff.outcome,
        "due_at": due.isoformat() if due else None,
    }
    if prose:
        facts["title"] = handoff.title
    return facts
