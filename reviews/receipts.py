"""Receipts beside an agent's file, and the agent's own word that it applied an answer.

The desk overwrites only what it wrote itself: the digest of its last receipt is remembered, a
foreign file in its place is a visible problem.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings

from reviews import event_kinds, lifecycle, problems
from reviews.intake import Submission, Taken
from reviews.models import Answer, Handoff, Problem, SourceFile
from workspaces import clock, events, paths, strictjson
from workspaces.actors import Actor
from workspaces.errors import Conflict, HandoffError, Invalid
from workspaces.errors import Problem as Fault
from workspaces.models import Workspace
from workspaces.storage import FileMissing, FileTooLarge, Root, StorageError
from workspaces.transactions import write

_RECEIPT_BYTES = 4 * 1024 * 1024


def web_url(handoff: Handoff) -> str:
    return f"{settings.SITE_URL}{handoff.get_absolute_url()}"


def api_url(handoff: Handoff) -> str:
    return f"{settings.SITE_URL}/api/v1/handoffs/{handoff.public_id}"


def write_accepted(root: Root, submission: Submission, taken: Taken) -> None:
    body = {
        "status": "accepted",
        "id": taken.handoff.public_id,
        "url": api_url(taken.handoff),
        "web_url": web_url(taken.handoff),
        "revision": taken.revision.number,
        "document_sha256": submission.received_sha256,
        "warnings": taken.revision.warnings,
    }
    _write(root, submission.workspace, submission.path, submission.received_sha256, body)


def write_invalid(
    root: Root, workspace: Workspace, path: str, sha256: str, error: HandoffError
) -> None:
    faults = error.errors or (Fault("", error.detail),)
    body = {
        "status": "invalid",
        "document_sha256": sha256,
        "detail": error.detail,
        "errors": [fault.as_dict() for fault in faults],
    }
    _write(root, workspace, path, sha256, body)


def _write(root: Root, workspace: Workspace, path: str, sha256: str, body: dict[str, Any]) -> None:
    """Write the receipt unless a foreign file stands in its place; remember what was written."""
    stem = paths.stem(path.rpartition("/")[2])
    assert stem is not None
    target = paths.beside(path, paths.receipt_name(stem))
    data = strictjson.pretty(body).encode() + b"\n"
    digest = hashlib.sha256(data).hexdigest()
    source = SourceFile.objects.get(workspace=workspace, path=path)
    there = digest_on_disk(root, target)
    if there not in (None, digest, source.receipt_sha256):
        problems.report(
            workspace,
            target,
            Problem.Kind.FOREIGN_FILE,
            f"{target} was not written by the desk, so the receipt was not written over it; "
            "move it away and retry.",
        )
    else:
        if there != digest:
            try:
                root.write_atomic(target, data)
            except StorageError as error:
                problems.report(workspace, path, Problem.Kind.UNREADABLE, error.detail)
                return
        problems.resolve(workspace, target, kinds=[Problem.Kind.FOREIGN_FILE])
    with write():
        SourceFile.objects.filter(pk=source.pk).update(receipt_sha256=digest, receipt_for=sha256)


def digest_on_disk(root: Root, path: str) -> str | None:
    """sha256 of what stands at ``path``; None when nothing does; "" when it is no plain file."""
    try:
        data, _ = root.read(path, limit=_RECEIPT_BYTES)
    except FileMissing:
        return None
    except (FileTooLarge, StorageError):
        return ""
    return hashlib.sha256(data).hexdigest()


def pick_up(handoff: Handoff, answer: Answer, *, at: datetime) -> None:
    """The agent has fetched this answer: remembered once, and told to whoever looks."""
    if answer.picked_up_at is not None:
        return
    with write():
        if Answer.objects.filter(pk=answer.pk, picked_up_at=None).update(picked_up_at=at):
            events.record(
                handoff.workspace_id,
                event_kinds.PICKED_UP,
                subject=lifecycle.subject(handoff),
                actor=Actor.agent(handoff.submitter),
                payload={"revision": handoff.revision},
                at=at,
            )


def ack_body(value: Any) -> dict[str, Any]:
    """``{applied: bool, result?: any}``. Raises Invalid."""
    if not isinstance(value, dict) or not isinstance(value.get("applied"), bool):
        detail = "applied: must be true or false."
        raise Invalid(detail, errors=[Fault("/applied", detail)])
    return value


def acknowledge(handoff: Handoff, *, applied: bool, result: Any = None) -> Answer:
    """The agent has applied (or could not apply) its latest answer. Idempotent.

    Raises Conflict while there is no answer.
    """
    answer = handoff.answers.order_by("-revision__number").first()
    if answer is None:
        raise Conflict("There is no answer yet that could be acknowledged.")
    now = clock.now()
    with write():
        won = Answer.objects.filter(pk=answer.pk, acked_at=None).update(
            acked_at=now, was_applied=applied, ack_result=result
        )
        if won:
            Answer.objects.filter(pk=answer.pk, picked_up_at=None).update(picked_up_at=now)
            events.record(
                handoff.workspace_id,
                event_kinds.ACKED,
                subject=lifecycle.subject(handoff),
                actor=Actor.agent(handoff.submitter),
                payload={"revision": answer.revision.number, "applied": applied},
                at=now,
            )
    answer.refresh_from_db()
    return answer
