"""Webhooks that a workspace, a team or the desk set up: signed JSON for systems (Standard Webhooks
1.0.0), or the bodies that chat servers of one's own take."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reviews.models import Channel
from reviews.notify import net, outward
from reviews.notify.base import DeliveryError
from reviews.notify.messages import Message
from reviews.notify.posting import Posting, opened, patience
from reviews.notify.posts import GONE, judge, signed
from workspaces import clock

REVOKED = (401, 403, 404, GONE)
"""What chat servers answer for a hook that was taken back."""


class SignedWebhook(Posting):
    def is_for_systems(self, channel: Channel) -> bool:
        return bool(channel.config.get("shape", "signed") == "signed")

    def send(self, channel: Channel, message: Message) -> str:
        found, now = opened(channel), clock.now()
        shape = channel.config.get("shape", "signed")
        body = BODIES[shape](message)
        headers = {"Content-Type": "application/json", "User-Agent": "Handoff-Webhook/1"}
        if shape == "signed":
            headers |= signed(message.id, now, body, secrets_of(found, now))
        try:
            answer = outward.send(
                "POST", found["url"], body.encode(), headers=headers, timeout=patience(message)
            )
        except net.RequestFailed as failure:
            raise DeliveryError(
                failure.detail, permanent=failure.permanent, is_unreachable=not failure.permanent
            ) from failure
        return judge(answer, now, final=(GONE,) if shape == "signed" else REVOKED)


def secrets_of(found: dict[str, str], now: datetime) -> list[str]:
    """What signs now: the secret, and the one before while its day lasts."""
    until = found.get("old_until", "")
    overlaps = bool(until) and datetime.fromisoformat(until) > now
    return [found["secret"], *([found["old_secret"]] if overlaps else [])]


def _signed(message: Message) -> str:
    moment = message.at.astimezone(UTC).isoformat(timespec="milliseconds")
    whole = {
        "type": message.kind,
        "timestamp": moment.replace("+00:00", "Z"),
        "data": message.data,
    }
    return json.dumps(whole)


def _slack(message: Message) -> str:
    """Slack's incoming webhooks; Mattermost and Rocket.Chat take the same."""
    told = message.words
    return json.dumps({"text": f"*{_escaped(told.subject)}*\n{_escaped(told.line)}\n{told.url}"})


def _escaped(text: str) -> str:
    """Nothing in it is a link, a mention or a mark-up of these servers'."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"{each}\u2060" if each in "*_~`@[" else each for each in plain)


def _teams(message: Message) -> str:
    """An adaptive card, as Teams' workflows take it; TextBlocks without Markdown of the agent's."""
    told = message.words
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": _unmarked(told.subject), "weight": "bolder"},
            {"type": "TextBlock", "text": _unmarked(told.line), "wrap": True},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Handoff", "url": told.url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]})


def _unmarked(text: str) -> str:
    return "".join(f"\\{each}" if each in r"\*_[]()#`~" else each for each in text)


def _text(message: Message) -> str:
    """ntfy's JSON without its topic, and what most others can map: title, message, link."""
    told = message.words
    return json.dumps({"title": told.subject, "message": told.line, "click": told.url})


BODIES: dict[str, Callable[[Message], str]] = {
    "signed": _signed,
    "slack": _slack,
    "teams": _teams,
    "plain": _text,
}
