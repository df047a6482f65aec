"""A checked JSON value -> HandoffDocument, with the defaults that the protocol names."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from reviews.schema import dates, shape, sources, texts
from reviews.schema.document import (
    Action,
    AgentClaim,
    AgentError,
    Callback,
    Checkpoint,
    Confidence,
    FileRef,
    HandoffDocument,
    JsonObject,
    Link,
    Locks,
    Routing,
    Step,
    Target,
)
from workspaces.errors import Problem

R = TypeVar("R")
ANSWERS = ("approve", "request_changes", "reject", "respond")


def build(
    value: JsonObject,
    *,
    canonical: str,
    warnings: Sequence[Problem] = (),
    keeps_workspace: bool = True,
) -> HandoffDocument:
    """The typed document of a value that ``schema.parse`` found no fault with."""
    context = value.get("context", {})
    trigger = inferred_trigger(value)
    files = tuple(_file(each) for each in context.get("files", ()))
    allowed = tuple(value.get("allowed_decisions", ())) or default_decisions(
        trigger=trigger,
        has_args=any("args" in action for action in value.get("actions", ())),
        has_text_file=any(file.is_text and file.change != "deleted" for file in files),
    )
    known = sources.load("handoff-v1")["properties"]
    return HandoffDocument(
        title=value["title"],
        trigger=trigger,
        summary=value.get("summary", ""),
        external_id=value.get("id"),
        actions=tuple(
            _action(index, each, allowed) for index, each in enumerate(value.get("actions", ()))
        ),
        allowed_decisions=allowed,
        confidence=_maybe(_confidence, value.get("confidence")),
        error=_maybe(_error, value.get("error")),
        files=files,
        logs=tuple(_file(each) for each in context.get("logs", ())),
        messages=tuple(context.get("messages", ())),
        messages_file=context.get("messages_file"),
        steps=tuple(_step(each) for each in context.get("steps", ())),
        links=tuple(Link(each["url"], each.get("title", "")) for each in context.get("links", ())),
        routing=_routing(value.get("routing", {})),
        target=_target(value.get("target", {})),
        checkpoint=_maybe(_checkpoint, value.get("checkpoint")),
        locks=Locks(*(tuple(value.get("locks", {}).get(k, ())) for k in ("released", "held"))),
        agent=_maybe(_agent, value.get("agent")),
        expires_at=_maybe(dates.parse, value.get("expires_at")),
        on_expiry=value.get("on_expiry", "expire"),
        callback=_maybe(_callback, value.get("callback")),
        metadata=value.get("metadata"),
        created_at=_maybe(dates.parse, value.get("created_at")),
        workspace=value.get("workspace") if keeps_workspace else None,
        parent=value.get("parent"),
        unknown={name: each for name, each in value.items() if name not in known},
        raw=value,
        canonical=canonical,
        warnings=tuple(warnings),
    )


def inferred_trigger(value: Mapping[str, Any]) -> str:
    """The stated trigger, else what the document's members say about why the agent stopped."""
    if "trigger" in value:
        return str(value["trigger"])
    if "error" in value:
        return "error"
    if value.get("actions"):
        return "critical_action"
    confidence = _maybe(_confidence, value.get("confidence"))
    return "low_confidence" if confidence and confidence.is_low else "completion"


def default_decisions(*, trigger: str, has_args: bool, has_text_file: bool) -> tuple[str, ...]:
    """What a person may answer where the document does not say."""
    if trigger == "question":
        return ("respond", "reject")
    return (*ANSWERS, "edit") if has_args or has_text_file else ANSWERS


def inline_content(file: Mapping[str, Any]) -> bytes | None:
    """The bytes a file reference carries, or None; ``ValueError`` where they are no base64."""
    if "content" in file:
        return str(file["content"]).encode()
    if "content_base64" in file:
        return base64.b64decode(file["content_base64"], validate=True)
    return None


def _maybe(make: Callable[[Any], R], value: Any) -> R | None:
    return None if value is None else make(value)


def _whole(value: float | None) -> int | None:
    """A JSON integer, which may be written ``3.0``."""
    return None if value is None else int(value)


def _action(index: int, value: JsonObject, handoff_allows: Sequence[str]) -> Action:
    inherited = [each for each in handoff_allows if each != "request_changes"]
    return Action(
        index=index,
        id=value.get("id", str(index)),
        name=value["name"],
        args=value.get("args", {}),
        has_args="args" in value,
        description=value.get("description", ""),
        allowed_decisions=tuple(value.get("allowed_decisions", inherited)),
        args_schema=value.get("args_schema"),
        risk=value.get("risk"),
        reversible=value.get("reversible"),
        raw=value,
    )


def _confidence(value: float | JsonObject) -> Confidence:
    if not isinstance(value, dict):
        return Confidence(float(value), None, "")
    threshold = value.get("threshold")
    return Confidence(float(value["score"]), _maybe(float, threshold), value.get("reason", ""))


def _error(value: str | JsonObject) -> AgentError:
    if isinstance(value, str):
        return AgentError("", value, "", None, None, None)
    return AgentError(
        type=value.get("type", ""),
        message=value["message"],
        traceback=value.get("traceback", ""),
        log=value.get("log"),
        retries=_whole(value.get("retries")),
        recoverable=value.get("recoverable"),
    )


def _file(value: str | JsonObject) -> FileRef:
    if isinstance(value, str):
        return FileRef(path=value, is_text=texts.is_text(value, None))
    says_text = "content" in value or texts.is_text(value["path"], value.get("media_type"))
    return FileRef(
        path=value["path"],
        change=value.get("change"),
        previous_path=value.get("previous_path"),
        media_type=value.get("media_type"),
        size=_whole(value.get("size")),
        sha256=value.get("sha256"),
        content=inline_content(value),
        is_text=says_text,
        diff=value.get("diff"),
        note=value.get("note", ""),
    )


def _step(value: str | JsonObject) -> Step:
    if isinstance(value, str):
        return Step(action=value)
    return Step(
        action=value["action"],
        observation=value.get("observation", ""),
        thought=value.get("thought", ""),
        status=value.get("status"),
        at=_maybe(dates.parse, value.get("at")),
    )


def _routing(value: JsonObject) -> Routing:
    return Routing(
        queue=value.get("queue"),
        tags=tuple(value.get("tags", ())),
        priority=value.get("priority", "normal"),
        assignees=tuple(value.get("assignees", ())),
    )


def _target(value: JsonObject) -> Target:
    return Target(
        kind=value.get("kind", "human"),
        agent=value.get("agent"),
        agent_card_url=value.get("agent_card_url"),
        transfer_ownership=value.get("transfer_ownership", False),
    )


def _checkpoint(value: JsonObject) -> Checkpoint:
    return Checkpoint(
        format=value.get("format"),
        file=value.get("file"),
        has_state="state" in value,
        state=value.get("state"),
        ref=value.get("ref"),
        step=_whole(value.get("step")),
        last_completed=value.get("last_completed", ""),
        next=tuple(value.get("next", ())),
        resumable=value.get("resumable", True),
    )


def _agent(value: str | JsonObject) -> AgentClaim:
    if isinstance(value, str):
        return AgentClaim(name=value)
    known = ("name", "version", "framework", "model", "run_id", "task")
    return AgentClaim(**{name: value[name] for name in known if name in value})


def _callback(value: JsonObject) -> Callback:
    schema = shape.resolved({"$ref": "#/$defs/callback"}, sources.load("handoff-v1"))
    default = schema["properties"]["events"]["default"]
    return Callback(url=value["url"], events=tuple(value.get("events", default)))
