"""PDFs meet a process that can do nothing else: the desk outlives whatever they hold."""

import io
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from reviews.pdf import child, pages
from tests import exhibits

WHOLE = exhibits.pdf("First page", "Second page")


def draw(data: bytes, number: int = 1, sha256: str = "0" * 64) -> pages.Page:
    with io.FileIO(os.memfd_create("pdf"), "w+") as file:
        file.write(data)
        file.seek(0)
        return pages.draw(file, sha256, number)


def test_a_page_is_a_png_with_its_text() -> None:
    page = draw(WHOLE, 2)
    assert (page.error, page.pages, page.width, page.height) == ("", 2, 1400, 934)
    assert page.text == "Second page" and page.png.startswith(b"\x89PNG")


def test_what_was_drawn_is_kept_and_the_oldest_goes_when_there_is_too_much() -> None:
    page = draw(WHOLE)
    assert pages.drawn("0" * 64, 1) == page
    cache = pages.cache()
    for number in range(3):
        cache.put("ab" * 32, number, b'{"error": "broken"}\n')
    cache.sweep(limit=60)
    assert pages.drawn("0" * 64, 1) is None, "the largest and oldest"
    assert sum(path.stat().st_size for path in cache.folder.glob("*/*")) <= 60


def test_a_torn_file_of_the_cache_is_drawn_anew() -> None:
    draw(WHOLE)
    (path,) = pages.cache().folder.glob("*/*")
    path.write_bytes(path.read_bytes()[:-20])
    assert draw(WHOLE).error == ""


@pytest.mark.parametrize(("data", "number", "error"), [
    (exhibits.locked_pdf(), 1, "password"), (b"%PDF-1.7\n", 1, "broken"), (b"", 1, "broken"),
    (WHOLE, 3, "page"), (WHOLE, 0, "page"), (WHOLE, 10**9, "page"),
    (WHOLE.replace(b"[0 0 300 200]", b"[0 0 0 000]"), 1, ""),
])  # fmt: skip
def test_what_cannot_be_drawn_is_named(data: bytes, number: int, error: str) -> None:
    assert draw(data, number).error == error


def test_damaged_files_are_drawn_or_refused_and_nothing_else() -> None:
    dice = random.Random(7)
    for turn in range(25):
        data = bytearray(WHOLE)
        for _time in range(dice.randint(1, 30)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        page = draw(bytes(data[: dice.randint(20, len(data))]), 1, f"{turn:064x}")
        assert page.error in {"", "broken", "password", "page", "costly"}, data


@pytest.mark.slow
def test_a_page_that_takes_too_long_is_stopped_and_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page of 800,000 strokes: the limit on the processor's time ends it, however busy."""
    monkeypatch.setattr(pages, "WALL_SECONDS", 300)
    stroke = "0 0 m 300 200 l 10 190 280 5 20 20 c S " * 40_000
    slow = exhibits.pdf(f") Tj ET {stroke * 20} BT (")
    page = draw(slow)
    assert page.error in {"", "costly"}
    assert pages.drawn("0" * 64, 1) is not None


CONFINED = """
import sys, socket
sys.path.insert(0, {folder!r})
import child
child.confine()
child.close_every_door()
for what in (
    lambda: open("/etc/hostname"), lambda: open("x", "w"), lambda: socket.socket(),
    lambda: bytearray(child.MEMORY_BYTES),
):
    try:
        what()
    except (OSError, MemoryError):
        sys.stdout.write("no ")
    else:
        sys.stdout.write("YES ")
"""


def test_the_process_can_open_neither_files_nor_sockets_nor_much_memory() -> None:
    program = CONFINED.format(folder=str(Path(child.__file__).parent))
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "no no no no ", done.stderr


def test_without_the_library_nothing_is_remembered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As where pip left it out: the child says so by how it ends."""
    program = f"import sys; sys.exit({child.NO_LIBRARY})"
    (tmp_path / "child.py").write_text(program)
    monkeypatch.setattr(pages, "_CHILD", str(tmp_path / "child.py"))
    assert draw(WHOLE).error == "busy"
    assert pages.drawn("0" * 64, 1) is None
