"""Logs: numbered, levelled, coloured, and nothing in them can hide or paint over the rest."""

import io
import time

import pytest

from reviews.rendering.log import level_of, render
from reviews.rendering.log_search import first_error

LEVELS = [
    ("2026-01-01 12:00:00 ERROR worker: no", "error"), ("[error] x", "error"),
    ("level=error msg=x", "error"), ('{"level":"fatal","m":1}', "error"), ("npm ERR! x", "error"),
    ("Traceback (most recent call last):", "error"), ("ValueError: x", "error"),
    ("requests.exceptions.ConnectionError: x", "error"), ("error: cannot find x", "error"),
    ("error[E0308]: mismatched", "error"), ("tests/x.py::test_y FAILED", "error"),
    ("E   assert 1 == 2", "error"), ("12:00 WARNING x", "warn"), ("warning: unused", "warn"),
    ("lvl=warn", "warn"), ("DeprecationWarning: x", "warn"), ("INFO started", "info"),
    ('"level": "info"', "info"), ("DEBUG x", "debug"), ("level=trace", "debug"),
    ("0 errors, all good", ""), ("error-prone", ""), ("no level here", ""), ("", ""),
]  # fmt: skip
ERRORS = [line for line, level in LEVELS if level == "error"]


@pytest.mark.parametrize(("line", "level"), LEVELS)
def test_levels_are_seen_where_loggers_write_them(line: str, level: str) -> None:
    assert level_of(line) == level


def test_lines_are_numbered_and_the_first_error_is_found() -> None:
    view = render(b"INFO a\nERROR b\nERROR c\n")
    assert [(line.no, line.level) for line in view.lines] == [
        (1, "info"),
        (2, "error"),
        (3, "error"),
    ]
    assert (view.first_error, view.total, view.is_cut, view.note) == (1, 3, False, "")


def test_colours_become_classes_and_last_until_they_are_reset() -> None:
    lines = render(b"\x1b[1;31mred\n still\x1b[0m plain \x1b[92mok\x1b[39m\n").lines
    assert lines[0].html == '<span class="an-b an-1">red</span>'
    assert lines[1].html == (
        '<span class="an-b an-1"> still</span> plain <span class="an-10">ok</span>'
    )


@pytest.mark.parametrize(("codes", "html"), [
    ("38;5;4", '<span class="an-4">x</span>'), ("38;5;200", "x"), ("38;2;1;2;3", "x"),
    ("38;2;1;2;3;1", '<span class="an-b">x</span>'), ("48;5;1", "x"), ("8", "x"), ("5", "x"),
    ("30;40", '<span class="an-bg an-0">x</span>'), ("", "x"), ("999999", "x"), ("38;5", "x"),
    ("7;4;9;3;2", '<span class="an-bg an-d an-i an-s an-u">x</span>'),
])  # fmt: skip
def test_codes_can_colour_but_never_conceal(codes: str, html: str) -> None:
    assert render(f"\x1b[{codes}mx".encode()).lines[0].html == html


@pytest.mark.parametrize("sequence", [
    "\x1b[2J", "\x1b[1A", "\x1b[?25l", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\",
    "\x1bPq\x1b\\", "\x1b(B", "\x1bM", "\x1b[10;20H",
])  # fmt: skip
def test_other_escape_sequences_are_dropped(sequence: str) -> None:
    assert render(f"a{sequence}b".encode()).lines[0].html == "ab"


def test_an_escape_that_is_no_sequence_is_marked() -> None:
    assert "⟦ESC⟧" in render(b"a\x1b").lines[0].html


def test_a_progress_bar_is_its_last_state_with_a_count_of_the_others() -> None:
    line = render(b"\r 10%\r 50%\r100%\r\ndone\n").lines[0]
    assert line.html.endswith("</span>100%") and "⟦CR×2⟧" in line.html


def test_windows_line_ends_are_not_progress() -> None:
    assert [line.html for line in render(b"a\r\nb\r\n").lines] == ["a", "b"]


def test_markup_is_escaped_inside_colours_too() -> None:
    html = render(b"\x1b[31m<script>\x1b[0m<b hx-get=/>").lines[0].html
    assert html == '<span class="an-1">&lt;script&gt;</span>&lt;b hx-get=/&gt;'


def test_the_tail_starts_at_a_whole_line_and_keeps_its_numbers() -> None:
    data = b"".join(b"line %d\n" % n for n in range(1, 1_001))
    view = render(data, tail_bytes=100)
    assert view.lines[0].html == f"line {view.lines[0].no}"
    assert (view.lines[-1].no, view.total, view.is_cut) == (1_000, 1_000, True)
    assert view.note == f"The last {len(view.lines)} lines of 1000 are shown."
    by_lines = render(data, tail_lines=10)
    assert [line.no for line in by_lines.lines] == list(range(991, 1_001)) and by_lines.is_cut


def test_a_tail_within_one_giant_line_is_shown() -> None:
    view = render(b"x" * 1_000, tail_bytes=10)
    assert [line.html for line in view.lines] == ["x" * 10]


def test_bytes_that_are_no_text_stay_visible() -> None:
    assert render(b"caf\xe9 \0\n").lines[0].html.count('class="inv"') == 2


def test_an_empty_log_has_no_lines() -> None:
    assert (render(b"").lines, render(b"").first_error, render(b"").total) == ([], None, 0)


def test_hostile_logs_are_quick() -> None:
    start = time.process_time()
    for data in (b"\x1b[" * 200_000, b"\x1b]" * 200_000, b"\r" * 500_000, b"a\r" * 250_000,
                 b"\x1b[31m" * 100_000, b"A" * 500_000, b"\x1b[" + b"1;" * 250_000 + b"m",
                 b"level" * 100_000, b"\n" * 500_000, b" " * 500_000):  # fmt: skip
        render(data)
    assert time.process_time() - start < 9


def test_the_first_error_of_a_large_log_is_found_with_its_number() -> None:
    lines = b"INFO no errors so far\n" * 100_000
    data = lines + b"FATAL: gone\n" + lines
    found = first_error(io.BytesIO(data))
    assert (found.at, found.no) == (None, 0), "too many lines that speak of errors"
    data = lines.replace(b"errors", b"doubt") + b"FATAL: gone\n" + lines
    found = first_error(io.BytesIO(data))
    assert (data[found.at or 0 :][:11], found.no) == (b"FATAL: gone", 100_001)
    assert first_error(io.BytesIO(data), limit=1_000).at is None


@pytest.mark.parametrize("line", ERRORS)
def test_every_kind_of_error_is_looked_for(line: str) -> None:
    assert first_error(io.BytesIO(f"fine\n{line}\n".encode())).no == 2
