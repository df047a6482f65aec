"""Answers as files: ``<stem>.decision.json`` beside the agent's ``<stem>.handoff.json``.

The desk overwrites nothing: an earlier answer of its own is set aside under its round's name,
and somebody else's file stays where it is, becomes a visible problem, and the answer goes to
``<stem>.<ho_id>.decision.json`` (protocol, "File"). What the desk wrote is known by its digest.
Every step may be repeated after a crash in between.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reviews import problems
from reviews.models import Answer, Delivery, Handoff, Problem, Source, SourceFile
from reviews.notify.base import DeliveryError, Transport
from workspaces import faults, paths
from workspaces.errors import HandoffError
from workspaces.models import Workspace
from workspaces.storage import AlreadyThere, FileMissing, Root, StorageError
from workspaces.transactions import write

KEPT_BESIDE = 4 * 1024 * 1024
"""Bytes of a file in our place that are read to see whether it is ours; a longer one is not."""


class AnswerFile(Transport):
    def deliver(self, delivery: Delivery) -> None:
        assert delivery.answer is not None
        try:
            put(delivery.answer)
        except HandoffError as error:
            raise DeliveryError(error.detail) from error
        faults.point("answer_file.written")


def put(answer: Answer) -> str:
    """Write ``answer`` beside its handoff's file; returns the path. Safe to call twice.

    Raises StorageError; nothing is lost then, and the next call begins anew.
    """
    handoff = answer.handoff
    place = _place(handoff)
    data = answer.document.encode()
    if _is_overtaken(answer, place.source):
        return _keep(place, place.archived(handoff.public_id, answer.revision.number), data)
    _set_aside(place, before=answer)
    for target in (place.name, place.named(handoff.public_id)):
        if _is_free(place, target, data):
            # Remembered first: a crash in between leaves a digest without its file, never our
            # file without its digest.
            _remember(place.source, answer, target, data)
            if _write(place, target, data):
                return target
        _report(handoff.workspace, target)
    raise AlreadyThere(f"Somebody else's files stand at {place.name} and {target}.")


def set_aside(handoff: Handoff) -> None:
    """Rename the answer of an earlier round or handoff on the same path to its round's name, so
    that an agent that waits for a file to exist never takes it for the new one.

    The file door calls this when a new round or handoff arrives, before its receipt; ``put``
    does it again. A file that is not our own stays. Raises StorageError.
    """
    _set_aside(_place(handoff), before=None)


def _set_aside(place: "_Place", *, before: Answer | None) -> None:
    source = place.source
    earlier, number = source.decision_handoff, source.decision_revision
    if not source.decision_path or earlier is None:
        return
    if before and (earlier.pk, number) == (before.handoff_id, before.revision.number):
        return
    if _digest(place.root, source.decision_path) == source.decision_sha256:
        with suppress(FileMissing):  # another process has just renamed it
            place.root.rename(source.decision_path, place.archived(earlier.public_id, number))
    with write():
        SourceFile.objects.filter(pk=source.pk, decision_path=source.decision_path).update(
            decision_path="", decision_sha256=""
        )


@dataclass(frozen=True)
class _Place:
    """Where the answers to one intake file stand."""

    root: Root
    source: SourceFile
    stem: str

    @property
    def name(self) -> str:
        return self._beside(paths.decision_name(self.stem))

    def named(self, public_id: str) -> str:
        return self._beside(paths.foreign_decision_name(self.stem, public_id))

    def archived(self, public_id: str, revision: int) -> str:
        return self._beside(paths.archived_decision_name(self.stem, public_id, revision))

    def _beside(self, name: str) -> str:
        return paths.beside(self.source.path, name)


def _place(handoff: Handoff) -> _Place:
    assert handoff.source == Source.FILE
    sources = SourceFile.objects.select_related("decision_handoff")
    place: dict[str, Any] = {"workspace": handoff.workspace, "path": handoff.source_path}
    source = sources.filter(**place).first()
    if source is None:
        with write():
            source, _is_new = sources.get_or_create(**place)
    stem = paths.stem(handoff.source_path.rpartition("/")[2])
    assert stem is not None
    return _Place(Root(handoff.workspace.root), source, stem)


def _is_overtaken(answer: Answer, source: SourceFile) -> bool:
    """Whether a later answer was written already: this one may not take its place."""
    written = (source.decision_handoff_id or 0, source.decision_revision)
    return (answer.handoff_id, answer.revision.number) < written


def _is_free(place: _Place, target: str, data: bytes) -> bool:
    """Whether nothing stands at ``target``, or ``data`` itself does."""
    if not place.root.exists(target):
        return True
    return _digest(place.root, target) == hashlib.sha256(data).hexdigest()


def _write(place: _Place, target: str, data: bytes) -> bool:
    """Put ``data`` at ``target``. False when something stands there that is not it."""
    try:
        place.root.write_atomic(target, data, replace=False)
    except AlreadyThere:
        return _is_free(place, target, data)
    return True


def _keep(place: _Place, target: str, data: bytes) -> str:
    if not _write(place, target, data):
        raise AlreadyThere(f"Somebody else's file stands at {target}.")
    return target


def _digest(root: Root, path: str) -> str:
    """The sha256 of a small regular file, "" for whatever else is there or is not."""
    try:
        data, _facts = root.read(path, KEPT_BESIDE)
    except StorageError:
        return ""
    return hashlib.sha256(data).hexdigest()


def _remember(source: SourceFile, answer: Answer, target: str, data: bytes) -> None:
    with write():
        SourceFile.objects.filter(pk=source.pk).update(
            decision_path=target,
            decision_sha256=hashlib.sha256(data).hexdigest(),
            decision_mtime_ns=0,
            decision_handoff=answer.handoff,
            decision_revision=answer.revision.number,
        )


def _report(workspace: Workspace, path: str) -> None:
    problems.report(
        workspace,
        path,
        Problem.Kind.FOREIGN_FILE,
        f"{path} is not the desk's, so it was left alone; "
        "the answer stands beside it, under the handoff's own name.",
    )
