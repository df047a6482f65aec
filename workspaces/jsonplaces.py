"""Where something stands in a JSON text: JSON pointers to lines and columns, and back.

Only documents that were refused, or that hold a problem worth showing, are walked; the walk
gives up after ``BUDGET`` tokens, so that a hostile text costs no more than a parse or two.
"""

import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from workspaces.errors import Problem

LONGEST_INTEGER = 100
BUDGET = 200_000
LONGEST_POINTER = 1000

_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:(?P<mark>[\[\]{},:])|(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?+)'
    r'|(?P<word>[^ \t\n\r\[\]{},:"]++))',
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+(?P<real>[.eE].*)?")


@dataclass
class _Level:
    """One open object or array on the way to a token."""

    is_object: bool
    at: str | int | None = None  # the member or index the walk is in
    wants_name: bool = False
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Token:
    start: int
    text: str
    is_name: bool
    is_value: bool


def pointer(parts: Collection[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a path of member names and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def line_and_column(text: str, at: int | None) -> tuple[int, int]:
    """Line and column, both from 1, of a position in a text (None: its end)."""
    before = text if at is None else text[:at]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def places(text: str, pointers: Collection[str]) -> dict[str, tuple[int, int]]:
    """Line and column of each pointer's value; of one that is absent, its nearest parent's."""
    wanted = set(pointers)
    for each in pointers:
        while each:
            each = each.rpartition("/")[0]
            wanted.add(each)
    found: dict[str, tuple[int, int]] = {}
    levels: list[_Level] = []
    for token in _walk(text, levels):
        if token.is_value:
            here = _pointer_of(levels[:-1] if token.text in "[{" else levels)
            if here in wanted and here not in found:
                found[here] = line_and_column(text, token.start)
    answer = {}
    for each in pointers:
        nearest = each
        while nearest and nearest not in found:
            nearest = nearest.rpartition("/")[0]
        if nearest in found:
            answer[each] = found[nearest]
    return answer


def with_places(data: bytes | None, problems: Collection[Problem]) -> list[Problem]:
    """The same problems with the lines and columns of their pointers in ``data``."""
    if data is None or not problems:
        return list(problems)
    found = places(data.decode(), [each.pointer for each in problems])
    return [
        Problem(each.pointer, each.detail, *found.get(each.pointer, (None, None)))
        for each in problems
    ]


def first_fault(text: str, *, max_depth: int, at: int | None, detail: str) -> Problem:
    """Why a text is not strict JSON: its first fault, or the parser's (``at``, ``detail``)."""
    levels: list[_Level] = []
    position, words, where = at, detail, ""
    for token in _walk(text, levels):
        fault = _fault(token, levels, max_depth)
        if at is not None and token.start + len(token.text) > at:
            where = _pointer_of(levels)
            break
        if fault:
            position, words, where = token.start, fault, _pointer_of(levels)
            break
    else:
        where = _pointer_of(levels) if at is not None else ""
    where = where[:LONGEST_POINTER]
    if position is None:
        return Problem(where, words)
    return Problem(where, words, *line_and_column(text, position))


def _fault(token: _Token, levels: list[_Level], max_depth: int) -> str | None:
    if len(levels) > max_depth:
        return f"the document is nested more than {max_depth} levels deep"
    if token.is_name:
        name = _name(token.text)
        if name in levels[-1].names:
            return f"the member {token.text[:100]} is given twice"
        levels[-1].names.add(name)
    elif token.is_value and token.text[0] not in '"[{':
        return _fault_of_number(token.text)
    return None


def _fault_of_number(word: str) -> str | None:
    if word in ("NaN", "Infinity", "-Infinity"):
        return f"{word} is not a JSON number"
    if not (found := _NUMBER.fullmatch(word)):
        return None
    if not found["real"]:
        too_long = len(word.removeprefix("-")) > LONGEST_INTEGER
        return f"an integer may have {LONGEST_INTEGER} digits at most" if too_long else None
    try:
        return "this number is too large" if math.isinf(float(word)) else None
    except ValueError:
        return None


def _walk(text: str, levels: list[_Level]) -> Iterator[_Token]:
    """The tokens of a text that may be broken; ``levels`` is the way to the current one."""
    position = 0
    for _ in range(BUDGET):
        found = _TOKEN.match(text, position)
        if found is None:
            return
        position = found.end()
        kind = found.lastgroup or ""
        token, start = found[kind], found.start(kind)
        top = levels[-1] if levels else None
        if token in ("]", "}"):
            if not levels:
                return
            levels.pop()
        elif token == ",":
            if top and top.is_object:
                top.wants_name = True
            elif top and isinstance(top.at, int):
                top.at += 1
        elif token == ":":
            pass
        elif kind == "string" and top and top.wants_name:
            top.at, top.wants_name = _name(token), False
            yield _Token(start, token, is_name=True, is_value=False)
        else:
            if token in ("[", "{"):
                is_object = token == "{"
                levels.append(_Level(is_object, None if is_object else 0, wants_name=is_object))
            yield _Token(start, token, is_name=False, is_value=True)


def _name(token: str) -> str:
    """A member's name, safe to send and to store: what names no character is replaced."""
    try:
        name = str(json.loads(token))
    except ValueError:
        name = token.strip('"')
    return name.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _pointer_of(levels: list[_Level]) -> str:
    return pointer([level.at for level in levels if level.at is not None])
