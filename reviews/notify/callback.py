"""Signed webhooks to the URL a handoff names: Standard Webhooks 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
from datetime import UTC
from typing import Any

from reviews import event_kinds
from reviews.models import Comment, Delivery
from reviews.notify import net
from reviews.notify.base import DeliveryError, Transport
from reviews.notify.posts import judge, signed
from workspaces import clock


class Callback(Transport):
    def deliver(self, delivery: Delivery) -> None:
        agent = delivery.channel.agent
        assert agent is not None
        body = payload(delivery)
        now = clock.now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Handoff-Webhook/1",
            **signed(message_id(delivery), now, body, agent.webhook_secrets),
        }
        try:
            answer = net.post(
                delivery.recipient,
                body.encode(),
                headers=headers,
                allowed_hosts=agent.callback_hosts,
            )
        except net.RequestFailed as failure:
            raise DeliveryError(
                failure.detail, permanent=failure.permanent, is_unreachable=not failure.permanent
            ) from failure
        judge(answer, now, what="callback")


def message_id(delivery: Delivery) -> str:
    """Stable over every try and over replays, so that a receiver can tell what it had before."""
    return f"msg_{delivery.key}"


def payload(delivery: Delivery) -> str:
    """``{"type", "timestamp", "data"}``. The data of an answer is the decision document itself,
    spliced in as the text that was signed: parsing would change how its numbers are written."""
    event = delivery.event
    moment = event.at.astimezone(UTC).isoformat(timespec="milliseconds")
    head = json.dumps({"type": event.kind, "timestamp": moment.replace("+00:00", "Z")})
    data = delivery.answer.document if delivery.answer else json.dumps(_facts(delivery))
    return f'{head[:-1]}, "data": {data}}}'


def _facts(delivery: Delivery) -> dict[str, Any]:
    handoff, event = delivery.handoff, delivery.event
    is_claim = event.kind == event_kinds.CLAIMED
    found = event.payload or {}
    facts: dict[str, Any] = {
        "handoff": handoff.public_id,
        "status": "claimed" if is_claim else handoff.status,
        "revision": found.get("revision", handoff.revision),
    }
    if handoff.external_id is not None:
        facts["id"] = handoff.external_id
    if comment := found.get("comment"):
        facts["message"] = Comment.objects.values_list("body", flat=True).get(pk=comment)
    return facts
