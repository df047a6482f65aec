"""Interruptions of the OpenAI Agents SDK: tool calls that wait for approval.

Taken are ``{"interruptions": […]}``, a list of items, or one item: a ``tool_approval_item`` with
its ``raw_item``, or the raw call itself (``call_id``, ``name``, ``arguments`` as a JSON string).
The JavaScript SDK's ``rawItem`` and ``callId`` are read too. The SDK can approve and reject, not
edit. It has no document to resume with, so the native answer names its two methods, call by
call: ``{"decisions": [{"call_id", "type": "approve" | "reject", "rejection_message"?}]}``.
"""

from collections.abc import Sequence

from reviews.dialects.reading import Asked, Entry, Reader, Request, refuse_repeated_ids
from reviews.schema.shape import Path
from workspaces.strictjson import JsonObject, JsonValue

NAME = "openai-agents"
FRAMEWORK = "OpenAI Agents SDK"
_ALLOWED = ("approve", "reject")
# Where the calls of built-in tools keep what they want to do; all others have ``arguments``.
_OTHER_ARGUMENTS = {
    "custom_tool_call": "input",
    "shell_call": "action",
    "local_shell_call": "action",
    "apply_patch_call": "operation",
}


def is_marked(value: JsonObject) -> bool:
    return (
        "interruptions" in value
        or value.get("type") in ("tool_approval_item", "function_call")
        or "raw_item" in value
        or "rawItem" in value
        or (("call_id" in value or "callId" in value) and "arguments" in value)
    )


def read(body: JsonValue, reader: Reader) -> Asked:
    if isinstance(body, dict) and "interruptions" in body:
        at: Path = ("interruptions",)
        items = reader.objects_of(body, "interruptions", ())
    else:
        at, items = (), reader.items_of(body)
    requests = [_request(item, reader, here) for here, item in items]
    refuse_repeated_ids(reader, requests)
    agents = [(_agent(item, reader, here), (*here, "agent", "name")) for here, item in items]
    agent, agent_at = next((each for each in agents if each[0].strip()), ("", ()))
    return Asked(requests, at=at, agent=agent, agent_at=agent_at)


def native(asked: Asked, entries: Sequence[Entry]) -> JsonObject:
    return {
        "decisions": [
            _decision(str(request.id), entry)
            for request, entry in zip(asked.requests, entries, strict=True)
        ]
    }


def _request(item: JsonObject, reader: Reader, at: Path) -> Request:
    raw, raw_at = item, at
    for member in ("raw_item", "rawItem"):
        if member in item:
            raw, raw_at = reader.object_of(item, member, at), (*at, member)
    kind = reader.text_of(raw, "type", raw_at, required=False)
    name, name_at = _name(item, at, raw, raw_at, kind, reader)
    call_id, id_at = _call_id(raw, raw_at, reader)
    member = _OTHER_ARGUMENTS.get(kind, "arguments")
    if member == "arguments":
        if member not in raw:
            reader.refuse((*raw_at, member), "is required")
        args = reader.args_of(raw, member, raw_at)
    else:
        args = {member: raw[member]} if member in raw else {}
    return Request(
        name=name,
        args=args,
        allowed=_ALLOWED,
        at=raw_at,
        places={"name": name_at, "id": id_at, "args": (*raw_at, member)},
        id=call_id,
    )


def _agent(item: JsonObject, reader: Reader, at: Path) -> str:
    agent = reader.object_of(item, "agent", at, required=False)
    return reader.text_of(agent, "name", (*at, "agent"), required=False)


def _name(
    item: JsonObject, at: Path, raw: JsonObject, raw_at: Path, kind: str, reader: Reader
) -> tuple[str, Path]:
    """The tool's name; a built-in tool (shell, apply_patch) has only its type."""
    if item.get("tool_name") is not None:
        return reader.text_of(item, "tool_name", at), (*at, "tool_name")
    if raw.get("name") is None and kind in _OTHER_ARGUMENTS:
        return kind.removesuffix("_call"), (*raw_at, "type")
    return reader.text_of(raw, "name", raw_at), (*raw_at, "name")


def _call_id(raw: JsonObject, raw_at: Path, reader: Reader) -> tuple[str, Path]:
    """``call_id``, as the SDK's; hosted tools (MCP) have only the item's ``id``."""
    for member in ("call_id", "callId", "id"):
        if raw.get(member) is not None:
            return reader.text_of(raw, member, raw_at), (*raw_at, member)
    return reader.text_of(raw, "call_id", raw_at), (*raw_at, "call_id")


def _decision(call_id: str, entry: Entry) -> JsonObject:
    if entry["type"] == "approve":
        return {"call_id": call_id, "type": "approve"}
    said = {"rejection_message": entry["message"]} if "message" in entry else {}
    return {"call_id": call_id, "type": "reject", **said}
