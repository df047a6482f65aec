"""LangChain's ``HITLRequest``, what ``HumanInTheLoopMiddleware`` (langchain 1.x) interrupts with.

``action_requests`` are answered by position; ``review_configs`` say what each may be answered.
The native answer is its ``HITLResponse``, to be given to ``Command(resume=…)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reviews.dialects.reading import Asked, Entry, Reader, Request
from reviews.schema import words
from reviews.schema.shape import Path
from workspaces import strictjson
from workspaces.strictjson import JsonObject, JsonValue

NAME = "langchain"
FRAMEWORK = "LangChain"
DECISIONS = ("approve", "edit", "reject", "respond")
_ONE_OF = f"must be one of {words.listed([words.quoted(each) for each in DECISIONS])}"
_MOST_CONFIGS = 500


@dataclass(frozen=True)
class _Policy:
    """One of ``review_configs``."""

    action: str
    allowed: tuple[str, ...]
    args_schema: JsonObject | None
    at: Path
    written: str


def is_marked(value: JsonObject) -> bool:
    return "action_requests" in value or "review_configs" in value


def read(body: JsonValue, reader: Reader) -> Asked:
    """One ``HITLRequest``, also as a list of one: several are resumed one by one."""
    items = reader.items_of(body)
    if len(items) > 1:
        reader.refuse((1,), "is a second request: hand off each HITLRequest on its own")
    (at, value), *_ = items or [((), {})]
    actions = reader.objects_of(value, "action_requests", at)
    names = [reader.text_of(action, "name", here) for here, action in actions]
    policies = _policies(value, names, reader, at)
    requests = []
    for (here, action), name, policy in zip(actions, names, policies, strict=True):
        requests.append(
            Request(
                name=name,
                args=reader.object_of(action, "args", here),
                allowed=policy.allowed if policy else (),
                at=here,
                places={"args_schema": (*policy.at, "args_schema")} if policy else {},
                description=reader.text_of(action, "description", here, required=False),
                args_schema=policy.args_schema if policy else None,
            )
        )
    return Asked(requests, at=(*at, "action_requests"))


def native(asked: Asked, entries: Sequence[Entry]) -> JsonObject:
    return {"decisions": [_decision(entry) for entry in entries]}


def _decision(entry: Entry) -> JsonObject:
    kind = entry["type"]
    found: JsonObject = {"type": kind}
    if kind == "edit":
        found["edited_action"] = entry["edited_action"]
    elif kind != "approve" and "message" in entry:
        found["message"] = entry["message"]
    return found


def _policies(
    value: JsonObject, names: Sequence[str], reader: Reader, at: Path
) -> list[_Policy | None]:
    """Each request's own: the middleware writes one a request, in their order; where names and
    positions differ it is the one of that name, and two that contradict each other are refused."""
    configs = reader.objects_of(value, "review_configs", at, most=_MOST_CONFIGS)
    found = [_policy(config, reader, here) for here, config in configs]
    if [policy.action for policy in found] == list(names):
        return list(found)
    by_name: dict[str, _Policy] = {}
    for policy in found:
        if by_name.setdefault(policy.action, policy).written != policy.written:
            reader.refuse(policy.at, f'contradicts an earlier entry for "{policy.action[:100]}"')
    if isinstance(value.get("review_configs"), list):
        for name in dict.fromkeys(names):
            if name and name not in by_name:
                reader.refuse((*at, "review_configs"), f'has no entry for "{name[:100]}"')
    return [by_name.get(name) for name in names]


def _policy(config: JsonObject, reader: Reader, at: Path) -> _Policy:
    return _Policy(
        action=reader.text_of(config, "action_name", at),
        allowed=_allowed(config, reader, at),
        args_schema=reader.object_of(config, "args_schema", at, required=False) or None,
        at=at,
        written=strictjson.dumps(config),
    )


def _allowed(config: JsonObject, reader: Reader, at: Path) -> tuple[str, ...]:
    stated = reader.list_of(config, "allowed_decisions", at)
    if config.get("allowed_decisions") == []:
        reader.refuse((*at, "allowed_decisions"), "must name at least one decision")
    for index, each in enumerate(stated):
        if each not in DECISIONS:
            reader.refuse((*at, "allowed_decisions", index), _ONE_OF)
    return tuple(each for each in DECISIONS if each in stated)
