"""The rescan: the truth about handoff files, whatever the watcher's hints missed."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from reviews import binding, event_kinds, file_door, intake, problems, receipts
from reviews.models import Artifact, Handoff, Problem, SourceFile, Status
from workspaces import clock, discovery, events
from workspaces.actors import SYSTEM
from workspaces.errors import HandoffError
from workspaces.models import Workspace
from workspaces.storage import FileFacts, Root, StorageError
from workspaces.transactions import write

logger = logging.getLogger("handoff.scan")
STILL_SECONDS = 1.0
CHUNK = 500


@dataclass
class Report:
    """What one scan did: counts, and files too young to be read yet."""

    seen: int = 0
    taken: int = 0
    invalid: int = 0
    rounds: int = 0
    young: list[str] = field(default_factory=list)


def scan_workspace(workspace: Workspace, *, sleep: Callable[[float], None] = time.sleep) -> Report:
    """Take every new or changed intake file and ack, and open rounds for changed bound files.

    A file that changed less than a second ago gets a second look after that second, in the same
    scan. Raises nothing for a root that is missing: it becomes a problem.
    """
    report = Report()
    root = Root(workspace.root)
    try:
        found = list(discovery.find(root, folders=workspace.intake_folders, acks=True))
    except HandoffError as error:  # the root is away, or an intake folder makes no sense
        problems.report(workspace, "", Problem.Kind.UNREADABLE, error.detail)
        return report
    problems.resolve(workspace, "", kinds=[Problem.Kind.UNREADABLE])
    known = {source.path: source for source in SourceFile.objects.filter(workspace=workspace)}
    present: set[str] = set()
    for item in found:
        if isinstance(item, discovery.Unreadable):
            present.add(item.path)
            problems.report(workspace, item.path, Problem.Kind.UNREADABLE, item.reason)
            report.invalid += 1
            continue
        present.add(item.path)
        report.seen += 1
        if item.kind == "handoff" and not file_door.is_new(known.get(item.path), item.facts):
            continue
        _take(workspace, item, report)
    if report.young:
        sleep(STILL_SECONDS)
        _second_look(workspace, root, report)
    _forget_gone(workspace, root, present)
    report.rounds = recheck_bound_files(workspace, root)
    _check_answers(workspace, root, known.values())
    return report


def _take(workspace: Workspace, item: discovery.Found, report: Report) -> None:
    if _seconds_still(item.facts) < STILL_SECONDS:
        report.young.append(item.path)
        return
    _count(take_path(workspace, item.path), report)


def take_path(workspace: Workspace, path: str, *, is_complete: bool = False) -> file_door.Outcome:
    """Take one file by name, handoff or ack; used by the watcher too. Never raises."""
    try:
        if path.endswith(".ack.json"):
            return file_door.take_ack(workspace, path)
        return file_door.take(workspace, path, is_complete=is_complete)
    except Exception as error:
        # One poisonous file must not keep the others from being taken.
        logger.exception("taking %s of %s failed", path, workspace.slug)
        problems.report(
            workspace,
            path,
            Problem.Kind.UNREADABLE,
            f"The desk failed on this file ({type(error).__name__}); it will try again.",
        )
        return file_door.Outcome("invalid", str(error))


def _count(outcome: file_door.Outcome, report: Report) -> None:
    report.taken += outcome.word == "taken"
    report.invalid += outcome.word == "invalid"


def _second_look(workspace: Workspace, root: Root, report: Report) -> None:
    waiting, report.young = report.young, []
    for path in waiting:
        try:
            facts = root.stat(path)
        except StorageError:
            continue
        if _seconds_still(facts) < STILL_SECONDS:
            report.young.append(path)
        else:
            _count(take_path(workspace, path), report)


def _seconds_still(facts: FileFacts) -> float:
    """Since the kernel last saw this file change; a ctime in the future counts as long ago."""
    seconds = time.time() - facts.ctime_ns / 1e9
    return seconds if seconds >= 0 else STILL_SECONDS


def _forget_gone(workspace: Workspace, root: Root, present: set[str]) -> None:
    """A problem whose file has gone is no problem any more."""
    open_ = Problem.objects.filter(workspace=workspace, resolved_at=None).exclude(path="")
    for path in set(open_.values_list("path", flat=True)) - present:
        try:
            is_gone = not root.exists(path)
        except HandoffError:
            is_gone = True  # shown under a marked name: the walk would have met it again
        if is_gone:
            problems.resolve(workspace, path)


def recheck_bound_files(workspace: Workspace, root: Root) -> int:
    """Open a round of origin ``files_changed`` for every open handoff whose bound files changed."""
    artifacts = Artifact.objects.filter(
        kind=Artifact.Kind.FILE,
        is_inline=False,
        revision__handoff__workspace=workspace,
        revision__handoff__status=Status.PENDING,
        revision__handoff__verdict="",
        revision__number=F("revision__handoff__revision"),
    ).select_related("revision")
    stale: dict[int, Artifact] = {}
    for artifact in _in_chunks(artifacts):
        handoff_id = artifact.revision.handoff_id
        if handoff_id in stale or not binding.has_moved(artifact, root):
            continue
        if _is_settled(root, artifact.path):
            stale[handoff_id] = artifact
    rounds = 0
    for handoff_id, artifact in stale.items():
        handoff = Handoff.objects.select_related("workspace", "submitter").get(pk=handoff_id)
        rounds += intake.rebind(handoff, artifact.revision) is not None
    return rounds


def _in_chunks(artifacts: QuerySet[Artifact]) -> Iterator[Artifact]:
    """Each chunk read to its end before it is looked at. A cursor still open is a read snapshot:
    on SQLite a write from within it fails at once ("database is locked", however long the busy
    timeout) when another process has written meanwhile."""
    keys = list(artifacts.values_list("pk", flat=True))
    for at in range(0, len(keys), CHUNK):
        yield from list(artifacts.filter(pk__in=keys[at : at + CHUNK]))


def _is_settled(root: Root, path: str) -> bool:
    try:
        return _seconds_still(root.stat(path)) >= STILL_SECONDS
    except StorageError:
        return True  # gone: that is a change too


def _check_answers(workspace: Workspace, root: Root, sources: Iterable[SourceFile]) -> None:
    """An answer changed by others after it was written is an Event and a mark."""
    for source in sources:
        if not source.decision_sha256 or not source.decision_path:
            continue
        try:
            facts = root.stat(source.decision_path)
        except StorageError:
            continue  # the agent may take its answer away
        if facts.mtime_ns == source.decision_mtime_ns:
            continue
        digest = receipts.digest_on_disk(root, source.decision_path)
        with write():
            SourceFile.objects.filter(pk=source.pk).update(decision_mtime_ns=facts.mtime_ns)
        if digest != source.decision_sha256:
            _mark_tampered(workspace, source)


def _mark_tampered(workspace: Workspace, source: SourceFile) -> None:
    problems.report(
        workspace,
        source.decision_path,
        Problem.Kind.TAMPERED,
        "This answer was changed after the desk wrote it; an agent that checks the signature "
        "will not believe it.",
    )
    if source.handoff is not None:
        with write():
            events.record(
                workspace.pk,
                event_kinds.ANSWER_TAMPERED,
                subject=("handoff", source.handoff.public_id),
                actor=SYSTEM,
                payload={"path": source.decision_path},
            )


def retry_waiting(limit: int = 200) -> int:
    """Take files that came while an answer was on its way, now that its window has closed."""
    due = SourceFile.objects.filter(retry_at__lte=clock.now()).select_related("workspace")
    count = 0
    for source in due[:limit]:
        count += take_path(source.workspace, source.path).word == "taken"
    return count
