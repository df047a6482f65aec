"""A page of rows of a CSV or TSV as text cells: nothing is computed, no file read whole.

Pages are found by byte offset, so the last of a 1 GB file costs what the first one does.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering import cells
from reviews.rendering.decoding import decode, join_notes
from reviews.rendering.dialect import Dialect, sniff

READ_BYTES = 1024 * 1024
HEAD_BYTES = 256 * 1024
ROWS = 200
LIMIT_COLUMNS = 100
# The csv module refuses carriage returns outside quotes; this stands for them while it reads.
_RETURN = "\ue00d"


@dataclass(frozen=True)
class TableView:
    """Safe HTML cells; `more` says that rows follow, `note` what was cut or is peculiar.

    Rows count from `first_no`. `next_at` and `before_at` are byte offsets of the rows that follow
    and of those before (None where there are none), `before_no` the number of the first of those.
    """

    header: list[SafeString]
    rows: list[list[SafeString]]
    more: bool
    note: str
    first_no: int = 1
    next_at: int | None = None
    before_at: int | None = None
    before_no: int = 1

    @property
    def numbered(self) -> list[tuple[int, list[SafeString]]]:
        return list(enumerate(self.rows, self.first_no))


def read(
    source: bytes | BinaryIO, *, path: str = "", rows: int = ROWS, at: int = 0, no: int = 1
) -> TableView:
    """The header and up to `rows` rows from the byte offset `at`, the first of which is row `no`;
    reads a few times `READ_BYTES` at most.

    `.tsv` and `.tab` are split at tabs, others at the mark (`,` `;` tab or `|`) that the first
    line has most of. An offset at which no line begins is taken for the beginning.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    head = file.read(HEAD_BYTES)
    found = decode(head, is_cut=len(head) == HEAD_BYTES)
    if found.text is None:
        return TableView([], [], False, found.note)
    if found.encoding.startswith("utf-16"):
        return _read_utf16(file, path, rows)
    dialect = sniff(path, found.text)
    begin = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    header, body = _header(head, begin, dialect)
    if at <= body or not _begins_line(file, at):
        at, no = body, 1
    file.seek(at)
    chunk = file.read(READ_BYTES + 1)
    page = _page(chunk, dialect, rows)
    shown = [row for row, _end in page.rows]
    before_at, before = _before(file, body, at, dialect, rows)
    widest = max(map(len, [header, *shown]), default=0)
    notes = [
        found.note,
        page.note,
        _("Only the first %(count)d of %(total)d columns are shown.")
        % {"count": LIMIT_COLUMNS, "total": widest}
        if widest > LIMIT_COLUMNS
        else "",
        "" if dialect.has_header else _("No row of names: the columns are numbered."),
        _formula_note([header, *shown]),
        _("Rows differ in length.")
        if len({len(row) for row in [header, *shown] if row}) > 1
        else "",
    ]
    names = header if dialect.has_header else [str(n) for n in range(1, widest + 1)]
    return TableView(
        [cells.draw(name.replace(_RETURN, "\r")) for name in names[:LIMIT_COLUMNS]],
        [
            [
                cells.draw(cell.replace(_RETURN, "\r"), names[at] if at < len(names) else "")
                for at, cell in enumerate(row[:LIMIT_COLUMNS])
            ]
            for row in shown
        ],
        page.more,
        join_notes(*notes),
        first_no=no,
        next_at=at + page.rows[-1][1] if page.more and page.rows else None,
        before_at=before_at,
        before_no=max(no - before, 1),
    )


def _read_utf16(file: BinaryIO, path: str, rows: int) -> TableView:
    """Its line ends are no single bytes, so it has one page: what fits the limit."""
    file.seek(0)
    data = file.read(READ_BYTES)
    text = decode(data, is_cut=True, after=file.read(veils.AROUND))
    view = read((text.text or "").encode("utf-8", "replace"), path=path, rows=rows)
    return replace(view, next_at=None, note=join_notes(text.note, view.note))


@dataclass(frozen=True)
class _Page:
    """Rows with the offsets at which they end, counted from the chunk's beginning."""

    rows: list[tuple[list[str], int]]
    more: bool
    note: str = ""


def _page(chunk: bytes, dialect: Dialect, rows: int) -> _Page:
    is_cut = len(chunk) > READ_BYTES
    found: list[tuple[list[str], int]] = []
    torn = ""
    try:
        for record in _records(chunk[:READ_BYTES], dialect):
            found.append(record)
            if len(found) > rows:
                break
    except csv.Error:
        torn = _("From here on it is not a table (an unclosed quote?).")
    if is_cut and found and not torn and len(found) <= rows:
        found.pop()  # the limit fell into this row
    if is_cut and not found and not torn:
        torn = _("This row is too long to show.")
    return _Page(found[:rows], is_cut or len(found) > rows, torn)


def _header(head: bytes, begin: int, dialect: Dialect) -> tuple[list[str], int]:
    """The row of names and where the rows after it begin; none where the first row is data."""
    if not dialect.has_header:
        return [], begin
    try:
        for record, end in _records(head[begin:], dialect):
            return record, begin + end
    except csv.Error:
        pass
    return [], begin


def _records(chunk: bytes, dialect: Dialect) -> Iterator[tuple[list[str], int]]:
    """Each record that is not an empty line, and the offset at which it ends."""
    encoding = _encoding(chunk)
    end = 0

    def lines() -> Iterator[str]:
        # Not `splitlines`, which also splits at form feeds and U+2028.
        nonlocal end
        while end < len(chunk):
            start, end = end, chunk.find(b"\n", end) + 1 or len(chunk)
            text = chunk[start:end].decode(encoding, "replace")
            text = f"{text[:-2]}\n" if text.endswith("\r\n") else text
            yield text.replace("\r", _RETURN)

    for row in csv.reader(lines(), delimiter=dialect.delimiter, quotechar=dialect.quote):
        if row:
            yield row, end


def _encoding(chunk: bytes) -> str:
    return "utf-8" if decode(chunk, is_cut=True).encoding in {"utf-8", "binary"} else "latin-1"


def _begins_line(file: BinaryIO, at: int) -> bool:
    file.seek(at - 1)
    return file.read(1) == b"\n"


def _before(
    file: BinaryIO, body: int, at: int, dialect: Dialect, rows: int
) -> tuple[int | None, int]:
    """Where the page before begins, and how many rows it has.

    A line begins a record if the quotes from there on are even: within a quoted cell they are odd.
    """
    if at <= body:
        return None, 0
    start = max(body, at - READ_BYTES)
    file.seek(start)
    window = file.read(at - start)
    quote = dialect.quote.encode()
    found, count, quotes, end = None, 0, 0, len(window)
    while end > 0 and count < rows:
        feed = window.rfind(b"\n", 0, end - 1)
        if feed < 0 and start > body:
            break
        line = window[feed + 1 : end]
        quotes += line.count(quote)
        end = feed + 1
        if quotes % 2 == 0 and line.strip(b"\r\n"):
            found, count = start + end, count + 1
    return found, count


def _formula_note(rows: list[list[str]]) -> str:
    count = sum(cells.is_formula(cell.replace(_RETURN, "\r")) for row in rows for cell in row)
    if not count:
        return ""
    return ngettext(
        "%(count)d cell would be taken for a formula by a spreadsheet.",
        "%(count)d cells would be taken for formulas by a spreadsheet.",
        count,
    ) % {"count": count}
