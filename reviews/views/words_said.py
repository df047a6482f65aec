"""The tabs of words: what the agent was told and said, and what people and it wrote since."""

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from reviews import talk, veils
from reviews.models import Artifact, Comment
from reviews.rendering import messages
from reviews.rendering.text import drawn, plain, visible
from reviews.views import viewer
from reviews.views.place import Place
from workspaces import strictjson
from workspaces.models import User

TURNS_A_PAGE = 100
HEAD_CHARACTERS = 600


def prompts(place: Place) -> dict[str, Any]:
    start = place.number("from")
    found, title, note = _transcript(place, start)
    if found is None:
        return {"title": title, "note": note, "turns": []}
    last = start + len(found.steps)
    return {
        "title": title,
        "kind": "" if found.kind == "unknown" else found.kind,
        "note": found.note,
        "turns": [_turn(step) for step in found.steps],
        "next_url": place.url(tab="prompts", **{"from": last}) if last < found.total else "",
        "previous_url": place.url(tab="prompts", **{"from": max(start - TURNS_A_PAGE, 0)})
        if start
        else "",
    }


def _transcript(place: Place, start: int) -> tuple[messages.Transcript | None, str, str]:
    document = place.revision.parsed
    if document.messages:
        inline = strictjson.dumps(list(document.messages)).encode()
        found = messages.load(inline, "messages.json", start=start, limit=TURNS_A_PAGE)
        return found, _("What the agent was told and said"), ""
    artifact = place.revision.artifacts.filter(kind=Artifact.Kind.MESSAGES).first()
    if artifact is None:
        return None, _("What the agent was told and said"), ""
    data, note = viewer.content(artifact)
    title = plain(artifact.path)
    if data is None:
        return None, title, note
    return messages.load(data, artifact.path, start=start, limit=TURNS_A_PAGE), title, note


def _turn(step: Any) -> dict[str, Any]:
    return {
        "role": step.role,
        "title": plain(step.title),
        "text": visible(step.text, multiline=True),
        "is_long": len(step.text) > 2 * HEAD_CHARACTERS,
        "head": drawn(veils.veil_part(step.text, 0, HEAD_CHARACTERS), multiline=True),
        "thought": visible(step.thought, multiline=True),
        "action": visible(step.action, multiline=True),
        "observation": visible(step.observation, multiline=True),
        "at": plain(step.at),
        "status": step.status,
    }


def conversation(place: Place) -> dict[str, Any]:
    comments = list(
        place.handoff.comments.select_related("user", "agent", "revision").order_by("pk")
    )
    said = [_said(comment, place.user) for comment in comments]
    for one, other in pairwise([{"round": 0}, *said]):
        other["opens_round"] = other["round"] != one["round"]
    return {
        "comments": said,
        "last": comments[-1].pk if comments else 0,
        "unread": talk.unread(place.handoff, place.user),
        "may_write": place.handoff.ended_at is None,
    }


def _said(comment: Comment, user: User) -> dict[str, Any]:
    mine = comment.user_id == user.pk
    return {
        "author": _("You") if mine else str(comment.user or comment.agent),
        "agent_id": comment.agent_id,
        "at": comment.created_at,
        "round": comment.revision.number,
        "body": visible(comment.body, multiline=True),
    }
