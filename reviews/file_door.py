"""The file door: one intake file read, taken or refused, and answered beside it by a receipt.

Crash anywhere repeats harmlessly: what was taken is remembered in the transaction that took it,
and a receipt that was not written is written on the next look.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from reviews import intake, problems, receipts, schema
from reviews.models import Problem, SourceFile
from reviews.notify import answer_file
from workspaces import clock, faults, file_agents, paths, strictjson
from workspaces.errors import HandoffError
from workspaces.models import Workspace
from workspaces.storage import DiskFull, FileFacts, FileMissing, FileTooLarge, Root, Unstable
from workspaces.transactions import write

YOUNG_SECONDS = 30.0  # a parse error on a younger file means: wait for the rest of it


@dataclass(frozen=True)
class Outcome:
    """``taken``, ``known``, ``wait`` (look again later), ``invalid`` or ``gone``."""

    word: str
    detail: str = ""


def take(workspace: Workspace, path: str, *, is_complete: bool = False) -> Outcome:
    """Look at one intake file that stands still and take it if it is new.

    ``is_complete``: it came by rename, so a torn document cannot be one still being written.
    """
    root = Root(workspace.root)
    try:
        data, facts = root.read(path, limit=settings.HANDOFF_BODY_BYTES)
    except FileMissing:
        return Outcome("gone")
    except Unstable:
        return Outcome("wait")
    except FileTooLarge as error:
        return _too_large(workspace, root, path, error)
    except HandoffError as error:
        problems.report(workspace, path, Problem.Kind.UNREADABLE, error.detail)
        return Outcome("invalid", error.detail)
    source = SourceFile.objects.filter(workspace=workspace, path=path).first()
    if source is not None and _is_known(source, facts):
        return Outcome("known")
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        document = schema.parse(strictjson.loads(data), now=clock.now(), origin="file", source=data)
    except strictjson.MalformedJson as error:
        if not is_complete and _age(facts) < YOUNG_SECONDS:
            return Outcome("wait", error.detail)
        return _refuse(workspace, root, path, facts, sha256, error, Problem.Kind.INVALID)
    except HandoffError as error:
        return _refuse(workspace, root, path, facts, sha256, error, Problem.Kind.INVALID)
    if twin := _other_source_of_stem(root, path):
        clash = HandoffError(f"{twin} has the same stem, so both would get the same answer file.")
        return _refuse(workspace, root, path, facts, sha256, clash, Problem.Kind.CONFLICT)
    submission = intake.Submission(
        workspace=workspace,
        submitter=file_agents.agent_for(workspace, path),
        document=document,
        received_sha256=sha256,
        path=path,
        facts=facts,
    )
    return _submit(root, submission)


def _submit(root: Root, submission: intake.Submission) -> Outcome:
    workspace, path, facts = submission.workspace, submission.path, submission.facts
    assert facts is not None
    try:
        taken = intake.submit(submission)
    except intake.AnswerOnItsWay as error:
        seconds = float(error.headers.get("Retry-After", "1"))
        with write():
            SourceFile.objects.update_or_create(
                workspace=workspace,
                path=path,
                defaults={"retry_at": clock.now() + timedelta(seconds=seconds)},
            )
        return Outcome("wait", error.detail)
    except DiskFull as error:
        problems.report(workspace, path, Problem.Kind.UNREADABLE, error.detail)
        return Outcome("wait", error.detail)
    except HandoffError as error:
        kind = Problem.Kind.CONFLICT
        return _refuse(workspace, root, path, facts, submission.received_sha256, error, kind)
    faults.point("intake.committed")
    problems.resolve(workspace, path, kinds=[k for k in Problem.Kind if k != "tampered"])
    _set_old_answer_aside(submission, taken)
    receipts.write_accepted(root, submission, taken)
    return Outcome("taken", taken.handoff.public_id)


def _set_old_answer_aside(submission: intake.Submission, taken: intake.Taken) -> None:
    """An agent that waits for a decision file to exist must not find an earlier round's."""
    source = SourceFile.objects.get(workspace=submission.workspace, path=submission.path)
    this_round = (taken.handoff.pk, taken.revision.number)
    if not source.decision_path:
        return
    if (source.decision_handoff_id, source.decision_revision) == this_round:
        return
    try:
        answer_file.set_aside(taken.handoff)
    except HandoffError as error:
        problems.report(
            submission.workspace, submission.path, Problem.Kind.UNREADABLE, error.detail
        )


def _is_known(source: SourceFile, facts: FileFacts) -> bool:
    """Has this very write been dealt with, its receipt included?"""
    same = all(getattr(source, k) == v for k, v in intake.facts_columns(facts).items())
    return same and source.retry_at is None and source.receipt_for == source.sha256


def is_new(source: SourceFile | None, facts: FileFacts) -> bool:
    """Cheap look of the scanner, without reading: is there anything to do for this file?"""
    return source is None or not _is_known(source, facts)


def _age(facts: FileFacts) -> float:
    """Seconds since the file last changed, by the kernel's ctime, which its owner cannot set."""
    return time.time() - facts.ctime_ns / 1e9


def _too_large(workspace: Workspace, root: Root, path: str, error: HandoffError) -> Outcome:
    facts = root.stat(path)
    return _refuse(workspace, root, path, facts, "", error, Problem.Kind.INVALID)


def _refuse(
    workspace: Workspace,
    root: Root,
    path: str,
    facts: FileFacts,
    sha256: str,
    error: HandoffError,
    kind: Problem.Kind,
) -> Outcome:
    """A visible problem, and an "invalid" receipt beside the file."""
    with write():
        SourceFile.objects.update_or_create(
            workspace=workspace,
            path=path,
            defaults={**intake.facts_columns(facts), "sha256": sha256, "retry_at": None},
        )
    problems.report(workspace, path, kind, error.detail, found=error.errors, document_sha256=sha256)
    receipts.write_invalid(root, workspace, path, sha256, error)
    return Outcome("invalid", error.detail)


def _other_source_of_stem(root: Root, path: str) -> str | None:
    """``handoff.json`` beside ``handoff.handoff.json``: the second is a problem."""
    folder, _, name = path.rpartition("/")
    if name != "handoff.handoff.json":
        return None
    twin = f"{folder}/handoff.json" if folder else "handoff.json"
    return twin if root.exists(twin) else None


def take_ack(workspace: Workspace, path: str) -> Outcome:
    """``<stem>.ack.json`` ``{applied, result?}``: what the agent did with the last answer."""
    from_stem = path.removesuffix(paths.ACK_SUFFIX)
    names = [f"{from_stem}{paths.INTAKE_SUFFIX}"]
    if from_stem.rpartition("/")[2] == "handoff":
        names.append(f"{from_stem}.json")
    source = (
        SourceFile.objects.filter(workspace=workspace, path__in=names, handoff__isnull=False)
        .select_related("handoff")
        .first()
    )
    root = Root(workspace.root)
    if source is None or source.handoff is None:
        return Outcome("known")
    try:
        data, facts = root.read(path, limit=settings.HANDOFF_BODY_BYTES)
        if facts.mtime_ns == source.ack_mtime_ns:
            return Outcome("known")
        body = receipts.ack_body(strictjson.loads(data))
        receipts.acknowledge(source.handoff, applied=body["applied"], result=body.get("result"))
    except FileMissing:
        return Outcome("gone")
    except (Unstable, strictjson.MalformedJson) as error:
        if isinstance(error, Unstable) or _age(root.stat(path)) < YOUNG_SECONDS:
            return Outcome("wait")
        problems.report(workspace, path, Problem.Kind.INVALID, error.detail, found=error.errors)
        return Outcome("invalid", error.detail)
    except HandoffError as error:
        problems.report(workspace, path, Problem.Kind.INVALID, error.detail, found=error.errors)
        return Outcome("invalid", error.detail)
    with write():
        SourceFile.objects.filter(pk=source.pk).update(ack_mtime_ns=facts.mtime_ns)
    problems.resolve(workspace, path)
    return Outcome("taken")
