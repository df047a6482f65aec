"""Handoffs as the API shows them."""

import hashlib
from datetime import datetime
from typing import Any

from reviews.models import Answer, Handoff, Status
from reviews.receipts import api_url, web_url
from workspaces import strictjson


def submitted(handoff: Handoff, revision: int, warnings: list[Any]) -> dict[str, Any]:
    """The answer to a POST."""
    return {
        "id": handoff.public_id,
        "status": shown_status(handoff, None),
        "revision": revision,
        "url": api_url(handoff),
        "web_url": web_url(handoff),
        "warnings": warnings,
    }


def shown_status(handoff: Handoff, now: datetime | None) -> str:
    """The status as agents see it: "claimed" is derived from a live lease."""
    if (
        now is not None
        and handoff.status == Status.PENDING
        and not handoff.verdict
        and handoff.has_live_claim(now)
    ):
        return "claimed"
    return str(handoff.status)


def summary(handoff: Handoff, now: datetime) -> dict[str, Any]:
    """One row of the list."""
    return {
        "id": handoff.public_id,
        "number": handoff.number,
        "external_id": handoff.external_id,
        "workspace": handoff.workspace.slug,
        "title": handoff.title,
        "trigger": handoff.trigger,
        "status": shown_status(handoff, now),
        "outcome": handoff.outcome,
        "revision": handoff.revision,
        "created_at": handoff.created_at.isoformat(),
        "updated_at": handoff.updated_at.isoformat(),
        "url": api_url(handoff),
        "web_url": web_url(handoff),
    }


def detail(handoff: Handoff, now: datetime) -> dict[str, Any]:
    """The whole, with the current round's decision document (or null) and all messages."""
    answer = latest_answer(handoff)
    body = summary(handoff, now)
    body["expires_at"] = handoff.expires_at.isoformat() if handoff.expires_at else None
    body["decision"] = strictjson.reread(answer.document) if answer else None
    body["messages"] = messages(handoff)
    return body


def latest_answer(handoff: Handoff) -> Answer | None:
    """The answer to the current round, once there is one."""
    return handoff.answers.filter(revision__number=handoff.revision).first()


def messages(handoff: Handoff) -> list[dict[str, Any]]:
    if not handoff.message_count:
        return []
    rows = handoff.comments.select_related("user", "agent").order_by("pk")
    return [
        {
            "from": "human" if comment.user_id else "agent",
            "name": str(comment.user or comment.agent),
            "text": comment.body,
            "revision": comment.revision.number,
            "at": comment.created_at.isoformat(),
        }
        for comment in rows.select_related("revision", "user", "agent")
    ]


def etag(handoff: Handoff, answer: Answer | None, now: datetime) -> str:
    """Changes with (status, released decision, number of messages), and with nothing else."""
    state = (
        shown_status(handoff, now),
        handoff.revision,
        answer.pk if answer else 0,
        handoff.message_count,
    )
    return '"' + hashlib.sha256(repr(state).encode()).hexdigest()[:32] + '"'
