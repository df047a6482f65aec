"""What a reviewer gave, checked against what the handoff allows, as decision/v1 entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reviews import verdict_rules
from reviews.given import EditedFile, Given, LineComment, Verdict
from reviews.schema.document import Action, HandoffDocument
from reviews.verdict_rules import allowed
from workspaces import strictjson
from workspaces.errors import Invalid, Problem

__all__ = [
    "EditedFile",
    "Entry",
    "Given",
    "InvalidVerdict",
    "LineComment",
    "Verdict",
    "allowed",
    "as_json",
    "check",
    "outcome",
    "parse_args_text",
]

JsonObject = dict[str, Any]

_OUTCOMES = {
    "approve": "approved",
    "edit": "edited",
    "reject": "rejected",
    "respond": "responded",
    "request_changes": "changes_requested",
}


class InvalidVerdict(Invalid):
    """The verdict does not fit the handoff; ``errors`` point into what was given."""

    code, title = "invalid-verdict", "This verdict cannot be given"


@dataclass(frozen=True)
class Entry:
    """One member of decision/v1's ``decisions``."""

    type: str
    action_id: str | None
    message: str = ""
    edited_action: JsonObject | None = None
    edited_files: tuple[EditedFile, ...] = ()
    comments: tuple[LineComment, ...] = ()

    def as_dict(self) -> JsonObject:
        found: JsonObject = {"action_id": self.action_id, "type": self.type}
        if self.message:
            found["message"] = self.message
        if self.edited_action is not None:
            found["edited_action"] = self.edited_action
        if self.edited_files:
            found["edited_files"] = [
                {"path": file.path, "sha256": file.sha256} for file in self.edited_files
            ]
        if self.comments:
            found["comments"] = [_comment_as_dict(each) for each in self.comments]
        return found


def check(document: HandoffDocument, given: Given) -> tuple[list[Entry], str]:
    """The entries of the decision document, and its outcome.

    One entry an action in the document's order; without actions, and for request_changes,
    exactly one with ``action_id`` None. Raises ``InvalidVerdict`` with every problem found.
    """
    if found := verdict_rules.faults(document, given):
        raise InvalidVerdict(" ".join(each.detail for each in found[:3]), errors=found)
    entries = _entries(document, given)
    return entries, outcome(entries)


def outcome(entries: Sequence[Entry]) -> str:
    kinds = {entry.type for entry in entries}
    return _OUTCOMES[kinds.pop()] if len(kinds) == 1 else "mixed"


def as_json(entries: Sequence[Entry]) -> list[JsonObject]:
    return [entry.as_dict() for entry in entries]


def parse_args_text(text: str, *, pointer: str = "/edited_args") -> JsonObject:
    """Edited arguments from a text field: strict JSON, types and numbers kept as written.

    Raises ``InvalidVerdict`` with the line and column of the fault.
    """
    try:
        value = strictjson.loads(text.encode("utf-8", "surrogatepass"))
    except strictjson.MalformedJson as error:
        found = [Problem(pointer + p.pointer, p.detail, p.line, p.column) for p in error.errors]
        said = _("The arguments are no valid JSON.") + f" {error.detail}"
        raise InvalidVerdict(said, errors=found) from None
    if not isinstance(value, dict):
        said = _("The arguments must be a JSON object, like {…}.")
        raise InvalidVerdict(said, errors=[Problem(pointer, said)])
    return value


def _entries(document: HandoffDocument, given: Given) -> list[Entry]:
    first = given.verdicts[0]
    if first.type == "request_changes":
        return [Entry(first.type, None, first.message.strip(), comments=given.comments)]
    if not document.actions:
        message = first.message.strip() if first.type in ("reject", "respond") else ""
        return [Entry(first.type, None, message, edited_files=given.edited_files)]
    by_action = {each.action_id: each for each in given.verdicts}
    files = given.edited_files
    entries = []
    for action in document.actions:
        verdict = by_action.get(action.id, first)
        kind = verdict_rules.kind_for(verdict, action, bool(given.edited_files))
        entries.append(_entry(action, verdict, kind, files))
        if kind == "edit":
            files = ()
    return entries


def _entry(action: Action, verdict: Verdict, kind: str, files: tuple[EditedFile, ...]) -> Entry:
    message = verdict.message.strip() if kind in ("reject", "respond") else ""
    if kind != "edit":
        return Entry(kind, action.id, message)
    args = action.args if verdict.edited_args is None else dict(verdict.edited_args)
    return Entry(
        kind, action.id, edited_action={"name": action.name, "args": args}, edited_files=files
    )


def _comment_as_dict(comment: LineComment) -> JsonObject:
    """``id`` and ``old_line`` are ours: the protocol keeps members it does not know."""
    found: JsonObject = {"body": comment.body.strip()}
    if comment.key:
        found["id"] = comment.key
    if comment.old_line is not None:
        found["old_line"] = comment.old_line
    if comment.path is not None:
        found["path"] = comment.path
    if comment.line is not None:
        found["line"] = comment.line
    return found
