"""One intake, two doors: a POST and a file drop become the same document and come through here.

Equality is the package digest; the protocol's table of states ("Identity") says what a second
document with the same identity means.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from reviews import advice, auto_approval, binding, lifecycle, routing, secrets, snoozing, ulids
from reviews.models import (
    ENDED,
    Artifact,
    Decision,
    Handoff,
    Priority,
    Revision,
    Risk,
    Source,
    SourceFile,
    Status,
)
from reviews.schema import HandoffDocument
from reviews.searching import index, texts
from workspaces import clock
from workspaces.actors import Actor
from workspaces.errors import Conflict, Unavailable
from workspaces.models import Agent, Workspace
from workspaces.storage import FileFacts
from workspaces.transactions import write

_TRIES = 5
LONGEST_TITLE = 200


class AnswerOnItsWay(Conflict):
    code, title = "answer-on-its-way", "An answer is on its way"


class HasEnded(Conflict):
    code, title = "ended", "This handoff has ended"


@dataclass(frozen=True)
class Submission:
    """One document at one of the doors. ``path`` is the file's ("" by API).

    ``dialect`` and ``native`` (canonical JSON) are of the framework's body it was read from.
    """

    workspace: Workspace
    submitter: Agent
    document: HandoffDocument
    received_sha256: str
    path: str = ""
    facts: FileFacts | None = None
    token_id: int | None = None
    dialect: str = ""
    native: str = ""

    @property
    def source(self) -> Source:
        return Source.FILE if self.path else Source.API

    @property
    def origin(self) -> Revision.Origin:
        return Revision.Origin.FILE if self.path else Revision.Origin.API


@dataclass(frozen=True)
class Taken:
    """What became of a submission. A replay changed nothing."""

    handoff: Handoff
    revision: Revision
    is_replay: bool = False


def prepare(submission: Submission) -> binding.Package:
    """Read and keep the files of a submission; slow, so outside of any transaction.

    Raises DiskFull (507).
    """
    binding.check_space()
    return _bind(submission.document, submission.workspace)


def _bind(document: HandoffDocument, workspace: Workspace) -> binding.Package:
    """With the words that it will be found by, while there is no transaction yet."""
    package = binding.bind(document, workspace)
    package.words = texts.words(document, package.artifacts, binding.head)
    return package


def submit(submission: Submission, package: binding.Package | None = None) -> Taken:
    """Take a document: a new handoff, its next round, or a replay.

    Raises AnswerOnItsWay (with Retry-After), HasEnded, DiskFull.
    """
    bound = package or prepare(submission)

    def take() -> Taken:
        return _remembered(submission) or _remember(submission, _take(submission, bound))

    return _until_unraced(take)


def open_round(
    handoff: Handoff, submission: Submission, package: binding.Package | None = None
) -> Taken:
    """``POST …/revisions``: always the next round. Raises AnswerOnItsWay or HasEnded."""
    bound = package or prepare(submission)

    def take() -> Taken:
        handoff.refresh_from_db()
        refuse_unless_open(handoff)
        return _next_round(handoff, submission, bound, submission.origin)

    return _until_unraced(take)


def _until_unraced(take: Callable[[], Taken]) -> Taken:
    """Run one short write transaction; when somebody was faster, look again at what is there."""
    for _ in range(_TRIES):
        try:
            with write():
                return take()
        except (lifecycle.Moved, IntegrityError):
            continue
    raise Unavailable("Too many writers at once for this handoff; send it again in a second.")


def rebind(handoff: Handoff, revision: Revision) -> Revision | None:
    """Open a round of origin ``files_changed`` when bound files of ``revision`` changed on disk.

    None when the package is the same after all, or the handoff moved on meanwhile.
    """
    package = _bind(revision.parsed, handoff.workspace)
    if package.sha256 == revision.package_sha256:
        return None
    submission = Submission(
        workspace=handoff.workspace,
        submitter=handoff.submitter,
        document=revision.parsed,
        received_sha256=revision.received_sha256,
        dialect=revision.dialect,
        native=revision.native,
    )
    try:
        with write():
            fresh = Handoff.objects.select_related("workspace", "submitter").get(pk=handoff.pk)
            if fresh.status != Status.PENDING or fresh.verdict or fresh.revision != revision.number:
                return None
            return _next_round(fresh, submission, package, Revision.Origin.FILES_CHANGED).revision
    except (lifecycle.Moved, IntegrityError):
        return None


def _remembered(submission: Submission) -> Taken | None:
    """The same write of the same file, seen by watcher and scanner at once, is taken once."""
    if submission.facts is None:
        return None
    source = SourceFile.objects.filter(
        workspace=submission.workspace,
        path=submission.path,
        sha256=submission.received_sha256,
        **facts_columns(submission.facts),
        handoff__isnull=False,
    ).first()
    if source is None or source.handoff is None:
        return None
    return Taken(source.handoff, source.handoff.current, is_replay=True)


def _remember(submission: Submission, taken: Taken) -> Taken:
    """In the same transaction: which write of the file this was."""
    if submission.facts is not None:
        SourceFile.objects.update_or_create(
            workspace=submission.workspace,
            path=submission.path,
            defaults={
                **facts_columns(submission.facts),
                "sha256": submission.received_sha256,
                "handoff": taken.handoff,
                "taken_at": clock.now(),
                "retry_at": None,
            },
        )
    return taken


def facts_columns(facts: FileFacts) -> dict[str, int]:
    return {
        "inode": facts.inode,
        "mtime_ns": facts.mtime_ns,
        "ctime_ns": facts.ctime_ns,
        "size": facts.size,
    }


def _take(submission: Submission, package: binding.Package) -> Taken:
    existing = _find(submission)
    if existing is None:
        return _open(submission, package, generation=0)
    current = existing.current
    is_same = package.sha256 == current.package_sha256
    was_sent = existing.revisions.filter(document_sha256=_document_sha256(submission)).exists()
    is_file = submission.source == Source.FILE

    if existing.status in ENDED:
        if is_file and existing.external_id is None:
            return _open(submission, package, generation=existing.generation + 1)
        if was_sent:
            return Taken(existing, current, is_replay=True)
        refuse_unless_open(existing)
    if existing.status == Status.CHANGES_REQUESTED:
        is_current = current.document_sha256 == _document_sha256(submission)
        if not is_file and (is_same or (was_sent and not is_current)):
            return Taken(existing, current, is_replay=True)
        return _next_round(existing, submission, package, submission.origin)
    if is_same or (was_sent and not is_file):
        return Taken(existing, current, is_replay=True)
    refuse_unless_open(existing)
    return _next_round(existing, submission, package, submission.origin)


def _find(submission: Submission) -> Handoff | None:
    found = Handoff.objects.select_related("workspace", "submitter").filter(
        workspace=submission.workspace, submitter=submission.submitter
    )
    if submission.document.external_id:
        return found.filter(external_id=submission.document.external_id).first()
    if submission.source == Source.FILE:
        return (
            Handoff.objects.select_related("workspace", "submitter")
            .filter(
                workspace=submission.workspace,
                source=Source.FILE,
                source_path=submission.path,
                external_id=None,
            )
            .order_by("-generation")
            .first()
        )
    return None


def refuse_unless_open(handoff: Handoff) -> None:
    """Raises HasEnded, or AnswerOnItsWay while an undo window is open."""
    if handoff.status in ENDED:
        raise HasEnded(
            f"{handoff.public_id} has ended ({handoff.get_status_display().lower()}); "
            "use a new id for a new handoff."
        )
    if handoff.verdict:
        seconds = seconds_to_release(handoff, clock.now())
        raise AnswerOnItsWay(
            "A person has just decided this handoff; the answer leaves in a few seconds.",
            headers={"Retry-After": str(seconds)},
        )


def seconds_to_release(handoff: Handoff, now: datetime) -> int:
    release_at = (
        Decision.objects.filter(handoff=handoff, released_at=None, undone_at=None)
        .values_list("release_at", flat=True)
        .first()
    )
    left = (release_at - now) if release_at else timedelta(seconds=1)
    return max(1, int(left.total_seconds()) + 1)


def _open(submission: Submission, package: binding.Package, *, generation: int) -> Taken:
    now = clock.now()
    document = submission.document
    handoff = Handoff(
        public_id=ulids.new(),
        workspace=submission.workspace,
        submitter=submission.submitter,
        submitter_token_id=submission.token_id,
        source=submission.source,
        source_path=submission.path,
        generation=generation,
        external_id=document.external_id,
        parent_public_id=document.parent or "",
        created_at=now,
        queued_at=now,
        updated_at=now,
    )
    _copy_facts(handoff, document)
    revision = _revision(submission, package, 1, submission.origin, now)
    lifecycle.insert(handoff, revision, package.artifacts)
    index.keep(handoff, package.words)
    return _route_and_announce(handoff, revision, submission, package)


def _next_round(
    handoff: Handoff,
    submission: Submission,
    package: binding.Package,
    origin: Revision.Origin,
) -> Taken:
    now = clock.now()
    _copy_facts(handoff, submission.document)
    revision = _revision(submission, package, handoff.revision + 1, origin, now)
    lifecycle.next_round(handoff, revision, package.artifacts, at=now)
    index.keep(handoff, package.words)
    return _route_and_announce(handoff, revision, submission, package)


def _route_and_announce(
    handoff: Handoff, revision: Revision, submission: Submission, package: binding.Package
) -> Taken:
    now = revision.created_at
    revision.parsed = submission.document  # rules ask it: not read a second time
    files = [each for each in package.artifacts if each.kind == Artifact.Kind.FILE]
    run = routing.route(handoff, revision, at=now, file_bytes=sum(each.size or 0 for each in files))
    actor = Actor.agent(submission.submitter)
    approver = auto_approval.consider(handoff, revision, run)
    lifecycle.announce(handoff, revision, actor=actor, rule=run.rule_id)
    if approver is not None:
        auto_approval.approve(handoff, revision, approver, at=now)
        return Taken(handoff, revision)
    snoozing.wake(handoff, because="round", actor=actor, at=now)
    return Taken(handoff, revision)


def _document_sha256(submission: Submission) -> str:
    return submission.document.sha256


def _revision(
    submission: Submission,
    package: binding.Package,
    number: int,
    origin: Revision.Origin,
    now: datetime,
) -> Revision:
    warnings = [
        *submission.document.warnings,
        *advice.warnings(submission.document, submission.submitter),
        *package.warnings,
    ]
    return Revision(
        number=number,
        origin=origin,
        document=submission.document.canonical,
        document_sha256=_document_sha256(submission),
        received_sha256=submission.received_sha256,
        package_sha256=package.sha256,
        dialect=submission.dialect,
        native=submission.native,
        warnings=[warning.as_dict() for warning in warnings],
        secrets=package.secrets,
        created_at=now,
    )


def _copy_facts(handoff: Handoff, document: HandoffDocument) -> None:
    """The columns that repeat the current round for lists and rules (lifecycle.ROUND_FACTS)."""
    # Mails, lists and indexes read these: no secret is in them; the document stays as received.
    handoff.title = secrets.masked(document.title)[:LONGEST_TITLE]
    handoff.trigger = document.trigger
    handoff.confidence = document.confidence.score if document.confidence else None
    handoff.risk = Risk[(document.highest_risk or "none").upper()]
    handoff.priority = Priority[(document.routing.priority or "normal").upper()]
    handoff.queue_hint = document.routing.queue or ""
    handoff.tags = [secrets.masked(tag) for tag in document.routing.tags]
    handoff.file_count = len(document.files)
    handoff.expires_at = document.expires_at
    handoff.on_expiry = document.on_expiry
