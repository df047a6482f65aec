"""Tables: cells are text, whatever they begin with, and only the head of a file is read."""

import io
from itertools import pairwise

from reviews.rendering.cells import LIMIT as LIMIT_CELL
from reviews.rendering.table import LIMIT_COLUMNS, READ_BYTES, TableView, read


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
    assert view.rows[0][0].endswith("⟦ƒ⟧</span>=HYPERLINK(&quot;http://x&quot;)")
    assert view.rows[0][1] == "-1.5" and "⟦ƒ⟧" in view.rows[1][0]
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

    def seek(self, offset: int, whence: int = 0) -> int:
        return offset

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.taken += size
        return (b"1,2\n" * (size // 4 + 1))[:size]


def test_a_giant_file_is_not_read_whole() -> None:
    source = Endless()
    view = read(source, path="x.csv")  # type: ignore[arg-type]
    assert len(view.rows) == 200 and view.more and source.taken <= 2 * READ_BYTES


def test_a_row_that_the_limit_cut_is_left_out() -> None:
    view = read(b"a,b\n" + b"1," + b"x" * 100_000 + b"\n" + b"2," + b"y" * READ_BYTES, path="x.csv")
    assert [row[0] for row in view.rows] == ["1"] and view.more


def test_an_unclosed_quote_ends_the_table_with_a_sentence() -> None:
    view = read(b'a,b\n1,2\n"' + b"x" * 300_000, path="x.csv")
    assert view.rows == [["1", "2"]] and "unclosed quote" in view.note


def test_wide_tables_and_long_cells_are_cut_and_say_so() -> None:
    view = read(b",".join([b"x" * (LIMIT_CELL + 5)] * (LIMIT_COLUMNS + 1)), path="x.csv")
    assert len(view.header) == LIMIT_COLUMNS and "… (+5)" in view.header[0]
    assert view.header[0].startswith("<details><summary>xxx")
    assert "first 100 of 101 columns" in view.note


def test_ragged_rows_and_lone_returns_are_shown() -> None:
    view = read(b"a,b\n1\nx\ry,2\n", path="x.csv")
    assert "differ in length" in view.note
    assert view.rows[1][0] == 'x<span class="inv" title="U+000D CONTROL CHARACTER">⟦CR⟧</span>y'


def test_binary_and_empty_are_no_table() -> None:
    assert read(b"PK\0\0", path="x.csv").note == "Binary: not inspectable."
    assert read(b"", path="x.csv").header == []


def pages(data: bytes, *, rows: int = 3) -> list[TableView]:
    """Every page from the first, by the offsets that each one gives."""
    found = [read(data, path="x.csv", rows=rows)]
    while (at := found[-1].next_at) is not None:
        no = found[-1].first_no + len(found[-1].rows)
        found.append(read(data, path="x.csv", rows=rows, at=at, no=no))
    return found


def test_pages_hold_every_row_once_with_its_number_and_the_names_above() -> None:
    quoted = '"two\nlines, ""quoted"""'
    data = "n,text\n" + "".join(f"{n},{quoted if n % 2 else 'é'}\r\n" for n in range(1, 12))
    found = pages(data.encode())
    assert [no for page in found for no, _row in page.numbered] == list(range(1, 12))
    assert [row[0] for page in found for row in page.rows] == [str(n) for n in range(1, 12)]
    assert all(page.header == ["n", "text"] for page in found)
    assert found[0].rows[0][1] == "two\nlines, &quot;quoted&quot;"


def test_the_page_before_is_found_from_any_page_also_across_quoted_line_ends() -> None:
    data = b"n,text\n" + b"".join(b'%d,"a\nb"\n' % n for n in range(1, 12))
    found = pages(data)
    assert found[0].before_at is None
    for before, page in pairwise(found):
        assert page.before_at is not None
        again = read(data, path="x.csv", rows=3, at=page.before_at, no=page.before_no)
        assert (again.numbered, again.next_at) == (before.numbered, before.next_at)


def test_an_offset_within_a_row_is_the_beginning() -> None:
    assert read(b"a,b\n1,2\n3,4\n", path="x.csv", at=6, no=77).numbered[0] == (1, ["1", "2"])


def test_a_first_row_with_numbers_is_data_under_numbered_columns() -> None:
    view = read(b"1.5,ada\n2,bob\n", path="x.csv")
    assert view.header == ["1", "2"] and view.rows[0] == ["1.5", "ada"]
    assert "columns are numbered" in view.note


def test_single_quotes_part_no_cells_where_all_lines_have_them() -> None:
    view = read(b"'a','b'\n'x, y','z'\n", path="x.csv")
    assert view.rows == [["x, y", "z"]]
    assert read(b"a,b\nit's,x\n", path="x.csv").rows == [["it&#x27;s", "x"]]


def test_a_table_in_utf_16_is_read() -> None:
    view = read("n,é\n1,2\n".encode("utf-16"), path="x.csv")
    assert view.header == ["n", "é"] and view.rows == [["1", "2"]]
