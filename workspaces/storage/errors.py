"""What can go wrong with one file of a workspace. Every one of them is a StorageError."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from workspaces.errors import (
    Conflict,
    Forbidden,
    HandoffError,
    Invalid,
    NotFound,
    OutOfSpace,
    TooLarge,
    Unavailable,
)
from workspaces.paths import printable


class StorageError(HandoffError):
    """Base of everything that opening, reading or writing a workspace file raises."""


class FileMissing(StorageError, NotFound):
    code, title = "file-missing", "No such file"


class NotRegular(StorageError, Invalid):
    """A symbolic link, folder, FIFO, socket or device where a file was expected."""

    code, title = "not-a-regular-file", "Not a regular file"


class OutsideRoot(StorageError, Invalid):
    """The path leaves the workspace, or passes through a symbolic link."""

    code, title = "outside-workspace", "Outside the workspace"


class FileTooLarge(StorageError, TooLarge):
    code, title = "file-too-large", "File too large"


class FileDenied(StorageError, Forbidden):
    """The operating system lets the desk neither read nor write there."""

    code, title = "file-denied", "The desk may not open this file"


class Unstable(StorageError, Conflict):
    """The file changed while it was read: nothing was learnt, try again when it stands still."""

    code, title = "file-changing", "The file is changing"


class AlreadyThere(StorageError, Conflict):
    """A new name was asked for, and something of that name exists."""

    code, title = "file-exists", "A file of that name exists"


class RootMissing(StorageError, Unavailable):
    """The workspace's own folder is gone, or is reached through a symbolic link."""

    code, title = "workspace-missing", "The workspace's folder is missing"


class DiskFull(StorageError, OutOfSpace):
    code, title = "out-of-space", "Out of space"


class StorageFailed(StorageError, Unavailable):
    """The file system failed in a way that may pass (I/O error, stale handle, too many files)."""

    code, title = "storage-failed", "The file system failed"


def not_regular(rel: str) -> NotRegular:
    return NotRegular(
        f"“{printable(rel)}” is not a regular file: the desk opens no links, folders,"
        " pipes or devices."
    )


def root_missing(path: str, error: OSError) -> RootMissing:
    shown = printable(path)
    if error.errno == errno.ELOOP:
        return RootMissing(f"The workspace's folder {shown} is reached through a symbolic link.")
    return RootMissing(f"The workspace's folder {shown} cannot be opened: {error.strerror}.")


@contextmanager
def typed_errors(rel: str) -> Iterator[None]:
    """Turn an OSError about one file into the StorageError that says what to do about it."""
    try:
        yield
    except OSError as error:
        raise _typed(error, rel) from error


def _typed(error: OSError, rel: str) -> StorageError:
    """The StorageError for an OSError about the file at ``rel``."""
    shown = f"“{printable(rel)}”"
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ENAMETOOLONG:
            return FileMissing(f"There is no file {shown}.")
        case errno.EINVAL | errno.EISDIR | errno.ENXIO:
            return not_regular(rel)
        case errno.ELOOP | errno.EXDEV:
            return OutsideRoot(f"{shown} passes through a symbolic link or leaves the workspace.")
        case errno.EEXIST | errno.ENOTEMPTY:
            return AlreadyThere(f"There is already something named {shown}.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return FileDenied(f"The desk may not open {shown}: {error.strerror}.")
        case errno.ENOSPC | errno.EDQUOT:
            return DiskFull(f"No space is left for {shown}.")
    return StorageFailed(f"{shown} cannot be used now: {error.strerror}.")
