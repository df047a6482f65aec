"""The content-addressed store: what a handoff binds is kept here once, under its sha256.

An object is written to a temporary name, fsynced and renamed, so under its name there is either
the whole object or nothing, after kill -9 as well; two writers of the same bytes are harmless.
"""

import errno
import fcntl
import hashlib
import io
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from workspaces.paths import printable
from workspaces.storage import FileFacts, FileMissing, FileTooLarge, Root, Unstable
from workspaces.storage.errors import typed_errors
from workspaces.storage.root import chunks, facts_of

KEEP_MAX_BYTES: Final = 32 * 1024 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FICLONE: Final = 0x40049409  # ioctl_ficlone(2), Linux: Btrfs, XFS, bcachefs, OCFS2
_CANNOT_CLONE: Final = frozenset(
    {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.EPERM, errno.EACCES}
)


@dataclass(frozen=True, slots=True)
class Blob:
    """An object of the store: sha256 in hex, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A workspace file that was digested; ``stored`` is False when it was too large to keep."""

    sha256: str
    size: int
    facts: FileFacts
    stored: bool


class Store:
    """A folder of objects ``ab/cd/<sha256>``, files 0600 in folders 0700; safe among processes."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.folder = Path(path)

    def put_bytes(self, data: bytes) -> Blob:
        """Keep these bytes; idempotent, and free of writing when they are here already."""
        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        if not self._is_whole(blob):
            self.put_stream(io.BytesIO(data), limit=len(data))
        return blob

    def put_stream(self, file: BinaryIO, limit: int) -> Blob:
        """Keep everything read from ``file``; FileTooLarge beyond ``limit`` bytes, nothing kept."""
        with self._temporary() as (path, temporary):
            blob = _copy(chunks(file, limit), temporary)
            if blob.size > limit:
                raise FileTooLarge(f"More than {limit:,} bytes.")
            self._adopt(path, temporary, blob)
        return blob

    def put_file(self, root: Root, rel: str, limit: int = KEEP_MAX_BYTES) -> Kept:
        """Digest a workspace file and keep it, both in one pass over one descriptor.

        Where the file system can, the file is cloned (no byte is copied) and the *clone* is
        hashed: what is stored is always what was hashed. A file above ``limit`` bytes is only
        digested. Raises Unstable when the file changed meanwhile, else what Root.open raises.
        """
        with root.open(rel) as file:
            facts = facts_of(os.fstat(file.fileno()))
            if facts.size > limit:
                blob = _hash(chunks(file, facts.size))
                _must_stand_still(file, rel, facts, blob)
                return Kept(blob.sha256, blob.size, facts, stored=False)
            with self._temporary() as (path, temporary):
                if _clone(file, temporary):
                    blob = _hash(chunks(temporary, facts.size))
                else:
                    blob = _copy(chunks(file, facts.size), temporary)
                _must_stand_still(file, rel, facts, blob)
                self._adopt(path, temporary, blob)
            return Kept(blob.sha256, blob.size, facts, stored=True)

    def path(self, sha256: str) -> Path:
        """Where an object lies, whether it is here or not; FileMissing for what is no sha256."""
        if not _SHA256.fullmatch(sha256):
            raise FileMissing(f"“{printable(sha256[:80])}” is not a sha256 in lower-case hex.")
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def open(self, sha256: str) -> BinaryIO:
        """The object for reading; FileMissing when it is not here."""
        with typed_errors(sha256):
            return self.path(sha256).open("rb")

    def read(self, sha256: str, limit: int) -> bytes:
        """All bytes of the object; FileTooLarge above ``limit`` bytes."""
        with self.open(sha256) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise FileTooLarge(f"The stored file is larger than {limit:,} bytes.")
        return data

    def verify(self, sha256: str) -> bool:
        """Whether the object is here and still has the bytes of its name; reads all of it."""
        try:
            with self.open(sha256) as file:
                size = os.fstat(file.fileno()).st_size
                return _hash(chunks(file, size)) == Blob(sha256, size)
        except FileMissing:
            return False

    def sweep(self, older_than_seconds: float = 3600.0) -> int:
        """Remove temporary files that crashed writers left; returns how many."""
        removed = 0
        horizon = time.time() - older_than_seconds
        for path in self._unfinished.glob("*.tmp"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < horizon:
                    path.unlink()
                    removed += 1
        return removed

    @property
    def _unfinished(self) -> Path:
        return self.folder / "unfinished"

    @contextmanager
    def _temporary(self) -> Iterator[tuple[Path, BinaryIO]]:
        with typed_errors(str(self.folder)):
            self._unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._unfinished / f"{secrets.token_hex(16)}.tmp"
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            opened = os.open(path, flags, 0o600)
            try:
                with os.fdopen(opened, "w+b") as file:
                    yield path, file
            finally:
                path.unlink(missing_ok=True)

    def _adopt(self, temporary: Path, file: BinaryIO, blob: Blob) -> None:
        if self._is_whole(blob):
            return
        file.flush()
        os.fsync(file.fileno())
        target = self.path(blob.sha256)
        for folder in (target.parent.parent, target.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        temporary.rename(target)
        # All three, always: another writer may have made a folder and not yet fsynced its parent.
        for folder in (target.parent, target.parent.parent, self.folder):
            _fsync_folder(folder)

    def _is_whole(self, blob: Blob) -> bool:
        """A power cut may leave an object short on some file systems: then it is written anew."""
        try:
            found = self.path(blob.sha256).lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == blob.size


def _copy(source: Iterator[bytes], target: BinaryIO) -> Blob:
    sha256, size = hashlib.sha256(), 0
    for chunk in source:
        sha256.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return Blob(sha256.hexdigest(), size)


def _hash(source: Iterator[bytes]) -> Blob:
    sha256, size = hashlib.sha256(), 0
    for chunk in source:
        sha256.update(chunk)
        size += len(chunk)
    return Blob(sha256.hexdigest(), size)


def _clone(source: BinaryIO, target: BinaryIO) -> bool:
    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except OSError as error:
        if error.errno in _CANNOT_CLONE:
            return False
        raise
    return True


def _must_stand_still(file: BinaryIO, rel: str, before: FileFacts, blob: Blob) -> None:
    if blob.size != before.size or facts_of(os.fstat(file.fileno())) != before:
        raise Unstable(f"“{printable(rel)}” changed while it was read.")


def _fsync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
