"""The first rows of a CSV or TSV as plain text cells: nothing is computed, no file read whole."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.rendering.decoding import decode, join_notes
from reviews.rendering.text import visible

READ_BYTES = 1024 * 1024
LIMIT_COLUMNS = 100
LIMIT_CELL = 2_000
# The csv module refuses carriage returns outside quotes; this stands for them while it reads.
_RETURN = "\ue00d"
_FORMULA = ("=", "@", "+", "-", "\t", "\r")


@dataclass(frozen=True)
class TableView:
    """Safe HTML cells; `more` says that rows follow, `note` what was cut or is peculiar."""

    header: list[SafeString]
    rows: list[list[SafeString]]
    more: bool
    note: str


def read(source: bytes | BinaryIO, *, path: str = "", rows: int = 200) -> TableView:
    """The header and up to `rows` rows; reads at most `READ_BYTES` of the source.

    `.tsv` and `.tab` are split at tabs, others at the mark (`,` `;` tab or `|`) that the first
    line has most of.
    """
    head = source[: READ_BYTES + 1] if isinstance(source, bytes) else source.read(READ_BYTES + 1)
    is_cut = len(head) > READ_BYTES
    decoded = decode(head[:READ_BYTES], is_cut=is_cut)
    if decoded.text is None:
        return TableView([], [], False, decoded.note)
    text = decoded.text.replace("\r\n", "\n")
    torn = ""
    found: list[list[str]] = []
    try:
        for row in csv.reader(_lines(text), delimiter=_delimiter(path, text)):
            if row:
                found.append(row)
            if len(found) > rows + 1:
                break
    except csv.Error:
        torn = _("From here on it is not a table (an unclosed quote?).")
    if is_cut and found and not torn and len(found) <= rows + 1:
        found.pop()  # the limit fell into this row
    shown = found[: rows + 1]
    more = is_cut or len(found) > len(shown)
    widest = max(map(len, shown), default=0)
    notes = [
        decoded.note,
        torn,
        _("Only the first %(count)d of %(total)d columns are shown.")
        % {"count": LIMIT_COLUMNS, "total": widest}
        if widest > LIMIT_COLUMNS
        else "",
        _formula_note(shown),
        _("Rows differ in length.") if len({len(row) for row in shown}) > 1 else "",
    ]
    drawn = [[_cell(cell) for cell in row[:LIMIT_COLUMNS]] for row in shown]
    return TableView(drawn[0] if drawn else [], drawn[1:], more, join_notes(*notes))


def _lines(text: str) -> Iterator[str]:
    """Lines with their feeds; not `splitlines`, which also splits at form feeds and U+2028."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end].replace("\r", _RETURN)
        start = end


def _delimiter(path: str, text: str) -> str:
    if PurePosixPath(path.lower()).suffix in {".tsv", ".tab"}:
        return "\t"
    first = text.split("\n", 1)[0][:10_000]
    bare = "".join(first.split('"')[::2])
    return max(",;\t|", key=bare.count)


def _cell(text: str) -> SafeString:
    text = text.replace(_RETURN, "\r")
    if len(text) > LIMIT_CELL:
        text = f"{text[:LIMIT_CELL]}… (+{len(text) - LIMIT_CELL})"
    return visible(text, multiline=True)


def _formula_note(rows: list[list[str]]) -> str:
    count = sum(
        1 for row in rows for cell in row if cell.startswith(_FORMULA) and not _is_number(cell)
    )
    if not count:
        return ""
    return ngettext(
        "%(count)d cell would be taken for a formula by a spreadsheet.",
        "%(count)d cells would be taken for formulas by a spreadsheet.",
        count,
    ) % {"count": count}


def _is_number(cell: str) -> bool:
    bare = cell[1:].replace(".", "").replace(",", "").replace("%", "").replace(" ", "")
    return cell[:1] in "+-" and (not bare or bare.replace("e", "").replace("-", "").isdigit())
