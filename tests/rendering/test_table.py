"""Tables: cells are text, whatever they begin with, and only the head of a file is read."""

import io

from reviews.rendering.table import LIMIT_CELL, LIMIT_COLUMNS, READ_BYTES, read


def test_header_and_rows_are_read() -> None:
    view = read(b'name,"note"\r\nada,"likes, commas"\r\n', path="people.csv")
    assert view.header == ["name", "note"]
    assert view.rows == [["ada", "likes, commas"]]
    assert (view.more, view.note) == (False, "")


def test_the_dialect_follows_the_extension_and_the_first_line() -> None:
    assert read(b"a,b\tc\n", path="x.tsv").header == ["a,b", "c"]
    assert read(b"a;b;c,d\n", path="x.csv").header == ["a", "b", "c,d"]
    assert read(b'"a;b;c",d\n', path="x.csv").header == ["a;b;c", "d"]


def test_formulas_are_text_and_named() -> None:
    view = read(b'a,b\n=HYPERLINK("http://x"),-1.5\n@SUM(A1),+3\n', path="x.csv")
    assert view.rows[0][0] == "=HYPERLINK(&quot;http://x&quot;)"
    assert view.note == "2 cells would be taken for formulas by a spreadsheet."


def test_markup_and_hidden_characters_in_cells_are_shown() -> None:
    view = read("a\n<script>\u202e\n".encode(), path="x.csv")
    assert view.rows[0][0].startswith("&lt;script&gt;") and "⟦RLO⟧" in view.rows[0][0]


def test_more_rows_than_asked_for_are_announced() -> None:
    view = read(b"n\n" + b"1\n" * 500, path="x.csv", rows=5)
    assert len(view.rows) == 5 and view.more
    assert not read(b"n\n" + b"1\n" * 5, path="x.csv", rows=5).more


class Endless(io.RawIOBase):
    """A file that never ends and counts what is taken of it."""

    taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.taken += size
        return (b"1,2\n" * (size // 4 + 1))[:size]


def test_a_giant_file_is_not_read_whole() -> None:
    source = Endless()
    view = read(source, path="x.csv")  # type: ignore[arg-type]
    assert len(view.rows) == 200 and view.more and source.taken <= READ_BYTES + 1


def test_a_row_that_the_limit_cut_is_left_out() -> None:
    view = read(b"a,b\n" + b"1," + b"x" * 100_000 + b"\n" + b"2," + b"y" * READ_BYTES, path="x.csv")
    assert [row[0] for row in view.rows] == ["1"] and view.more


def test_an_unclosed_quote_ends_the_table_with_a_sentence() -> None:
    view = read(b'a,b\n1,2\n"' + b"x" * 300_000, path="x.csv")
    assert view.rows == [["1", "2"]] and "unclosed quote" in view.note


def test_wide_tables_and_long_cells_are_cut_and_say_so() -> None:
    view = read(b",".join([b"x" * (LIMIT_CELL + 5)] * (LIMIT_COLUMNS + 1)), path="x.csv")
    assert len(view.header) == LIMIT_COLUMNS and view.header[0].endswith("… (+5)")
    assert "first 100 of 101 columns" in view.note


def test_ragged_rows_and_lone_returns_are_shown() -> None:
    view = read(b"a,b\n1\nx\ry,2\n", path="x.csv")
    assert "differ in length" in view.note
    assert view.rows[1][0] == 'x<span class="inv" title="U+000D CONTROL CHARACTER">⟦CR⟧</span>y'


def test_binary_and_empty_are_no_table() -> None:
    assert read(b"PK\0\0", path="x.csv").note == "Binary: not inspectable."
    assert read(b"", path="x.csv").header == []
