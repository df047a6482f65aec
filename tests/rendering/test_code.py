"""Files as coloured lines: the text is always whole, oddities are named."""

import re
import time

from reviews.rendering.code import highlight
from reviews.rendering.syntax import draw, segments


def test_python_is_coloured_line_by_line() -> None:
    view = highlight(b'def f():\n    """doc\n    more"""\n    return 1  # why\n', "src/a.py")
    assert view.language == "Python" and view.note == "" and len(view.lines) == 4
    assert view.lines[0].startswith('<span class="sy-k">def</span> <span class="sy-f">f</span>')
    assert view.lines[2] == '<span class="sy-c">    more&quot;&quot;&quot;</span>'


def test_a_string_that_spans_lines_closes_its_colour_on_each() -> None:
    for line in highlight(b"x = '''a\nb\n\nc'''\n", "a.py").lines:
        assert line.count("<span") == line.count("</span")


def test_markup_in_code_is_escaped_in_every_language() -> None:
    hostile = b"<script>alert('<img onerror=x hx-get=/>')</script>\n"
    for name in ("a.html", "a.js", "a.py", "a.md", "a.xml", "a.php", "a.unknown", "Makefile", ""):
        drawn = "".join(highlight(hostile, name).lines)
        assert re.sub(r'</?span(?: class="[\w-]+")?>', "", drawn) == (
            "&lt;script&gt;alert(&#x27;&lt;img onerror=x hx-get=/&gt;&#x27;)&lt;/script&gt;"
        )


def test_bidirectional_controls_in_code_are_marked() -> None:
    assert "⟦RLO⟧" in highlight("x = 1 # \u202e admin\n".encode(), "a.py").lines[0]


def test_bytes_with_nul_are_not_inspectable() -> None:
    view = highlight(b"\x7fELF\0\1", "a.py")
    assert view.is_binary and view.lines == [] and "Binary" in view.note


def test_utf_16_with_its_mark_is_text() -> None:
    view = highlight("hé\n".encode("utf-16"), "a.txt")
    assert view.lines == ["hé"] and "byte order mark" in view.note


def test_bytes_that_are_not_utf_8_are_read_as_latin_1_and_said_so() -> None:
    view = highlight(b"caf\xe9\n", "a.txt")
    assert view.lines == ["café"] and "Latin-1" in view.note


def test_a_torn_last_character_of_a_whole_file_does_not_vanish() -> None:
    view = highlight("é".encode()[:1] + b"a\xc3", "a.txt")
    assert view.lines[0].startswith("ÃaÃ") and "Latin-1" in view.note


def test_windows_line_ends_throughout_are_a_note_mixed_ones_are_marked() -> None:
    uniform = highlight(b"a\r\nb\r\n", "a.txt")
    assert uniform.lines == ["a", "b"] and "CRLF" in uniform.note
    mixed = highlight(b"a\r\nb\n", "a.txt")
    assert "⟦CR⟧" in mixed.lines[0] and mixed.lines[1] == "b" and "Mixed" in mixed.note


def test_a_missing_final_line_feed_is_marked() -> None:
    assert highlight(b"a\nb", "a.txt").lines[1].endswith("⟦no newline⟧</span>")
    assert highlight(b"a\nb\n", "a.txt").lines == ["a", "b"]


def test_an_empty_file_has_no_lines() -> None:
    assert highlight(b"", "a.py").lines == []


def test_limits_cut_by_lines_and_by_bytes_and_say_so() -> None:
    by_lines = highlight(b"x\n" * 100, "a.py", limit_lines=10)
    assert len(by_lines.lines) == 10 and by_lines.truncated and "first 10 lines" in by_lines.note
    by_bytes = highlight("é".encode() * 100, "a.txt", limit_bytes=51)
    assert by_bytes.lines == ["é" * 25] and by_bytes.truncated
    assert "Mixed" not in highlight(b"a\r\n" * 100, "a.txt", limit_bytes=50).note


def test_giant_lines_and_hostile_nesting_are_fast() -> None:
    start = time.process_time()
    for text in (b"x" * 500_000, b"(" * 200_000, b'"""' * 80_000, b"<a " * 100_000, b"\n" * 9_999):
        for name in ("a.py", "a.html", "a.js", "a.md", "a.json"):
            highlight(text, name)
    assert time.process_time() - start < 15


def test_segments_join_to_the_text_whatever_the_language() -> None:
    text = "a\r\n\tb\x0c\u2028c\n\n<?php echo 1 ?>\n'''\n"
    for name in ("a.py", "a.php", "a.c", "a.rst", "a.yaml", "a.diff", "a.sh", "x"):
        lines, _language = segments(text, name)
        assert ["".join(piece for _name, piece in line) for line in lines] == text.split("\n")


def test_marked_ranges_cross_colours_without_breaking_the_markup() -> None:
    assert draw([("sy-k", "def"), ("", " f")], [(1, 4)]) == (
        '<span class="sy-k">d</span><mark><span class="sy-k">ef</span> </mark>f'
    )
