"""Signed webhooks to the URL a handoff names: Standard Webhooks 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from standardwebhooks import Webhook

from reviews import event_kinds
from reviews.models import Comment, Delivery
from reviews.notify import net
from reviews.notify.base import DeliveryError, Transport
from workspaces import clock

GONE = 410
LONGEST_WAIT = 24 * 3600.0


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
        _judge(answer, now)


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


def signed(identifier: str, moment: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """The three webhook headers, one signature a secret while one is being rotated out."""
    if not secrets:
        raise DeliveryError("The agent has no webhook secret to sign with.", permanent=True)
    signatures = [Webhook(secret).sign(identifier, moment, body) for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


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


def _judge(answer: net.Answer, now: datetime) -> None:
    if 200 <= answer.status < 300:
        return
    if answer.status == GONE:
        detail = "The receiver answered 410 Gone, so this callback is switched off."
        raise DeliveryError(detail, permanent=True, disable=True)
    detail = f"The receiver answered {answer.status}."
    if 300 <= answer.status < 400:
        detail = f"The receiver answered {answer.status}; redirects are not followed."
    raise DeliveryError(detail, retry_after=_retry_after(answer.headers.get("retry-after"), now))


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds, from either form of RFC 9110's Retry-After; None for what is neither."""
    if value is None:
        return None
    try:
        seconds = float(value) if value.isdigit() else _until(value, now)
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _until(value: str, now: datetime) -> float:
    moment = parsedate_to_datetime(value)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
