"""PydanticAI's ``DeferredToolRequests``: ``approvals`` wait for consent, ``calls`` for a result.

The native answer has the shape of ``DeferredToolResults``, whose ``TypeAdapter`` reads it. A
person's answer to one of ``calls`` is that tool's result; a refusal is its ``ToolFailed``.
"""

from collections.abc import Sequence

from reviews.dialects.reading import Asked, Entry, Reader, Request, refuse_repeated_ids
from workspaces.strictjson import JsonObject, JsonValue

NAME = "pydantic-ai"
FRAMEWORK = "Pydantic AI"
_REFUSED = "A person declined this call."


def is_marked(value: JsonObject) -> bool:
    return "approvals" in value or "calls" in value


def read(body: JsonValue, reader: Reader) -> Asked:
    """Approvals first, then calls: the library does not keep their common order."""
    value = reader.an_object(body, ())
    approvals = _requests(value, "approvals", ("approve", "edit", "reject"), reader)
    calls = _requests(value, "calls", ("reject", "respond"), reader)
    requests = [*approvals, *calls]
    refuse_repeated_ids(reader, requests)
    metadata = reader.object_of(value, "metadata", (), required=False)
    return Asked(
        requests, at=("approvals",) if approvals else ("calls",), metadata=metadata or None
    )


def native(asked: Asked, entries: Sequence[Entry]) -> JsonObject:
    approvals: JsonObject = {}
    calls: JsonObject = {}
    for request, entry in zip(asked.requests, entries, strict=True):
        if request.at[0] == "approvals":
            approvals[str(request.id)] = _approval(entry)
        else:
            calls[str(request.id)] = _result(entry)
    return {"approvals": approvals, "calls": calls}


def _requests(
    value: JsonObject, member: str, allowed: tuple[str, ...], reader: Reader
) -> list[Request]:
    return [
        Request(
            name=reader.text_of(part, "tool_name", at),
            args=reader.args_of(part, "args", at),
            allowed=allowed,
            at=at,
            places={"name": (*at, "tool_name"), "id": (*at, "tool_call_id")},
            id=reader.text_of(part, "tool_call_id", at),
        )
        for at, part in reader.objects_of(value, member, (), required=False)
    ]


def _approval(entry: Entry) -> JsonValue:
    match entry["type"]:
        case "approve":
            return True
        case "edit":
            return {"kind": "tool-approved", "override_args": entry["edited_action"]["args"]}
        case _:
            said = {"message": entry["message"]} if "message" in entry else {}
            return {"kind": "tool-denied", **said}


def _result(entry: Entry) -> JsonValue:
    if entry["type"] == "respond":
        return str(entry["message"])
    return {"kind": "tool-failed", "message": entry.get("message", _REFUSED)}
