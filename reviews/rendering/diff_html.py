"""A diff as HTML, made without templates: ten thousand rows in some tens of milliseconds.

One markup serves both looks. A row holds the old number, the new number, the line, and for an
unchanged line its twin, which only the side-by-side look shows; `static/css/diff.css` puts the
removed and added rows of one block beside each other where there is room. Rows come in chunks
that the browser need not lay out before they are near (`content-visibility`). A long diff comes
in parts: the page has the first and places for the others, which `static/js/parts.js` fills.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.rendering import lines
from reviews.rendering.diff import DiffView, Hunk
from reviews.rendering.rows import WORD_STEPS, Piece, Row, Undrawn

CHUNK = 100
STEP = 20
AT_ONCE = 1_500  # rows that come with their page
FIRST_PART = 400  # of more than these: some screens high
PART = 2_000


@dataclass(frozen=True)
class Item:
    """A chunk, a fold or a hunk's line: rows it has, and how it is drawn."""

    size: int
    draw: Callable[[lines.Budget], str]


def draw(
    hunks: Iterable[Hunk], *, file: int = 0, new_lines: int = 0, lines_url: str = ""
) -> SafeString:
    """The rows of `hunks` in chunks, with what is folded between them.

    With `file` the rows have ids, "file-3-L12" for line 12 of the new file 3 and "file-3-O12" of
    the old one. Folds can be opened where hunks know their place and `lines_url` is given.
    """
    return _drawn(_items(hunks, file, new_lines, lines_url))


def of_view(view: DiffView) -> SafeString:
    """All of it; of a long one that has a `parts_url` the first part, and places for the rest."""
    first, *rest = _parts(view)
    return mark_safe(
        _drawn(first) + "".join(_place(view, number, part) for number, part in enumerate(rest, 1))
    )


def of_part(view: DiffView, number: int) -> SafeString | None:
    """What comes into the place of that number; None where there is no such place."""
    parts = _parts(view)
    return _drawn(parts[number]) if 0 < number < len(parts) else None


def highest(hunks: list[Hunk]) -> int:
    """The largest number of a line; nothing is drawn for it."""
    if not hunks:
        return 0
    last = hunks[-1]
    if last.span:
        return max(last.span[1], last.span[3])
    return max((row.new_no or row.old_no or 0 for row in last.rows[-1:]), default=0)


def chunks(rows: Sequence[Row], *, file: int = 0) -> Iterator[str]:
    """Rows as `<div class="ch">` of about `CHUNK` rows each, blocks of change kept whole."""
    budget = lines.Budget(WORD_STEPS)
    for item in _chunks(rows, file):
        yield item.draw(budget)


def _drawn(items: Iterable[Item]) -> SafeString:
    budget = lines.Budget(WORD_STEPS)  # each part has its own: it looks the same drawn alone
    return mark_safe("".join(item.draw(budget) for item in items))


def _parts(view: DiffView) -> list[list[Item]]:
    items = list(_items(view.hunks, view.file, view.new_lines, view.lines_url))
    if not view.parts_url or sum(item.size for item in items) <= AT_ONCE:
        return [items]
    parts: list[list[Item]] = [[]]
    count, most = 0, FIRST_PART
    for item in items:
        if item.size and count >= most:
            parts.append([])
            count, most = 0, PART
        parts[-1].append(item)
        count += item.size
    return parts


def _place(view: DiffView, number: int, part: list[Item]) -> str:
    """Where a part will stand: `data-chunks` tells how high it will be."""
    rows = sum(item.size for item in part)
    count = sum(1 for item in part if item.size)
    said = ngettext("Show %(n)d more line", "Show %(n)d more lines", rows) % {"n": rows}
    url = f"{escape(view.parts_url)}&amp;part={number}"
    return (
        f'<div class="fold" data-rest="{url}" data-chunks="{count}">'
        f'<a class="link" href="{url}">{said}</a></div>'
    )


def _items(hunks: Iterable[Hunk], file: int, new_lines: int, url: str) -> Iterator[Item]:
    at, shift = 0, 0  # the new file's next line, and the old number less the new one
    for hunk in hunks:
        if hunk.span:
            _old_start, old_end, new_start, new_end = hunk.span
            yield _still(fold(at, new_start, shift=shift, file=file, url=url))
            at, shift = new_end, old_end - new_end
        yield _still(f'<div class="hunk">{hunk.header}</div>')
        yield from _chunks(hunk.rows, file)
    if new_lines and at:
        yield _still(fold(at, new_lines, shift=shift, file=file, url=url))


def _still(html: str) -> Item:
    return Item(0, lambda _budget: html)


def _chunks(rows: Sequence[Row], file: int) -> Iterator[Item]:
    undrawn = rows if isinstance(rows, Undrawn) else _grouped(rows)
    start = count = 0
    for at, size in enumerate(undrawn.sizes):
        if count and count + size > CHUNK:
            yield _chunk(undrawn, start, at, count, file)
            start, count = at, 0
        count += size
    if count:
        yield _chunk(undrawn, start, len(undrawn.sizes), count, file)


def _chunk(undrawn: Undrawn, start: int, stop: int, size: int, file: int) -> Item:
    def draw(budget: lines.Budget) -> str:
        parts = ['<div class="ch">']
        for is_change, rows in undrawn.draw(start, stop, budget):
            drawn = "".join([_row(row, file) for row in rows])
            parts.append(f'<div class="b">{drawn}</div>' if is_change else drawn)
        return "".join([*parts, "</div>"])

    return Item(size, draw)


def _grouped(rows: Iterable[Row]) -> Undrawn:
    """Rows that are drawn already, the removed and added ones of one block together."""
    pieces: list[Piece] = []
    for is_change, group in groupby(rows, key=lambda row: row.kind != " "):
        found = list(group)
        pieces += [
            (is_change, piece) for piece in (_blocks(found) if is_change else _cut(found, CHUNK))
        ]
    return Undrawn(
        [len(piece) for _is_change, piece in pieces],
        lambda start, stop, _budget: iter(pieces[start:stop]),
    )


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
