"""The rows of a diff: drawn at once, or known by their number and drawn when they are wanted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reviews.rendering import lines, syntax, words
from reviews.rendering.syntax import Segment
from reviews.rendering.text import mark

WORD_STEPS = 200_000
LONGEST_LINE = 5_000  # characters drawn of a line: a megabyte of it would freeze the page


@dataclass(frozen=True)
class Row:
    """One line: `kind` is "+", "-" or " "; numbers count from 1 and are None on the other side."""

    kind: str
    old_no: int | None
    new_no: int | None
    html: SafeString


# Rows that stand together, and whether they are a change.
Piece = tuple[bool, list[Row]]


class Undrawn(Sequence[Row]):
    """Rows in pieces that are not drawn yet; whoever reads it as a sequence has all drawn.

    ``sizes`` are the rows of each piece. ``draw`` makes those from one piece up to another and
    spends the budget on the words that changed. There are no objects a piece: of 10,000 the
    collector alone would take longer than the comparison.
    """

    def __init__(
        self, sizes: list[int], draw: Callable[[int, int, lines.Budget], Iterator[Piece]]
    ) -> None:
        self.sizes = sizes
        self.draw = draw

    def __len__(self) -> int:
        return sum(self.sizes)

    def __iter__(self) -> Iterator[Row]:
        for _is_change, rows in self.draw(0, len(self.sizes), lines.Budget(WORD_STEPS)):
            yield from rows

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]


def changed_rows(
    removed: list[list[Segment]],
    added: list[list[Segment]],
    *,
    old_no: int,
    new_no: int,
    budget: lines.Budget,
) -> list[Row]:
    """Rows of one block of change, numbered from `old_no` and `new_no`, words marked in pairs."""
    marks = [
        words.changed(_joined(old), _joined(new), budget)
        for old, new in zip(removed, added, strict=False)
    ]
    gone = [
        Row("-", old_no + at, None, draw_line(line, marks[at][0] if at < len(marks) else ()))
        for at, line in enumerate(removed)
    ]
    come = [
        Row("+", None, new_no + at, draw_line(line, marks[at][1] if at < len(marks) else ()))
        for at, line in enumerate(added)
    ]
    return gone + come


def with_no_final_feed(row: Row) -> Row:
    """The row of a last line without a line feed, saying so."""
    note = mark(_("no newline"), _("No newline at the end"))
    return Row(row.kind, row.old_no, row.new_no, mark_safe(row.html + note))


def draw_line(line: list[Segment], marked: Iterable[tuple[int, int]] = ()) -> SafeString:
    """One line, its end cut off where it is longer than a page can hold."""
    length = sum(len(piece) for _class, piece in line)
    if length <= LONGEST_LINE:
        return syntax.draw(line, marked)
    head = _joined(line)[:LONGEST_LINE]  # a line this long has no colours, and no words marked
    more = _("%(n)d more characters") % {"n": length - LONGEST_LINE}
    return mark_safe(syntax.draw([("", head)]) + mark("…", more))


def _joined(line: list[Segment]) -> str:
    return "".join(piece for _class, piece in line)
