"""LangGraph's ``HumanInterrupt`` (``langgraph.prebuilt.interrupt``), one or a list of them.

By its convention a graph interrupts with a list and reads a list of ``HumanResponse`` back, so
the native answer is ``{"resume": [HumanResponse, …]}``: ``Command(resume=native["resume"])``.
"Reject" is its "ignore", which carries no words.
"""

from collections.abc import Sequence

from reviews.dialects.reading import Asked, Entry, Reader, Request
from reviews.schema.shape import Path
from workspaces.strictjson import JsonObject, JsonValue

NAME = "langgraph"
FRAMEWORK = "LangGraph"
# its switch -> decision/v1's word
_SWITCHES = {
    "allow_accept": "approve",
    "allow_edit": "edit",
    "allow_ignore": "reject",
    "allow_respond": "respond",
}


def is_marked(value: JsonObject) -> bool:
    return "action_request" in value


def read(body: JsonValue, reader: Reader) -> Asked:
    return Asked([_request(item, reader, at) for at, item in reader.items_of(body)])


def native(asked: Asked, entries: Sequence[Entry]) -> JsonObject:
    return {"resume": [_response(entry) for entry in entries]}


def _request(item: JsonObject, reader: Reader, at: Path) -> Request:
    inner, inner_at = reader.object_of(item, "action_request", at), (*at, "action_request")
    has_inner = isinstance(item.get("action_request"), dict)
    return Request(
        name=reader.text_of(inner, "action", inner_at) if has_inner else "",
        args=reader.object_of(inner, "args", inner_at) if has_inner else {},
        allowed=_allowed(item, reader, at),
        at=inner_at,
        places={"name": (*inner_at, "action"), "description": (*at, "description")},
        description=reader.text_of(item, "description", at, required=False),
    )


def _allowed(item: JsonObject, reader: Reader, at: Path) -> tuple[str, ...]:
    config = reader.object_of(item, "config", at)
    here = (*at, "config")
    found = tuple(
        word for switch, word in _SWITCHES.items() if reader.flag_of(config, switch, here)
    )
    if not found and isinstance(item.get("config"), dict):
        reader.refuse(here, f"must allow something: one of {', '.join(_SWITCHES)}")
    return found


def _response(entry: Entry) -> JsonObject:
    match entry["type"]:
        case "approve":
            return {"type": "accept", "args": None}
        case "edit":
            edited = entry["edited_action"]
            return {"type": "edit", "args": {"action": edited["name"], "args": edited["args"]}}
        case "respond":
            return {"type": "response", "args": entry["message"]}
        case _:
            return {"type": "ignore", "args": None}
