"""Source text as coloured segments: Pygments reduced to ten classes, with limits.

Pygments' lexers are regular expressions met by hostile input, so colour is given up (never the
text) for large files, very long lines and lexers that take too long.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from pathlib import PurePosixPath

from django.utils.safestring import SafeString, mark_safe
from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.lexers import find_lexer_class_for_filename  # type: ignore[import-untyped]
from pygments.token import Token, _TokenType  # type: ignore[import-untyped]

from reviews.rendering.text import visible

COLOURED_CHARACTERS = 256 * 1024
COLOURED_LINE = 2_000
COLOURING_SECONDS = 1.0

# (class, text) pairs; a class of "" is plain.
Segment = tuple[str, str]

_CLASSES = (
    (Token.Comment.Preproc, "sy-d"),
    (Token.Comment, "sy-c"),
    (Token.Keyword.Constant, "sy-b"),
    (Token.Keyword, "sy-k"),
    (Token.Literal.Number, "sy-n"),
    (Token.Literal.String.Doc, "sy-c"),
    (Token.Literal, "sy-s"),
    (Token.Name.Function, "sy-f"),
    (Token.Name.Class, "sy-f"),
    (Token.Name.Builtin, "sy-b"),
    (Token.Name.Constant, "sy-b"),
    (Token.Name.Exception, "sy-b"),
    (Token.Name.Decorator, "sy-d"),
    (Token.Name.Attribute, "sy-d"),
    (Token.Name.Tag, "sy-k"),
    (Token.Operator.Word, "sy-k"),
    (Token.Generic.Heading, "sy-f"),
    (Token.Generic.Subheading, "sy-f"),
    (Token.Generic.Inserted, "sy-i"),
    (Token.Generic.Deleted, "sy-x"),
)


def lexer_for(path: str) -> Lexer | None:
    """A lexer by the file's name alone: guessing by content runs every lexer on hostile text."""
    name = PurePosixPath(path).name
    if not name or len(name) > 255:
        return None
    found = find_lexer_class_for_filename(name)
    return found(stripnl=False, ensurenl=False) if found and found.name != "Text only" else None


def segments(
    text: str, path: str, *, limit: int = COLOURED_CHARACTERS
) -> tuple[list[list[Segment]], str]:
    """Lines of `text` (split at line feeds, which are dropped) as segments, and the language.

    The segments of a line join to exactly that line. The language is "" where there is no colour,
    as for texts of more than `limit` characters.
    """
    lines = text.split("\n")
    lexer = lexer_for(path)
    if lexer is None or len(text) > limit:
        return [[("", line)] for line in lines], ""
    if max(map(len, lines)) > COLOURED_LINE:
        return [[("", line)] for line in lines], ""
    coloured = list(_coloured(lexer, text))
    if ["".join(piece for _class, piece in line) for line in coloured] != lines:
        return [[("", line)] for line in lines], ""
    return coloured, str(lexer.name)


def draw(line: Iterable[Segment], marked: Iterable[tuple[int, int]] = ()) -> SafeString:
    """One line of segments as HTML, the (start, end) character ranges of `marked` in `<mark>`.

    Ranges are sorted and do not overlap.
    """
    edges = [edge for span in marked for edge in span]
    if not edges:
        return mark_safe("".join(_drawn(name, piece) for name, piece in line))
    parts: list[str] = []
    position = 0
    is_open = False
    for name, piece in line:
        for start, end in _cuts(position, position + len(piece), edges):
            is_inside = bool(edges) and bisect_right(edges, start) % 2 == 1
            if is_inside != is_open:
                parts.append("<mark>" if is_inside else "</mark>")
                is_open = is_inside
            parts.append(_drawn(name, piece[start - position : end - position]))
        position += len(piece)
    if is_open:
        parts.append("</mark>")
    return mark_safe("".join(parts))


def _drawn(name: str, piece: str) -> str:
    html = visible(piece, multiline=True)
    return f'<span class="{escape(name)}">{html}</span>' if name else html


def _cuts(start: int, end: int, edges: list[int]) -> Iterator[tuple[int, int]]:
    for edge in edges[bisect_right(edges, start) :]:
        if edge >= end:
            break
        if start < edge:
            yield start, edge
            start = edge
    if start < end:
        yield start, end


def _coloured(lexer: Lexer, text: str) -> Iterator[list[Segment]]:
    line: list[Segment] = []
    read = 0
    give_up_at = time.monotonic() + COLOURING_SECONDS
    for start, kind, value in lexer.get_tokens_unprocessed(text):
        if start != read or time.monotonic() > give_up_at:
            break
        read += len(value)
        name = _class_of(kind)
        first, *others = value.split("\n")
        if first:
            _append(line, name, first)
        for piece in others:
            yield line
            line = [(name, piece)] if piece else []
    first, *others = text[read:].split("\n")
    if first:
        line.append(("", first))
    for piece in others:
        yield line
        line = [("", piece)]
    yield line


def _append(line: list[Segment], name: str, piece: str) -> None:
    if line and line[-1][0] == name:
        line[-1] = (name, line[-1][1] + piece)
    else:
        line.append((name, piece))


@lru_cache(maxsize=512)
def _class_of(kind: _TokenType) -> str:
    return next((name for token, name in _CLASSES if kind in token), "")
