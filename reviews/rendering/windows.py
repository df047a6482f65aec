"""A part of a large text file that holds whole lines, found from any byte offset.

Nothing counts lines from the beginning, so the end of a 1 GB file costs what its beginning does.
"""

from dataclasses import dataclass, field, replace
from typing import BinaryIO

from reviews import veils

WINDOW_BYTES = 512 * 1024
WINDOW_LINES = 1_000


@dataclass(frozen=True)
class Window:
    """`data` is the file from `start` to `end` (byte offsets); it begins at a line unless one is
    longer than a window. `count` is how many lines it has. `before` and `after` are the bytes
    around it that may tell a secret in it."""

    data: bytes
    start: int
    end: int
    size: int
    before: bytes = field(default=b"", compare=False, repr=False)
    after: bytes = field(default=b"", compare=False, repr=False)

    @property
    def has_before(self) -> bool:
        return self.start > 0

    @property
    def has_after(self) -> bool:
        return self.end < self.size

    @property
    def count(self) -> int:
        return self.data.count(b"\n") + (bool(self.data) and not self.data.endswith(b"\n"))


def ending_at(
    file: BinaryIO,
    size: int,
    end: int,
    *,
    limit_bytes: int = WINDOW_BYTES,
    limit_lines: int = WINDOW_LINES,
) -> Window:
    """The last whole lines before the offset `end` that fit both limits."""
    end = max(0, min(end, size))
    start = max(0, end - limit_bytes)
    file.seek(max(0, start - 1))
    data = file.read(end - max(0, start - 1))
    if start:
        feed = data.find(b"\n", 0, len(data) - 1)
        skipped = feed + 1 if feed >= 0 else 1
        start, data = start - 1 + skipped, data[skipped:]
    cut = len(data)
    for _line in range(limit_lines):
        cut = data.rfind(b"\n", 0, max(cut - 1, 0)) + 1
        if cut == 0:
            break
    return _around(file, Window(data[cut:], start + cut, end, size))


def beginning_at(
    file: BinaryIO,
    size: int,
    start: int,
    *,
    limit_bytes: int = WINDOW_BYTES,
    limit_lines: int = WINDOW_LINES,
) -> Window:
    """The first whole lines from the offset `start` on that fit both limits."""
    start = max(0, min(start, size))
    file.seek(start)
    data = file.read(min(limit_bytes, size - start))
    if start + len(data) < size:
        data = data[: data.rfind(b"\n") + 1] or data
    cut = 0
    for _line in range(limit_lines):
        feed = data.find(b"\n", cut)
        if feed < 0:
            return _around(file, Window(data, start, start + len(data), size))
        cut = feed + 1
    return _around(file, Window(data[:cut], start, start + cut, size))


def _around(file: BinaryIO, window: Window) -> Window:
    low = max(0, window.start - veils.AROUND)
    file.seek(low)
    before = file.read(window.start - low)
    file.seek(window.end)
    return replace(window, before=before, after=file.read(veils.AROUND))
