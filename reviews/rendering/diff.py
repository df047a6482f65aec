"""Two versions of a file as hunks, changed words marked; agents' patches are in `patches`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering import columns, lines, syntax
from reviews.rendering.decoding import decode, join_notes
from reviews.rendering.rows import (
    LONGEST_LINE,
    Piece,
    Row,
    Undrawn,
    changed_rows,
    draw_line,
    with_no_final_feed,
)
from reviews.rendering.syntax import Segment

LIMIT_BYTES = 4 * 1024 * 1024
LIMIT_ROWS = 24_000  # two unlike files of 10,000 lines, and some
COLOURED_SIDE = 100_000
LINE_STEPS = 600_000
LIMIT_COUNTED = 512 * 1024
PIECE = 100  # rows: longer runs are cut, so that a page can draw a part of them


# ("=" equal or "~" changed, old start, old end, new start, new end), counted from 0.
Block = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Hunk:
    """`header` is the "@@ -1,4 +1,5 @@" line, as safe HTML.

    `span` is (old start, old end, new start, new end), counted from 0, where both files are known.
    """

    header: SafeString
    rows: Sequence[Row]
    span: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class DiffView:
    """`added` and `removed` count all lines, also where `note` says that not all are shown.

    `new_lines` is how long the new file is, 0 where its end is not shown. `file` (its number on
    the page), `lines_url` (where folded lines come from) and `parts_url` (where a long diff's later
    parts come from) are the page's to set.
    """

    hunks: list[Hunk] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    note: str = ""
    new_lines: int = 0
    file: int = 0
    lines_url: str = ""
    parts_url: str = ""


@dataclass(frozen=True)
class Side:
    """One version's lines; `coloured` is empty where they have no colours, and `has_final_feed`
    is false at a torn last line."""

    lines: list[str]
    coloured: list[list[Segment]]
    has_final_feed: bool

    def segments(self, start: int, stop: int) -> list[list[Segment]]:
        if self.coloured:
            return self.coloured[start:stop]
        return [[("", line)] for line in self.lines[start:stop]]


def unified(
    before: bytes | None, after: bytes | None, *, context: int = 3, path: str = ""
) -> DiffView:
    """What changed from `before` to `after`; None is a file that is not there.

    `path` chooses the colours. Lines are equal only if their bytes are, line ends included. Bytes
    that are not text, or more than `LIMIT_BYTES` of them, give no hunks and a note.
    """
    if before == after:
        return DiffView(note=_("No difference."))
    if max(len(before or b""), len(after or b"")) > LIMIT_BYTES:
        return DiffView(note=_("Too large to compare here."))
    texts = [decode(data or b"", also=columns.finder(path)) for data in (before, after)]
    old_text, new_text = texts[0].text, texts[1].text
    if old_text is None or new_text is None:
        return DiffView(note=_("Binary: the bytes differ."))
    ends = _note_on_ends(old_text, new_text)
    if not ends and "\r" in old_text + new_text:  # CRLF on both sides throughout: nothing to mark
        old_text, new_text = (text.replace("\r\n", "\n") for text in (old_text, new_text))
    old, new = (_side(text, path) for text in (old_text, new_text))
    budget = lines.Budget(LINE_STEPS)
    runs = lines.matches(_keys(old), _keys(new), budget)
    hunks, shown_all = _hunks(old, new, runs, context)
    kept = sum(size for _i, _j, size in runs)
    notes = [
        _("New file.") if before is None else "",
        _("File deleted.") if after is None else "",
        *dict.fromkeys(text.note for text in texts),
        ends,
        _("The same characters in another encoding.") if old_text == new_text else "",
        _("Only white space changes.") if _is_white(old_text, new_text) else "",
        _("Changed in so many places that some equal lines are shown as replaced.")
        if budget.is_spent
        else "",
        "" if shown_all else _("Only the first %(count)d lines are shown.") % {"count": LIMIT_ROWS},
    ]
    return DiffView(
        hunks,
        len(new.lines) - kept,
        len(old.lines) - kept,
        join_notes(*notes, _note_on_long(old, new)),
        len(new.lines) if shown_all else 0,
    )


def context_rows(data: bytes, path: str, start: int, stop: int, *, shift: int) -> list[Row]:
    """Unchanged lines `start` up to `stop` (from 0) of the new file, as rows.

    `shift` is the old line's number less the new one's.
    """
    after = data[LIMIT_BYTES : LIMIT_BYTES + veils.AROUND]
    also = columns.finder(path)
    text = decode(data[:LIMIT_BYTES], is_cut=bool(after), after=after, also=also).text
    if text is None:
        return []
    ends = text.count("\r")
    if ends and ends == text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    side = _side(text, path)
    low = max(0, start)
    rows = [
        Row(" ", at + 1 + shift, at + 1, draw_line(line))
        for at, line in enumerate(side.segments(low, max(low, stop)), low)
    ]
    if rows and stop >= len(side.lines) and not side.has_final_feed:
        rows[-1] = with_no_final_feed(rows[-1])
    return rows


def count(before: bytes, after: bytes) -> tuple[int, int] | None:
    """(lines added, lines removed); None where the bytes are not text or too many."""
    if max(len(before), len(after)) > LIMIT_COUNTED:
        return None
    texts = [decode(data).text for data in (before, after)]
    if texts[0] is None or texts[1] is None:
        return None
    old, new = (
        text.removesuffix("\n").split("\n") if text else [] for text in texts if text is not None
    )
    kept = sum(size for _i, _j, size in lines.matches(old, new, lines.Budget(LINE_STEPS // 4)))
    return len(new) - kept, len(old) - kept


def pairs(hunk: Hunk) -> list[tuple[Row | None, Row | None]]:
    """The hunk's rows side by side: context on both, removed beside added."""
    found: list[tuple[Row | None, Row | None]] = []
    removed: list[Row] = []
    added: list[Row] = []
    for row in hunk.rows:
        if row.kind == "-" and not added:
            removed.append(row)
        elif row.kind == "+":
            added.append(row)
        else:
            found.extend(zip_longest(removed, added))
            removed, added = ([row], []) if row.kind == "-" else ([], [])
            if row.kind == " ":
                found.append((row, row))
    return [*found, *zip_longest(removed, added)]


def _note_on_long(old: Side, new: Side) -> str:
    """Where a cut hides what changed, the place of the first difference."""
    if max(map(len, (*old.lines, *new.lines)), default=0) <= LONGEST_LINE:
        return ""
    said = _("Lines are cut after %(n)d characters.") % {"n": LONGEST_LINE}
    for one, other in zip(old.lines, new.lines, strict=False):
        if one != other and min(len(one), len(other)) > LONGEST_LINE:
            pairs_of = enumerate(zip(one, other, strict=False), 1)
            at = next((n for n, (a, b) in pairs_of if a != b), min(len(one), len(other)) + 1)
            return said + " " + _("The first one differs at character %(n)d.") % {"n": at}
    return said


def _is_white(old: str, new: str) -> bool:
    return old != new and bool(old and new) and old.split() == new.split()


def _note_on_ends(old: str, new: str) -> str:
    kinds = {_kind_of_ends(text) for text in (old, new) if text}
    if kinds == {"CRLF"} or kinds <= {"LF"}:
        return ""
    if kinds == {"LF", "CRLF"}:
        return _("The line ends change between LF and CRLF: each carriage return is marked.")
    return _("Mixed line ends: each carriage return is marked.")


def _kind_of_ends(text: str) -> str:
    returns = text.count("\r")
    if not returns:
        return "LF"
    return "CRLF" if returns == text.count("\r\n") == text.count("\n") else "mixed"


def _side(text: str, path: str) -> Side:
    has_final_feed = text.endswith("\n")
    body = text.removesuffix("\n")
    coloured: list[list[Segment]] = []
    if text and len(body) <= COLOURED_SIDE:
        coloured = syntax.segments(body, path, limit=COLOURED_SIDE)[0]
    return Side(body.split("\n") if text else [], coloured, has_final_feed)


def _keys(side: Side) -> list[str]:
    """Lines to compare; the last one differs from its twin when only one has a line feed."""
    if side.lines and not side.has_final_feed:
        return [*side.lines[:-1], side.lines[-1] + "\n"]
    return side.lines


def _hunks(
    old: Side, new: Side, runs: list[tuple[int, int, int]], context: int
) -> tuple[list[Hunk], bool]:
    hunks: list[Hunk] = []
    room = LIMIT_ROWS
    for group in _groups(runs, len(old.lines), len(new.lines), context):
        blocks: list[Block] = []
        for block in chain.from_iterable(map(_cut, group)):
            blocks.append(_first(block, room))
            room -= _size(blocks[-1])
            if not room:
                break
        span = (group[0][1], group[-1][2], group[0][3], group[-1][4])
        sizes = [_size(block) for block in blocks]
        hunks.append(Hunk(_header(group), Undrawn(sizes, _drawing(old, new, blocks)), span))
        if not room:
            return hunks, False
    return hunks, True


def _cut(block: Block) -> Iterator[Block]:
    """A long block in pieces; those of a change face each other, as far as both sides go."""
    kind, i0, i1, j0, j1 = block
    if i1 - i0 + j1 - j0 <= 2 * PIECE:
        yield block
        return
    for at in range(0, max(i1 - i0, j1 - j0), PIECE):
        i, j = min(i0 + at, i1), min(j0 + at, j1)
        yield kind, i, min(i + PIECE, i1), j, min(j + PIECE, j1)


def _first(block: Block, room: int) -> Block:
    """The block's first rows, `room` of them at most."""
    kind, i0, i1, j0, j1 = block
    i = min(i1, i0 + room)
    j = min(j1, j0 + (room if kind == "=" else room - (i - i0)))
    return kind, i0, i, j0, j


def _size(block: Block) -> int:
    kind, i0, i1, j0, j1 = block
    return i1 - i0 if kind == "=" else i1 - i0 + j1 - j0


def _drawing(
    old: Side, new: Side, blocks: list[Block]
) -> Callable[[int, int, lines.Budget], Iterator[Piece]]:
    def draw(start: int, stop: int, budget: lines.Budget) -> Iterator[Piece]:
        for kind, i0, i1, j0, j1 in blocks[start:stop]:
            if kind == "=":
                rows = [
                    Row(" ", i0 + at + 1, j0 + at + 1, draw_line(line))
                    for at, line in enumerate(new.segments(j0, j1))
                ]
            else:
                rows = changed_rows(
                    old.segments(i0, i1), new.segments(j0, j1),
                    old_no=i0 + 1, new_no=j0 + 1, budget=budget,
                )  # fmt: skip
            yield kind != "=", [_ended(row, old, new) for row in rows]

    return draw


def _ended(row: Row, old: Side, new: Side) -> Row:
    is_last_old = row.old_no == len(old.lines) and not old.has_final_feed
    is_last_new = row.new_no == len(new.lines) and not new.has_final_feed
    return with_no_final_feed(row) if is_last_old or is_last_new else row


def _groups(
    runs: list[tuple[int, int, int]], old_count: int, new_count: int, context: int
) -> Iterable[list[Block]]:
    """Blocks of change with up to `context` equal lines around them, neighbours together."""
    group: list[Block] = []
    i, j = 0, 0
    for at_i, at_j, size in [*runs, (old_count, new_count, 0)]:
        if i < at_i or j < at_j:
            group.append(("~", i, at_i, j, at_j))
        i, j = at_i + size, at_j + size
        is_last = i == old_count and j == new_count
        if not size:
            continue
        if not group:
            lead = min(context, size)
            if not is_last and lead:
                group.append(("=", i - lead, i, j - lead, j))
        elif is_last:
            group.append(("=", at_i, at_i + min(context, size), at_j, at_j + min(context, size)))
        elif size <= 2 * context:
            group.append(("=", at_i, i, at_j, j))
        else:
            yield [*group, ("=", at_i, at_i + context, at_j, at_j + context)]
            group = [("=", i - context, i, j - context, j)]
    if any(block[0] == "~" for block in group):
        yield group


def _header(group: list[Block]) -> SafeString:
    i0, i1, j0, j1 = group[0][1], group[-1][2], group[0][3], group[-1][4]
    old = f"{i0 + 1 if i1 > i0 else i0},{i1 - i0}"
    new = f"{j0 + 1 if j1 > j0 else j0},{j1 - j0}"
    return mark_safe(f"@@ -{old} +{new} @@")
