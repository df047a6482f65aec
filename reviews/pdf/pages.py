"""A page of a PDF: from the cache in the data folder, else drawn by ``reviews.pdf.child``."""

import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from reviews.pdf import child

logger = logging.getLogger("handoff.pdf")

PIXELS: Final = 1400  # width; twice what a card shows, for dense screens
WALL_SECONDS: Final = 20  # the child's own limit comes first unless the machine is busy
WAIT_SECONDS: Final = 5
CACHE_BYTES: Final = 256 * 1024 * 1024
MAX_PAGES: Final = 2_000
# A new number makes all that was drawn before invalid.
VERSION: Final = 1
_SWEEP_EVERY: Final = 32
# Each child may take its whole limit of memory, so there are few.
_drawing = threading.BoundedSemaphore(2)
_CHILD: Final = str(Path(child.__file__).resolve())


@dataclass(frozen=True)
class Page:
    """``error`` is "" or "password", "broken", "page", "large", "costly", "busy"; then there is
    no picture. ``pages`` is 0 where it is not known. ``text`` is the document's own, unsafe."""

    error: str = ""
    pages: int = 0
    width: int = 0
    height: int = 0
    text: str = ""
    png: bytes = b""


class Cache:
    """Answers of the child by sha256 and page. Losing it costs time, nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, sha256: str, number: int) -> Page | None:
        try:
            return _read(self._path(sha256, number).read_bytes())
        except (OSError, ValueError):
            return None

    def put(self, sha256: str, number: int, answer: bytes) -> None:
        path = self._path(sha256, number)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f"{secrets.token_hex(8)}.tmp")
        with suppress(OSError):  # a full disk: drawn anew next time
            temporary.write_bytes(answer)
            temporary.rename(path)
        temporary.unlink(missing_ok=True)
        if secrets.randbelow(_SWEEP_EVERY) == 0:
            self.sweep()

    def sweep(self, limit: int = CACHE_BYTES) -> None:
        """Remove the oldest until at most ``limit`` bytes are left."""
        found = []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                facts = path.stat()
                found.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _at, size, _path in found)
        for _at, size, path in sorted(found):
            if total <= limit:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _path(self, sha256: str, number: int) -> Path:
        return self.folder / sha256[:2] / f"{sha256}-{number}-{PIXELS}-{VERSION}"


def cache() -> Cache:
    return Cache(Path(settings.DATA_DIR) / "pages")


def drawn(sha256: str, number: int) -> Page | None:
    """The page if it was drawn before."""
    return cache().get(sha256, number)


def draw(file: BinaryIO, sha256: str, number: int) -> Page:
    """The page, drawn if need be; ``file`` is the PDF, opened and not yet read from.

    What cannot be drawn is remembered as well, unless the machine was merely busy.
    """
    found = drawn(sha256, number)
    if found is not None:
        return found
    if os.fstat(file.fileno()).st_size > child.INPUT_BYTES:
        return Page("large")
    if not 1 <= number <= MAX_PAGES:
        return Page("page")
    if not _drawing.acquire(timeout=WAIT_SECONDS):
        return Page("busy")
    try:
        answer = _run(file, number)
    finally:
        _drawing.release()
    if answer is None:
        return Page("busy")
    try:
        page = _read(answer)
    except ValueError:
        answer = json.dumps({"error": "costly"}).encode() + b"\n"
        page = Page("costly")
    cache().put(sha256, number, answer)
    return page


def _run(file: BinaryIO, number: int) -> bytes | None:
    """What the child wrote, however it ended; None when the clock on the wall stopped it."""
    with (
        tempfile.TemporaryDirectory(prefix="handoff-pdf-") as folder,
        tempfile.TemporaryFile(dir=folder) as out,
    ):
        process = subprocess.Popen(
            [sys.executable, "-I", _CHILD, str(number), str(PIXELS)],
            stdin=file,
            stdout=out,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            start_new_session=True,
        )
        try:
            process.wait(WALL_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode == child.NO_LIBRARY:
            logger.error("pypdfium2 cannot be loaded: no PDF can be shown")
            return None
        out.seek(0)
        return out.read(child.ANSWER_BYTES)


def _read(answer: bytes) -> Page:
    """Raises ValueError for what is no whole answer."""
    line, _feed, png = answer.partition(b"\n")
    facts = json.loads(line)
    if "error" in facts:
        return Page(str(facts["error"]), pages=int(facts.get("pages", 0)))
    if not png.endswith(b"IEND\xaeB`\x82"):
        raise ValueError("the picture is cut")
    return Page("", facts["pages"], facts["width"], facts["height"], facts["text"], png)
