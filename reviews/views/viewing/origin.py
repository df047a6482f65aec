"""Where a file's bytes come from, and the sentence for when there are none to show.

What is small is in the desk's store, as it was digested. What was too large to keep is read from
the workspace, a piece at a time, and only while the disk says that nobody wrote to it since.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from django.utils.translation import gettext as _

from reviews import binding
from reviews.models import Artifact
from workspaces.errors import HandoffError
from workspaces.models import Workspace
from workspaces.storage import FileDenied, FileMissing

HEAD_BYTES = 64 * 1024


class Unshown(Exception):
    """There are no bytes to show: a title, and a sentence that says why and what to do."""

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__(sentence)
        self.title, self.sentence = title, sentence


@dataclass(frozen=True)
class Origin:
    """The bytes of one artifact; every reading method may raise ``Unshown``."""

    artifact: Artifact
    workspace: Workspace

    @property
    def size(self) -> int:
        return self.artifact.size or 0

    @property
    def is_kept(self) -> bool:
        return self.artifact.is_stored

    @cached_property
    def head(self) -> bytes:
        return self.read(0, HEAD_BYTES)

    def read(self, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start``."""
        with self.open() as file:
            file.seek(start)
            return file.read(length)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file for bounded reads; what was read of a workspace file is good only if this
        ends without ``Unshown``, because it is compared with what was recorded once more."""
        artifact = self.artifact
        if artifact.sha256 is None:
            raise _absent(artifact)
        try:
            if artifact.is_stored:
                with binding.store().open(artifact.sha256) as file:
                    yield file
                return
            root = binding.root_of(self.workspace)
            if root is None or artifact.is_inline:
                raise FileMissing(artifact.path)
            with root.open(artifact.path) as file:
                self.must_stand_still(file)
                yield file
                self.must_stand_still(file)
        except (HandoffError, OSError) as error:
            raise self._unshown(error) from error

    def must_stand_still(self, file: BinaryIO) -> None:
        """Raises ``Unshown`` when a workspace file is not the one that was digested."""
        if self.is_kept:
            return
        found = os.fstat(file.fileno())
        known = (self.artifact.inode, self.artifact.ctime_ns, self.artifact.size)
        if (found.st_ino, found.st_ctime_ns, found.st_size) != known:
            raise Unshown(
                _("Changed since it was handed in"),
                _(
                    "This file is too large to keep, so it is read from the workspace, and there "
                    "it was written to since. Deciding digests it again: if its bytes are others, "
                    "the desk opens a new round with them instead of taking your decision."
                ),
            )

    def news(self, round_number: int) -> str:
        """What the disk says of a kept file now: a sentence where deciding would open a new round.

        Costs a stat while the file stands still. Nothing is recorded: that is deciding's part.
        """
        artifact = self.artifact
        root = binding.root_of(self.workspace)
        if root is None or artifact.is_inline or (artifact.sha256 and not artifact.is_stored):
            return ""
        try:
            facts = root.stat(artifact.path)
            if artifact.sha256 is None:
                return _("It is in the workspace now: deciding opens a new round that holds it.")
            known = (artifact.inode, artifact.ctime_ns, artifact.size)
            if (facts.inode, facts.ctime_ns, facts.size) == known:
                return ""
            if facts.size == artifact.size and root.digest(artifact.path)[0] == artifact.sha256:
                return ""  # touched, and the same bytes
        except FileMissing:
            if artifact.sha256 is None:
                return ""
            return (
                _(
                    "No longer in the workspace. You see what round %d handed in; deciding opens "
                    "a new round without it."
                )
                % round_number
            )
        except HandoffError:
            return _("The desk cannot read it in the workspace now, to compare it.")
        return (
            _(
                "Changed on disk since round %d was handed in. You see what was handed in; "
                "deciding opens a new round with what is there now."
            )
            % round_number
        )

    def _unshown(self, error: Exception) -> Unshown:
        if self.is_kept:
            return Unshown(
                _("The desk's copy of this file is gone"),
                _(
                    "It was kept when it was handed in and is no longer in the desk's store. Ask "
                    "an administrator to bring it back from a backup before you decide."
                ),
            )
        if isinstance(error, FileMissing):
            return Unshown(
                _("No longer in the workspace"),
                _(
                    "This file was too large to keep and has been moved or deleted since. Deciding "
                    "opens a new round without it; or ask the agent to hand it in again."
                ),
            )
        if isinstance(error, FileDenied):
            return Unshown(
                _("The desk may not read this file"),
                _(
                    "Its permissions keep the desk out, or somebody has locked it. Give the desk's "
                    "user the right to read it, then open this page again."
                ),
            )
        detail = error.detail if isinstance(error, HandoffError) else _("The disk failed.")
        return Unshown(_("Cannot be read now"), _("%s Try again in a while.") % detail)


def _absent(artifact: Artifact) -> Unshown:
    if artifact.change == "deleted":
        return Unshown(
            _("Deleted by the agent"),
            _("The file was gone when the agent handed in; there are no bytes to show."),
        )
    return Unshown(
        _("This file was not there at intake"),
        _(
            "The agent named it, but the workspace had no such file when it was handed in, or it "
            "could not be read. Ask the agent to hand it in again: request changes or reject."
        ),
    )
