"""One workspace's folder: the only code that opens, reads, writes and renames its files."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from workspaces import paths
from workspaces.storage import safe_open
from workspaces.storage.errors import (
    FileMissing,
    FileTooLarge,
    Unstable,
    not_regular,
    root_missing,
    typed_errors,
)

CHUNK_BYTES: Final = 1024 * 1024
TEMPORARY_PREFIX: Final = ".handoff-"
TEMPORARY_SUFFIX: Final = ".tmp"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the file system says of a regular file; equal facts mean "nobody wrote to it".

    Sizes in bytes, times in nanoseconds since 1970. The ctime is the kernel's own and cannot be
    set back by the file's owner, so a rewrite with the old size and mtime is seen as well.
    """

    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int


class Root:
    """The folder of a workspace. Holds a path and nothing else; safe to share between threads.

    Every ``rel`` is a path below it (``workspaces.paths.normalise``; BadPath otherwise). No
    symbolic link is followed, in the root's own path neither. All methods raise StorageError.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)

    def __repr__(self) -> str:
        return f"Root({self.path!r})"

    def open(self, rel: str) -> BinaryIO:
        """The file, opened for reading; a FIFO or device raises NotRegular and never blocks."""
        with self._at(rel) as (folder, name):
            return os.fdopen(safe_open.open_regular(folder, name), "rb")

    def stat(self, rel: str) -> FileFacts:
        """The facts of a regular file, without opening it."""
        with self._at(rel) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise not_regular(rel)
            return facts_of(found)

    def exists(self, rel: str) -> bool:
        """Whether anything has this name: a file, a folder, a symbolic link, a FIFO."""
        try:
            with self._at(rel) as (folder, name):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileMissing:
            return False
        return True

    def read(self, rel: str, limit: int) -> tuple[bytes, FileFacts]:
        """All bytes, from one descriptor; FileTooLarge above ``limit`` bytes, else Unstable."""
        with self.open(rel) as file:
            before = facts_of(os.fstat(file.fileno()))
            if before.size > limit:
                raise FileTooLarge(f"“{paths.printable(rel)}” is larger than {limit:,} bytes.")
            data = file.read(before.size + 1)
            _must_equal(rel, before, file, len(data))
            return data, before

    def digest(self, rel: str) -> tuple[str, FileFacts]:
        """The sha256 (hex) of a file of any size, streamed; Unstable if it changed meanwhile."""
        with self.open(rel) as file:
            before = facts_of(os.fstat(file.fileno()))
            sha256, length = hashlib.sha256(), 0
            for chunk in chunks(file, before.size):
                sha256.update(chunk)
                length += len(chunk)
            _must_equal(rel, before, file, length)
            return sha256.hexdigest(), before

    def write_atomic(
        self, rel: str, data: bytes, *, replace: bool = True, keep_mode: bool = False
    ) -> FileFacts:
        """Put ``data`` there at once or not at all: temporary name, fsync, rename, fsync folder.

        A name that is a symbolic link is replaced itself, its target untouched. AlreadyThere
        with ``replace=False`` if anything has the name. The mode is 0644, or with ``keep_mode``
        that of the file replaced. A crash leaves at most a temporary file (is_temporary).
        """
        temporary = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
        with self._at(rel) as (folder, name):
            mode = _mode_of(folder, name) if keep_mode else 0o644
            try:
                facts = _write_new(folder, temporary, data, mode)
                _rename(folder, temporary, folder, name, replace=replace)
            except BaseException:
                _unlink_if_there(folder, temporary)
                raise
            os.fsync(folder)
            return facts

    def rename(self, rel: str, to_rel: str, *, replace: bool = False) -> None:
        """Rename within the root and fsync both folders; AlreadyThere unless ``replace``."""
        with self._at(rel) as (source, name), self._at(to_rel) as (target, new_name):
            _rename(source, name, target, new_name, replace=replace)
            os.fsync(target)
            os.fsync(source)

    def free_bytes(self) -> int:
        """What an ordinary user may still write on the root's file system."""
        with self._folder("") as root:
            found = os.fstatvfs(root)
            return found.f_bavail * found.f_frsize

    @contextmanager
    def folder(self, rel: str = "") -> Iterator[int]:
        """A descriptor of a folder below the root (or the root), for os.scandir and the like.

        Takes any name the disk gave, undecodable ones too. OSErrors of the body come out typed.
        """
        with typed_errors(rel or self.path), self._folder(rel) as opened:
            yield opened

    @contextmanager
    def _folder(self, rel: str) -> Iterator[int]:
        try:
            root = safe_open.open_root(self.path)
        except OSError as error:
            raise root_missing(self.path, error) from error
        try:
            opened = safe_open.open_folder(root, rel)
        finally:
            os.close(root)
        try:
            yield opened
        finally:
            os.close(opened)

    @contextmanager
    def _at(self, rel: str) -> Iterator[tuple[int, str]]:
        parent, _, name = paths.normalise(rel).rpartition("/")
        with typed_errors(rel), self._folder(parent) as folder:
            yield folder, name


def is_temporary(name: str) -> bool:
    """Whether write_atomic made this name; one that is old was left behind by a crash."""
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


def facts_of(found: os.stat_result) -> FileFacts:
    return FileFacts(found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """At most ``size`` + 1 bytes: one too many shows that the file grew, and no more is read."""
    left = size + 1
    while left and (chunk := file.read(min(left, CHUNK_BYTES))):
        left -= len(chunk)
        yield chunk


def _must_equal(rel: str, before: FileFacts, file: BinaryIO, length: int) -> None:
    if length != before.size or facts_of(os.fstat(file.fileno())) != before:
        raise Unstable(f"“{paths.printable(rel)}” changed while it was read.")


def _write_new(folder: int, name: str, data: bytes, mode: int) -> FileFacts:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
        return facts_of(os.fstat(file.fileno()))


def _rename(source: int, name: str, target: int, new_name: str, *, replace: bool) -> None:
    if replace:
        os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)
    else:
        safe_open.rename_new(source, name, target, new_name)


def _mode_of(folder: int, name: str) -> int:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o644
    return stat.S_IMODE(found.st_mode) & 0o777 if stat.S_ISREG(found.st_mode) else 0o644


def _unlink_if_there(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
