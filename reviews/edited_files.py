"""A text file that a reviewer edited, put where the agent finds it when the decision leaves.

It goes to its own path if the approved bytes still stand there, else beside it as
``<name>.edited-r2<ext>``; the answer names the path written. Safe to repeat after a crash.
"""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import PurePosixPath

from reviews import binding
from reviews.models import Artifact, Revision
from workspaces.errors import HandoffError
from workspaces.storage import FileMissing, Root

logger = logging.getLogger("handoff.edited_files")
MOST_BYTES = 4 * 1024 * 1024


def place(revision: Revision, edited: Iterable[dict[str, str]]) -> dict[str, str]:
    """Write each ``{path, sha256}`` from the store into the workspace: {path: path written}.

    A file that was sent inline, or whose folder cannot be written, keeps its own path in the
    answer: the agent gets its bytes by the digest (``GET …/files/{sha256}``).
    """
    root = binding.root_of(revision.handoff.workspace)
    bound = {
        artifact.path: artifact
        for artifact in revision.artifacts.filter(kind=Artifact.Kind.FILE, is_inline=False)
    }
    written = {}
    for file in edited:
        artifact = bound.get(file["path"])
        if root is None or artifact is None:
            continue
        try:
            written[artifact.path] = _write(root, artifact, file["sha256"], revision.number)
        except HandoffError as error:
            logger.warning("%s: the edited file was not written: %s", artifact.path, error.detail)
    return written


def _write(root: Root, artifact: Artifact, sha256: str, number: int) -> str:
    data = binding.store().read(sha256, MOST_BYTES)
    path = PurePosixPath(artifact.path)
    beside = str(path.with_name(f"{path.stem}.edited-r{number}{path.suffix}"))
    for target, may_replace in ((artifact.path, artifact.sha256), (beside, None)):
        there = _digest(root, target)
        if there == sha256:
            return target  # written before a crash
        if there == may_replace:
            root.write_atomic(target, data, keep_mode=there is not None)
            return target
    # Somebody else's file has that name too: take one that nobody can have by chance.
    last = str(path.with_name(f"{path.stem}.edited-r{number}-{sha256[:12]}{path.suffix}"))
    root.write_atomic(last, data)
    return last


def _digest(root: Root, path: str) -> str | None:
    """sha256 of what stands there; None for nothing, "" for what is no plain small file."""
    try:
        data, _facts = root.read(path, limit=MOST_BYTES)
    except FileMissing:
        return None
    except HandoffError:
        return ""
    return hashlib.sha256(data).hexdigest()
