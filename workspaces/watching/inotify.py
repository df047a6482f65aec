"""Linux's inotify(7), as little of it as the watcher needs.

Read directly because the portable libraries report a file moved in and a file just created as
the same "added", and the difference is what lets a renamed handoff be taken at once.
"""

import ctypes
import os
import select
import struct
import sys
from dataclasses import dataclass
from typing import Final, Self

CLOSE_WRITE: Final = 0x008
MOVED_FROM: Final = 0x040
MOVED_TO: Final = 0x080
CREATE: Final = 0x100
DELETE: Final = 0x200
OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
IS_FOLDER: Final = 0x4000_0000

_ONLY_FOLDER: Final = 0x0100_0000
_DONT_FOLLOW: Final = 0x0200_0000
_EXCL_UNLINK: Final = 0x0400_0000
_HEADER: Final = struct.Struct("iIII")
_BUFFER_BYTES: Final = 256 * 1024

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Event:
    """``watch`` is what ``add`` returned, -1 for OVERFLOW; ``name`` is "" for the folder itself."""

    watch: int
    mask: int
    name: str

    def has(self, *masks: int) -> bool:
        return any(self.mask & mask for mask in masks)


class Inotify:
    """One kernel queue; add folders, read events. Not shared between threads."""

    def __init__(self) -> None:
        self._descriptor = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), "inotify")
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        os.close(self._descriptor)

    def add(self, folder: str, mask: int) -> int:
        """Watch one folder, not what is below it; the same folder gives the same number.

        Raises OSError: ENOSPC at the kernel's limit of watches, ENOTDIR for a symbolic link.
        """
        flags = mask | _ONLY_FOLDER | _DONT_FOLLOW | _EXCL_UNLINK
        encoded = os.fsencode(folder)
        return _checked(
            _libc.inotify_add_watch(self._descriptor, encoded, ctypes.c_uint32(flags)), folder
        )

    def remove(self, watch: int) -> None:
        """Stop watching; no error for a folder that is gone already."""
        _libc.inotify_rm_watch(self._descriptor, watch)

    def read(self, timeout_seconds: float) -> list[Event]:
        """What has happened, in order; an empty list after the time-out."""
        if not self._poll.poll(max(0, round(timeout_seconds * 1000))):
            return []
        try:
            data = os.read(self._descriptor, _BUFFER_BYTES)
        except BlockingIOError:
            return []
        return _parse(data)


def is_available() -> bool:
    return sys.platform == "linux"


def _parse(data: bytes) -> list[Event]:
    events = []
    at = 0
    while at < len(data):
        watch, mask, _, length = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        events.append(Event(watch, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))))
        at += length
    return events


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return result
