"""What a ZIP or tar archive says it holds: names and sizes, nothing is ever unpacked.

Limits come before parsing: a ZIP's directory is read only if it is small, a compressed tar is
inflated up to a limit and forgotten.
"""

import contextlib
import io
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering.text import drawn

LIMIT_ENTRIES = 1_000
LIMIT_DIRECTORY = 4 * 1024 * 1024
LIMIT_INFLATED = 64 * 1024 * 1024
LIMIT_NAME = 400
_END = b"PK\x05\x06"
# All that zipfile and tarfile were seen to raise on damaged archives (rendering/test_archive).
_FAULTS = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, OSError, EOFError, ValueError,
    NotImplementedError, RuntimeError, KeyError, IndexError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """`name` is safe HTML; `size` in bytes as the archive says; `warning` names what is odd."""

    name: SafeString
    size: int
    at: datetime | None = None
    is_folder: bool = False
    warning: str = ""


@dataclass(frozen=True)
class ArchiveView:
    entries: list[Entry] = field(default_factory=list)
    total: int = 0  # entries that were counted; there may be more where `note` says so
    note: str = ""


def sniff(head: bytes, path: str) -> bool:
    """A ZIP or a tar by its bytes; a compressed tar by its bytes and name."""
    if head.startswith((b"PK\x03\x04", _END)) or head[257:262] == b"ustar":
        return True
    return head.startswith(b"\x1f\x8b") and path.lower().endswith((".tar.gz", ".tgz"))


def read(file: BinaryIO, size: int) -> ArchiveView:
    """The first `LIMIT_ENTRIES` entries; never raises on what is broken."""
    file.seek(0)
    head = file.read(2)
    file.seek(0)
    try:
        if head == b"PK":
            return _zip(file, size)
        return _tar(_Inflated(file) if head == b"\x1f\x8b" else file)
    except _FAULTS:
        return ArchiveView(note=_("The archive is broken: its list cannot be read."))


def _zip(file: BinaryIO, size: int) -> ArchiveView:
    # The end record (APPNOTE 4.3.16) is in the last 64 KiB; what it says of sizes is checked
    # before zipfile reads the directory into memory.
    tail_at = max(0, size - 65_557)
    file.seek(tail_at)
    tail = file.read(65_557)
    end = tail.rfind(_END)
    if end < 0:
        return ArchiveView(note=_("The archive is broken: its list is missing."))
    _count, directory = struct.unpack_from("<HI", tail, end + 10)
    if directory > LIMIT_DIRECTORY:
        return ArchiveView(note=_("The list of this archive is too large to show."))
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        entries = [_zip_entry(info) for info in infos[:LIMIT_ENTRIES]]
    return ArchiveView(entries, len(infos), _cut_note(len(infos)))


def _zip_entry(info: zipfile.ZipInfo) -> Entry:
    at = None
    with contextlib.suppress(ValueError):
        at = datetime(*info.date_time)
    mode = info.external_attr >> 16
    is_link = mode & 0o170000 == 0o120000
    warnings = [_("encrypted") if info.flag_bits & 1 else "", _odd(info.filename, is_link=is_link)]
    if info.compress_size and info.file_size / info.compress_size > 1_000:
        warnings.append(_("inflates more than a thousandfold"))
    return _entry(info.filename, info.file_size, at, info.is_dir(), warnings)


class _Inflated(io.RawIOBase):
    """A gzip stream as bytes, up to a limit: beyond it, it ends."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._inflate = zlib.decompressobj(wbits=31)
        self._left = LIMIT_INFLATED

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else self._left, self._left)
        parts: list[bytes] = []
        while size > 0 and not self._inflate.eof:
            given = self._inflate.unconsumed_tail or self._file.read(64 * 1024)
            if not given:
                break
            part = self._inflate.decompress(given, size)
            parts.append(part)
            size -= len(part)
            self._left -= len(part)
        return b"".join(parts)


def _tar(file: BinaryIO | _Inflated) -> ArchiveView:
    mode = "r|" if isinstance(file, _Inflated) else "r:"  # no literal, which the stubs ask for
    entries: list[Entry] = []
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        while len(entries) <= LIMIT_ENTRIES:
            try:
                member = archive.next()
            except _FAULTS:
                note = _("The list ends here: the rest is broken, or too large to look at.")
                return ArchiveView(entries, len(entries), note)
            if member is None:
                break
            entries.append(_tar_entry(member))
    return ArchiveView(entries[:LIMIT_ENTRIES], len(entries), _cut_note(len(entries)))


def _tar_entry(member: tarfile.TarInfo) -> Entry:
    at = None
    with contextlib.suppress(ValueError, OverflowError, OSError):
        at = datetime.fromtimestamp(int(member.mtime)) if member.mtime > 0 else None
    warnings = [_odd(member.name, is_link=member.issym() or member.islnk())]
    if member.isdev():
        warnings.append(_("a device"))
    return _entry(member.name, member.size, at, member.isdir(), warnings)


def _entry(
    name: str, size: int, at: datetime | None, is_folder: bool, warnings: list[str]
) -> Entry:
    name = veils.veil(name)
    cut = name if len(name) <= LIMIT_NAME else f"{name[:LIMIT_NAME]}… (+{len(name) - LIMIT_NAME})"
    return Entry(drawn(cut), max(size, 0), at, is_folder, ", ".join(filter(None, warnings)))


def _odd(name: str, *, is_link: bool) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if is_link:
        return _("a link")
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":":
        return _("leads out of the folder it is unpacked in")
    return ""


def _cut_note(count: int) -> str:
    if count <= LIMIT_ENTRIES:
        return ""
    return _("Only the first %(count)d entries are shown.") % {"count": LIMIT_ENTRIES}
