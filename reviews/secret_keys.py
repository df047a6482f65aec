"""Private keys in a text: blocks of many lines, whole or torn, quoted, indented or in a patch."""

import re
from collections.abc import Iterator

from reviews.secret_patterns import KEY_LINE, LONGEST_KEY, PRIVATE_KEY, PRIVATE_KEY_END

_LEAD = re.compile(r"[ \t>|*#+]{0,40}+(?:-(?=[A-Za-z0-9+/=]|-{5}E))?")
LONGEST_LINES = 400

Block = tuple[int, int, str, int]


def blocks(text: str) -> Iterator[Block]:
    """(start, end, "private_key", length) of each line of each key: lines stay lines, and what
    stands before them (a patch's sign, a quotation's bracket) stays visible. The length is of
    the whole key on its first line and 0 on the others."""
    at = 0
    while (dashes := text.find("PRIVATE KEY", at)) >= 0:
        at = dashes + 11
        line = text.rfind("\n", 0, dashes) + 1
        near = max(line, dashes - 80)
        if opening := PRIVATE_KEY.search(text, near, dashes + 30):
            end = _end(text, opening.end())
            yield from _lines(text, opening.start(), end)
            at = max(at, end)
        elif closing := PRIVATE_KEY_END.search(text, near, dashes + 30):
            yield from _lines(text, _start(text, closing.start()), closing.end())


def _end(text: str, start: int) -> int:
    """Behind the END line; for a torn key, behind its last line."""
    following = text.find("-----", start, start + LONGEST_KEY)
    closing = PRIVATE_KEY_END.search(text, following, following + 80) if following >= 0 else None
    if closing:
        return closing.end()
    end = _line_end(text, start)
    for _line in range(LONGEST_LINES):
        following = _line_end(text, end + 1)
        lead = _LEAD.match(text, end + 1, max(following, end + 1))
        if end + 1 >= len(text) or lead is None or lead.end() >= following:
            break
        if not KEY_LINE.match(text[lead.end() : following].rstrip("\r")):
            break
        end = following
    return end


def _start(text: str, end: int) -> int:
    """The beginning of the body whose BEGIN line is not there."""
    start = text.rfind("\n", 0, end) + 1
    for _line in range(LONGEST_LINES):
        before = text.rfind("\n", 0, max(start - 1, 0)) + 1
        lead = _LEAD.match(text, before, start)
        body = text[lead.end() if lead else before : max(start - 1, before)].rstrip("\r")
        if start == 0 or len(body) < 16 or not KEY_LINE.match(body):
            break
        start = before
    return start


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at, at + LONGEST_KEY)
    return end if end >= 0 else min(len(text), at + LONGEST_KEY)


def _lines(text: str, start: int, end: int) -> Iterator[Block]:
    length = end - start
    while start < end:
        stop = min(_line_end(text, start), end)
        last = stop - 1 if text[stop - 1 : stop] == "\r" else stop
        lead = _LEAD.match(text, start, last)
        first = lead.end() if lead and length == 0 else start
        if first < last:
            yield first, last, "private_key", length
            length = 0
        start = stop + 1
