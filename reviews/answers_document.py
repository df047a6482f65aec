"""The decision/v1 document: the answer, the same by every way back to the agent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from reviews.schema import dates
from reviews.schema.document import HandoffDocument

JsonObject = dict[str, Any]


def build(
    document: HandoffDocument,
    *,
    handoff: str,
    status: str,
    outcome: str,
    entries: Sequence[JsonObject],
    revision: int,
    revision_sha256: str,
    files: Sequence[Mapping[str, Any]] | None,
    decided_at: datetime | None,
    decided_by: Mapping[str, str] | None,
    comment: str = "",
    reason_codes: Sequence[str] = (),
    votes: Sequence[Mapping[str, Any]] = (),
    native: Mapping[str, Any] | None = None,
) -> JsonObject:
    """The unsigned document, valid under ``decision-v1.schema.json``.

    ``handoff`` is the public id (``ho_…``), ``status`` decided, changes_requested, expired or
    withdrawn; ``entries`` are ``verdicts.as_json``'s. An expiry with an outcome gets its entries
    here, for no person wrote them: one a action. Votes are ``{kind, id?, name?, type, at}`` with
    ``at`` a datetime. The agent's ``metadata`` goes back unchanged.
    """
    body: JsonObject = {
        "schema": "decision/v1",
        "handoff": handoff,
        "status": status,
        "outcome": outcome,
        "decisions": _entries(document, status, outcome, entries),
        "revision": revision,
        "revision_sha256": revision_sha256,
        "decided_at": dates.write(decided_at) if decided_at else None,
        "decided_by": dict(decided_by) if decided_by else None,
    }
    if document.external_id is not None:
        body["id"] = document.external_id
    if document.metadata is not None:
        body["metadata"] = document.metadata
    if files is not None:
        body["files"] = [
            {"path": file["path"], "size": file["size"], "sha256": file["sha256"]} for file in files
        ]
    if comment:
        body["comment"] = comment
    if reason_codes:
        body["reason_codes"] = list(reason_codes)
    if votes:
        body["votes"] = [{**vote, "at": dates.write(vote["at"])} for vote in votes]
    if native is not None:
        body["native"] = dict(native)
    return body


def with_written_paths(
    entries: Sequence[JsonObject], written: Mapping[str, str]
) -> list[JsonObject]:
    """The entries with each edited file under the path that it was really written to."""
    return [
        {
            **entry,
            "edited_files": [
                {**file, "path": written.get(file["path"], file["path"])}
                for file in entry["edited_files"]
            ],
        }
        if "edited_files" in entry
        else dict(entry)
        for entry in entries
    ]


def _entries(
    document: HandoffDocument, status: str, outcome: str, entries: Sequence[JsonObject]
) -> list[JsonObject]:
    if status == "withdrawn" or outcome == "none":
        return []
    if entries or status != "expired":
        return [dict(entry) for entry in entries]
    kind = {"approved": "approve", "rejected": "reject"}[outcome]
    ids: list[str | None] = [action.id for action in document.actions]
    return [{"action_id": each, "type": kind} for each in ids or [None]]
