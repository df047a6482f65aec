"""Secrets in a table by the name of their column, found in its text: a table that is read as a
file, compared or searched hides the cells that its table view hides."""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from reviews import secret_names
from reviews.rendering.dialect import Dialect, sniff
from reviews.secrets import Span

_SUFFIXES = {".csv", ".tsv", ".tab"}
_SAMPLE = 256 * 1024  # characters, as many as the table view takes for its dialect

Finder = Callable[[str], list[Span]]


def finder(path: str, *, is_table: bool = False) -> Finder | None:
    """What finds the secret cells in a text from its beginning; None where it is no table."""
    if not is_table and PurePosixPath(path.lower()).suffix not in _SUFFIXES:
        return None
    return lambda text: list(_found(text, path))


def _found(text: str, path: str) -> Iterator[Span]:
    dialect = sniff(path, text[:_SAMPLE])
    if not dialect.has_header:
        return
    rows = _rows(text, dialect)
    header = next(rows, [])
    names = {
        at: name
        for at, (start, end) in enumerate(header)
        if secret_names.names_secret(name := text[start:end])
    }
    if not names:
        return
    for row in rows:
        for at, (start, end) in enumerate(row):
            if at in names and (kind := secret_names.kind_of_member(names[at], text[start:end])):
                yield from _lines(text, start, end, kind)


def _lines(text: str, start: int, end: int, kind: str) -> Iterator[Span]:
    """Lines stay lines: the length of the whole is on the first one."""
    length = end - start
    for line in text[start:end].split("\n"):
        if line:
            yield Span(start, start + len(line), kind, length)
            length = 0
        start += len(line) + 1


def _rows(text: str, dialect: Dialect) -> Iterator[list[tuple[int, int]]]:
    """Where the cells of each row that is not empty begin and end, without their quotes."""
    quote, comma = re.escape(dialect.quote), re.escape(dialect.delimiter)
    cell = re.compile(
        f"(?:{quote}(?P<quoted>(?:[^{quote}]|{quote}{quote})*+){quote}[^{comma}\n]*"
        f"|(?P<bare>[^{comma}\n]*))(?P<end>{comma}|\n|\\Z)"
    )
    row: list[tuple[int, int]] = []
    for found in cell.finditer(text):
        start, end = found.span("bare" if found["quoted"] is None else "quoted")
        if found["quoted"] is None and text[start:end].endswith("\r"):
            end -= 1
        row.append((start, end))
        if found["end"] != dialect.delimiter:
            if len(row) > 1 or start < end:
                yield row
            row = []
