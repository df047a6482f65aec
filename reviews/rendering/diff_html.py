"""A diff as HTML, made without templates: ten thousand rows in some tens of milliseconds.

One markup serves both looks. A row holds the old number, the new number, the line, and for an
unchanged line its twin, which only the side-by-side look shows; `static/css/diff.css` puts the
removed and added rows of one block beside each other where there is room. Rows come in chunks
that the browser need not lay out before they are near (`content-visibility`).
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.rendering.diff import DiffView, Hunk, Row

CHUNK = 100
STEP = 20


def draw(
    hunks: Iterable[Hunk], *, file: int = 0, new_lines: int = 0, lines_url: str = ""
) -> SafeString:
    """The rows of `hunks` in chunks, with what is folded between them.

    With `file` the rows have ids, "file-3-L12" for line 12 of the new file 3 and "file-3-O12" of
    the old one. Folds can be opened where hunks know their place and `lines_url` is given.
    """
    parts: list[str] = []
    at, shift = 0, 0  # the new file's next line, and the old number less the new one
    for hunk in hunks:
        if hunk.span:
            _old_start, old_end, new_start, new_end = hunk.span
            parts.append(fold(at, new_start, shift=shift, file=file, url=lines_url))
            at, shift = new_end, old_end - new_end
        parts.append(f'<div class="hunk">{hunk.header}</div>')
        parts.extend(chunks(hunk.rows, file=file))
    if new_lines and at:
        parts.append(fold(at, new_lines, shift=shift, file=file, url=lines_url))
    return mark_safe("".join(parts))


def of_view(view: DiffView) -> SafeString:
    return draw(view.hunks, file=view.file, new_lines=view.new_lines, lines_url=view.lines_url)


def chunks(rows: list[Row], *, file: int = 0) -> Iterator[str]:
    """Rows as `<div class="ch">` of about `CHUNK` rows each, blocks of change kept whole."""
    held: list[str] = []
    count = 0
    for is_change, group in groupby(rows, key=lambda row: row.kind != " "):
        found = list(group)
        pieces = _blocks(found) if is_change else _cut(found, CHUNK)
        for piece in pieces:
            if count and count + len(piece) > CHUNK:
                yield _chunk(held)
                held, count = [], 0
            drawn = "".join(_row(row, file) for row in piece)
            held.append(f'<div class="b">{drawn}</div>' if is_change else drawn)
            count += len(piece)
    if held:
        yield _chunk(held)


def fold(start: int, stop: int, *, shift: int, file: int, url: str) -> str:
    """What stands for the unchanged lines `start` up to `stop` (from 0): "" for none."""
    count = stop - start
    if count <= 0:
        return ""
    said = ngettext("%(n)d unchanged line", "%(n)d unchanged lines", count) % {"n": count}
    if not url:
        return f'<div class="fold">{said}</div>'
    query = {"start": start, "stop": stop, "shift": shift}
    links = [(_("Show all"), "all")] if count <= STEP else [
        (_("Show %(n)d more") % {"n": STEP}, "some"), (_("Show all"), "all"),
    ]  # fmt: skip
    drawn = "".join(
        f'<a class="link" href="{escape(url)}&amp;{urlencode({**query, "take": take})}"'
        f' data-fold-lines="{take}">{label}</a>'
        for label, take in links
    )
    place = f'data-start="{start}" data-stop="{stop}"'
    return f'<div class="fold" {place}><span>{said}</span>{drawn}</div>'


def _blocks(rows: list[Row]) -> Iterator[list[Row]]:
    """One block of removed and added rows; a huge one in pieces that face each other."""
    if len(rows) <= 2 * CHUNK:
        yield rows
        return
    removed = [row for row in rows if row.kind == "-"]
    added = [row for row in rows if row.kind == "+"]
    for at in range(0, max(len(removed), len(added)), CHUNK):
        yield removed[at : at + CHUNK] + added[at : at + CHUNK]


def _cut(rows: list[Row], size: int) -> Iterator[list[Row]]:
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


def _chunk(parts: list[str]) -> str:
    return f'<div class="ch">{"".join(parts)}</div>'


def _row(row: Row, file: int) -> str:
    old, new = row.old_no, row.new_no
    if file:
        place = f"L{new}" if new is not None else f"O{old}"
        opening = f' id="file-{file}-{place}" tabindex="-1">'
    else:
        opening = ">"
    if row.kind == "+":
        return f'<div class="a"{opening}<i></i><i>{new}</i><p>{row.html}</p></div>'
    if row.kind == "-":
        return f'<div class="d"{opening}<i>{old}</i><i></i><p>{row.html}</p></div>'
    return f"<div{opening}<i>{old}</i><i>{new}</i><p>{row.html}</p><p>{row.html}</p></div>"
