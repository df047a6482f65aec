"""Agents' conversations as one list of steps, whatever framework wrote them.

Understood: OpenAI messages (chat and responses items, a JSON array, JSON lines, or an object with
`messages`), SWE-agent `.traj`, OpenHands events and rows of its resolver. The strings in steps are
the agent's words, unescaped: templates put them through `text.visible` or `markdown.render`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering import records, turns
from reviews.rendering.decoding import decode, join_notes
from reviews.rendering.steps import Step

LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Transcript:
    """`kind` is "openai", "swe-agent", "openhands" or "unknown"; `total` counts all steps.

    `steps` is the asked-for page of them, `note` what was cut, torn or left out.
    """

    kind: str
    steps: list[Step]
    note: str
    total: int


def load(data: bytes, name: str, *, start: int = 0, limit: int = 200) -> Transcript:
    """Steps `start` to `start + limit` of the file's conversation; never raises on any bytes."""
    after = data[LIMIT_BYTES : LIMIT_BYTES + veils.AROUND]
    decoded = decode(data[:LIMIT_BYTES], is_cut=bool(after), after=after)
    if decoded.text is None:
        return Transcript("unknown", [], decoded.note, 0)
    values, torn = records.read(decoded.text)
    kind, found, left_out = _understood(values, name)
    start, limit = max(start, 0), max(limit, 0)
    page = [replace(step, index=at) for at, step in enumerate(found)][start : start + limit]
    note = join_notes(
        decoded.note,
        _("Only the first %(count)d MB were read.") % {"count": LIMIT_BYTES >> 20}
        if len(data) > LIMIT_BYTES
        else "",
        torn,
        _("Not a conversation in a form that is known here.") if kind == "unknown" else "",
        _left_out_note(left_out),
        _page_note(start, len(page), len(found)),
    )
    return Transcript(kind, page, note, len(found))


def _understood(values: list[Any], name: str) -> tuple[str, list[Step], int]:
    """(kind, all steps, number of entries left out) of what was read."""
    top = values[0] if len(values) == 1 and isinstance(values[0], dict) else None
    if top is not None and isinstance(top.get("trajectory"), list):
        return "swe-agent", list(turns.from_trajectory(top)), 0
    if top is not None and isinstance(top.get("messages"), list):
        values = top["messages"]
    elif top is not None and isinstance(top.get("history"), list) and not _is_resolver_row(top):
        found = turns.from_messages(_objects(top["history"]))
        return ("swe-agent" if name.endswith(".traj") else "openai"), found, 0
    entries = _objects(values)
    strays = len(values) - len(entries)
    rows = [entry for entry in entries if _is_resolver_row(entry)]
    if rows:
        steps: list[Step] = []
        for row in rows:
            found, quiet = turns.from_events(_objects(row["history"]))
            steps += [*turns.issue_of(row), *found, *turns.result_of(row)]
            strays += quiet
        return "openhands", steps, strays + len(entries) - len(rows)
    if any(_is_event(entry) for entry in entries):
        found, quiet = turns.from_events(entries)
        return "openhands", found, strays + quiet
    if any(_is_message(entry) for entry in entries):
        return "openai", turns.from_messages(entries), strays
    return "unknown", [], 0


def _objects(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)]


def _is_event(entry: dict[str, Any]) -> bool:
    return "role" not in entry and ("observation" in entry or "action" in entry)


def _is_message(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("role"), str) or turns.kind_of(entry) in turns.RESPONSES_ITEMS


def _is_resolver_row(entry: dict[str, Any]) -> bool:
    has_result = any(key in entry for key in ("git_patch", "instance_id", "issue", "test_result"))
    return has_result and isinstance(entry.get("history"), list)


def _left_out_note(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)d entry without words (state changes and the like) is left out.",
        "%(count)d entries without words (state changes and the like) are left out.",
        count,
    ) % {"count": count}


def _page_note(start: int, count: int, total: int) -> str:
    if count == total:
        return ""
    if not count:
        return _("There is no step %(first)d: there are %(total)d.") % {
            "first": start + 1,
            "total": total,
        }
    return _("Shown: %(first)d–%(last)d of %(total)d.") % {
        "first": start + 1,
        "last": start + count,
        "total": total,
    }
