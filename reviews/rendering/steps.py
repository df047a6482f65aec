"""One step of a conversation, and any JSON value as its words: a wrong type reads as empty."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering.text import encodable

LIMIT_TEXT = 60_000
LIMIT_PARTS = 1_000


@dataclass(frozen=True)
class Step:
    """One turn: who (`role`: system, user, agent, tool, environment, result), what it said
    (`text`), thought, did (`action`) and saw (`observation`). `at` is the time as the agent wrote
    it, `status` "ok", "failed" or "". All strings are unescaped and at most `LIMIT_TEXT` long.
    """

    index: int
    role: str
    title: str = ""
    text: str = ""
    thought: str = ""
    action: str = ""
    observation: str = ""
    at: str = ""
    status: str = ""


def content(value: object) -> str:
    """The text of a string, or of a list of parts; parts that are not text are named."""
    if not isinstance(value, list):
        return words(value)
    return "\n".join(filter(None, map(_part, value[:LIMIT_PARTS])))


def _part(part: object) -> str:
    if not isinstance(part, dict):
        return words(part)
    kind = words(part.get("type"))
    for key in ("text", "refusal", "thinking", "input_text", "output_text"):
        if isinstance(part.get(key), str):
            return words(part[key])
    if kind == "tool_use":
        return f"{words(part.get('name'))}({words(part.get('input'))})"
    if kind == "tool_result":
        inner = part.get("content")
        parts = inner if isinstance(inner, list) else [inner]
        return "\n".join(
            words(each.get("text")) if isinstance(each, dict) else words(each) for each in parts
        )
    return f"[{kind or _('part')}]"


# A role that is longer than any known one is noise, whatever it says.
_LIMIT_ROLE = 40


def step(role: str, **fields: object) -> Step:
    """A step of any JSON values, as words; its index is set when the page is known."""
    return Step(
        0, cut(role)[:_LIMIT_ROLE], **{name: cut(words(value)) for name, value in fields.items()}
    )


def words(value: object) -> str:
    """Any JSON value as text: strings as they are, null as nothing, the rest as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return "…"


def cut(text: str) -> str:
    """At most `LIMIT_TEXT` characters that UTF-8 can carry, saying how many are left out."""
    if len(text) > LIMIT_TEXT:
        more = _("%(count)d more characters") % {"count": len(text) - LIMIT_TEXT}
        text = f"{veils.veil_part(text, 0, LIMIT_TEXT)} … [{more}]"
    return encodable(text)


def members(value: object) -> dict[str, Any]:
    """A JSON object as it is; anything else has no members."""
    return value if isinstance(value, dict) else {}
