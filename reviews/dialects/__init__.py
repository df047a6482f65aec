"""Native bodies of agent frameworks, in and out. Pure; a file a framework.

A body is told by its members, never by guessing at a handoff/v1 document: whatever has a
``title`` or a ``schema`` is one. To add a framework: its file, its name in ``_ALL``, its
payloads in the tests.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reviews.dialects import langchain, langgraph, openai_agents, pydantic_ai
from reviews.dialects.reading import MOST_REQUESTS, Asked, Entry, Reader, Request
from reviews.schema import DECISIONS, InvalidDocument, extra, shape, sources, words
from reviews.schema.shape import Fault
from workspaces import jsonplaces, strictjson
from workspaces.errors import Problem
from workspaces.strictjson import JsonObject, JsonValue


class Dialect(Protocol):
    """What a framework's module has: its mark, its way in and its way back."""

    NAME: str
    FRAMEWORK: str

    def is_marked(self, value: JsonObject) -> bool: ...

    def read(self, body: JsonValue, reader: Reader) -> Asked: ...

    def native(self, asked: Asked, entries: Sequence[Entry]) -> JsonObject: ...


_ALL: tuple[Dialect, ...] = (langchain, langgraph, pydantic_ai, openai_agents)
_DIALECTS: Mapping[str, Dialect] = {dialect.NAME: dialect for dialect in _ALL}
_LONGEST_TITLE = 200


@dataclass(frozen=True)
class Translated:
    """A native body as the handoff/v1 document that the desk keeps, shows and binds."""

    dialect: str
    document: JsonObject


def translate(value: JsonValue, *, source: bytes | None = None) -> Translated | None:
    """The handoff/v1 document of a framework's own body; None where it is no such body.

    With ``source``, the bytes that ``value`` was read from, problems carry lines and columns.
    Raises ``InvalidDocument`` (422) with pointers into the body as sent: it is torn, or it could
    be two frameworks' at once.
    """
    marked = _marked(value)
    if not marked:
        return None
    if len(marked) > 1:
        names = words.listed([_DIALECTS[name].FRAMEWORK for name in marked], "and")
        raise _invalid([Fault((), f"could be a body of {names}: send that of one")], source)
    dialect = _DIALECTS[marked[0]]
    reader = Reader()
    asked = dialect.read(value, reader)
    if not asked.requests and not reader.faults:
        reader.refuse(asked.at, "asks about nothing")
    if reader.faults:
        raise _invalid(reader.faults, source)
    document = _document(asked, dialect.FRAMEWORK)
    if found := _faults(document):
        raise _invalid([_as_sent(fault, asked) for fault in found], source)
    return Translated(marked[0], document)


def native(
    dialect: str, original: JsonValue, entries: Sequence[Entry], outcome: str
) -> JsonObject | None:
    """What the framework resumes with, from decision/v1's ``decisions`` and ``outcome``.

    ``original`` is the body as received, in which ``translate`` found no fault. An expiry with
    an outcome has no entries and answers every request alike. None where there is nothing to
    resume with: withdrawn, expired without an outcome, changes requested.
    """
    module = _DIALECTS[dialect]
    asked = module.read(original, Reader())
    kind = {"approved": "approve", "rejected": "reject"}.get(outcome)
    if not entries and kind:
        entries = [{"type": kind} for _ in asked.requests]
    if len(entries) != len(asked.requests) or outcome == "changes_requested":
        return None
    return module.native(asked, entries)


def _marked(value: JsonValue) -> list[str]:
    """The dialects whose marks the body bears; of a list, any of its items'."""
    items = value[: MOST_REQUESTS + 1] if isinstance(value, list) else [value]
    return [
        name
        for name, module in _DIALECTS.items()
        if any(
            isinstance(item, dict)
            and "title" not in item
            and "schema" not in item
            and module.is_marked(item)
            for item in items
        )
    ]


def _document(asked: Asked, framework: str) -> JsonObject:
    """Words stay within what the framework can be answered; it knows no next round."""
    allowed = {word for request in asked.requests for word in request.allowed}
    document: JsonObject = {
        "title": _title([request.name for request in asked.requests]),
        "trigger": "critical_action" if "approve" in allowed else "question",
        "actions": [_action(request) for request in asked.requests],
        "allowed_decisions": [word for word in DECISIONS if word in allowed],
        "agent": {"name": asked.agent or framework, "framework": framework},
    }
    if asked.metadata is not None:
        document["metadata"] = asked.metadata
    return document


def _action(request: Request) -> JsonObject:
    action: JsonObject = {
        "name": request.name,
        "args": request.args,
        "allowed_decisions": list(request.allowed),
    }
    if request.id is not None:
        action["id"] = request.id
    if request.description:
        action["description"] = request.description
    if request.args_schema is not None:
        action["args_schema"] = request.args_schema
    return action


def _title(names: Sequence[str]) -> str:
    title = ", ".join(
        name if count == 1 else f"{name} × {count}" for name, count in Counter(names).items()
    )
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


def _faults(document: JsonObject) -> list[Fault]:
    """What handoff/v1 itself would not take: lengths, counts, unsound args_schema, depth."""
    found = shape.faults(document, sources.load("handoff-v1"))
    found += extra.faults(document, None, found)
    if not found:
        try:
            written = strictjson.dumps(document).encode()
            strictjson.loads(written, max_bytes=len(written))
        except strictjson.MalformedJson:
            # Every part of it was read before; only nesting adds up.
            found = [Fault((), f"is nested too deeply: {strictjson.MAX_DEPTH} levels at most")]
    return found


def _as_sent(fault: Fault, asked: Asked) -> Fault:
    """The fault of the translated document at its place in the body as sent."""
    match fault.path:
        case ("actions", int(index), *rest):
            request = asked.requests[index]
            if not rest:
                return Fault(request.at, fault.words)
            member = str(rest[0])
            place = request.places.get(member, (*request.at, member))
            return Fault((*place, *rest[1:]), fault.words)
        case ("title",):
            first = asked.requests[0]
            return Fault(first.places.get("name", (*first.at, "name")), fault.words)
        case ("agent", *_):
            return Fault(asked.agent_at, fault.words)
        case ("metadata", *rest):
            return Fault(("metadata", *rest), fault.words)
        case _:
            return Fault(asked.at, fault.words)


def _invalid(faults: Sequence[Fault], source: bytes | None) -> InvalidDocument:
    problems = [
        Problem(jsonplaces.pointer(fault.path), words.sentence(fault.path, fault.words))
        for fault in faults[: shape.MOST_FAULTS]
    ]
    said = "; ".join(problem.detail for problem in problems[:3])
    more = "; …" if len(problems) > 3 else ""
    return InvalidDocument(
        f"The native body cannot be taken: {said}{more}.",
        errors=jsonplaces.with_places(source, problems),
    )
