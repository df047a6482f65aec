"""What a round binds: files are digested and kept, so that what is shown is what was digested."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

from reviews import package, secret_findings
from reviews.models import Artifact, Handoff, Revision
from reviews.schema import FileRef, HandoffDocument
from workspaces.errors import HandoffError, Problem
from workspaces.models import Workspace
from workspaces.storage import DiskFull, Root
from workspaces.store import Store
from workspaces.transactions import write


@dataclass
class Package:
    """The files of one round as they were read, and the digest a decision is bound to."""

    sha256: str
    artifacts: list[Artifact]
    warnings: list[Problem] = field(default_factory=list)
    words: str = ""  # that it is found by (reviews.searching.texts)
    secrets: list[secret_findings.Finding] = field(default_factory=list)


@cache
def _store_at(path: str) -> Store:
    return Store(path)


def store() -> Store:
    """The content-addressed store of this desk."""
    return _store_at(str(Path(settings.DATA_DIR) / "store"))


def head(sha256: str, limit: int) -> bytes:
    """The first ``limit`` bytes of a kept file; FileMissing when it is not here."""
    with store().open(sha256) as file:
        return file.read(limit)


def root_of(workspace: Workspace) -> Root | None:
    return Root(workspace.root) if workspace.root else None


def check_space() -> None:
    """Intake stops below the floor of free space; deciding goes on. Raises DiskFull (507)."""
    if shutil.disk_usage(settings.DATA_DIR).free < settings.HANDOFF_FREE_BYTES:
        raise DiskFull(
            "The desk's disk is almost full, so it takes no new handoffs; free some space and "
            "send this again."
        )


def bind(document: HandoffDocument, workspace: Workspace) -> Package:
    """Read, digest and keep every file the document names. Talks to the disk: call it outside
    a transaction. Absent or irregular files are warnings, never errors."""
    root = root_of(workspace)
    warnings: list[Problem] = []
    artifacts = []
    for number, ref in enumerate(document.files):
        pointer = f"/context/files/{number}"
        artifacts.append(_bind_one(Artifact.Kind.FILE, number, ref, root, pointer, warnings))
    for number, ref in enumerate(_logs(document)):
        artifacts.append(
            _bind_one(Artifact.Kind.LOG, number, ref, root, f"/context/logs/{number}", warnings)
        )
    if document.messages_file:
        ref = FileRef(path=document.messages_file)
        artifacts.append(
            _bind_one(Artifact.Kind.MESSAGES, 0, ref, root, "/context/messages_file", warnings)
        )
    digest = digest_of(document.canonical, artifacts)
    found = secret_findings.of_round(document, artifacts, store())
    return Package(digest, artifacts, warnings, secrets=found)


def digest_of(canonical: str, artifacts: Iterable[Artifact]) -> str:
    bound = [
        package.BoundFile(path=a.path, size=a.size, sha256=a.sha256)
        for a in artifacts
        if a.kind == Artifact.Kind.FILE
    ]
    return package.digest(canonical, bound)


def _logs(document: HandoffDocument) -> list[FileRef]:
    refs = list(document.logs)
    if document.error and document.error.log and document.error.log not in {r.path for r in refs}:
        refs.insert(0, FileRef(path=document.error.log))
    return refs


def _bind_one(
    kind: Artifact.Kind,
    position: int,
    ref: FileRef,
    root: Root | None,
    pointer: str,
    warnings: list[Problem],
) -> Artifact:
    artifact = Artifact(
        kind=kind,
        position=position,
        path=ref.path,
        change=ref.change or "",
        previous_path=ref.previous_path or "",
        media_type=ref.media_type or "",
        note=ref.note or "",
    )
    if ref.content is not None:
        blob = store().put_bytes(ref.content)
        artifact.size, artifact.sha256 = blob.size, blob.sha256
        artifact.is_inline = artifact.is_stored = True
        return artifact
    if root is None:
        warnings.append(
            Problem(pointer, f"{ref.path}: this workspace has no folder, and no content was sent.")
        )
        return artifact
    try:
        kept = store().put_file(root, ref.path, limit=settings.HANDOFF_KEEP_BYTES)
    except HandoffError as error:
        if ref.change != "deleted":
            warnings.append(Problem(pointer, error.detail))
        return artifact
    artifact.size, artifact.sha256, artifact.is_stored = kept.size, kept.sha256, kept.stored
    artifact.inode, artifact.ctime_ns = kept.facts.inode, kept.facts.ctime_ns
    if ref.sha256 and ref.sha256 != kept.sha256:
        warnings.append(
            Problem(pointer, f"{ref.path}: the file is not the one the agent saw (sha256 differs).")
        )
    return artifact


def has_moved(artifact: Artifact, root: Root) -> bool:
    """Does the disk now hold other bytes than were bound? Cheap while the file stands still."""
    if artifact.is_inline or artifact.kind != Artifact.Kind.FILE:
        return False
    try:
        facts = root.stat(artifact.path)
    except HandoffError:
        return artifact.sha256 is not None
    if artifact.sha256 is None:
        return True
    if (facts.inode, facts.ctime_ns, facts.size) == (
        artifact.inode,
        artifact.ctime_ns,
        artifact.size,
    ):
        return False
    try:
        sha256, now = root.digest(artifact.path)
    except HandoffError:
        return True
    if sha256 != artifact.sha256:
        return True
    # Same bytes, touched: remember it, so that the next look is cheap again.
    with write():
        Artifact.objects.filter(pk=artifact.pk).update(inode=now.inode, ctime_ns=now.ctime_ns)
    return False


def is_stale(handoff: Handoff, revision: Revision) -> bool:
    """Has a bound file of this round changed on disk since it was digested?"""
    root = root_of(handoff.workspace)
    if root is None:
        return False
    return any(has_moved(a, root) for a in revision.artifacts.filter(kind=Artifact.Kind.FILE))
