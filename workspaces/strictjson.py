"""JSON from strangers: limited before it is parsed, read strictly, written canonically.

Two readers of the same bytes must never see two documents, or what a reviewer approves is not
what an agent runs. So whatever JSON leaves open (repeated members, NaN, lone surrogates,
numbers beyond a double) is refused, and a number keeps the text it was written with.
The scanning is the standard library's; only a document that was refused is walked again in
Python, to say where (``workspaces.jsonplaces``).
"""

import json
import math
import re
from collections.abc import Callable
from itertools import accumulate
from json.encoder import encode_basestring
from typing import Any, cast

from workspaces import jsonplaces
from workspaces.errors import HandoffError, Problem, TooLarge
from workspaces.jsonplaces import LONGEST_INTEGER

JsonValue = dict[str, Any] | list[Any] | str | int | float | bool | None
JsonObject = dict[str, Any]

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64

_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (LONGEST_INTEGER + 1))
# Escapes that name no character: NUL and halves of surrogate pairs without their other half.
_BAD_ESCAPE = re.compile(
    rb"\\u0000"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_NULL = "the character \\u0000 is not taken"
_HALF = "this escape is half a surrogate pair and names no character"
_FLAT = frozenset({str, int, float, bool, type(None)})


class MalformedJson(HandoffError):
    """The bytes are not one JSON document; ``errors`` holds one Problem with the place."""

    code, status, title = "malformed-json", 400, "Not valid JSON"


class Numeral(float):
    """A float that remembers how it was written (``1.50``, ``1E5``, ``-0``)."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Numeral":
        self = float.__new__(cls, text)
        self.text = text
        return self

    def __reduce__(self) -> tuple[type["Numeral"], tuple[str]]:
        return Numeral, (self.text,)


class _Refused(Exception):
    """Raised by the parsing hooks, which know the fault but not the place."""


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Read one UTF-8 JSON document (RFC 8259) of at most ``max_bytes`` bytes.

    Raises ``TooLarge`` (413) or ``MalformedJson`` (400). Numbers are int, or float where the
    text has a fraction or an exponent; a float whose ``repr`` differs from its text is a
    ``Numeral``. Objects keep the order of their members.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"The document has {len(data):,} bytes; at most {max_bytes:,} are taken.")
    text = _decoded(data)
    # Equal lengths, so that a position here is a position in the document.
    plain = data.replace(b"\\\\", b"__")
    if b"\\u" in plain and (found := _BAD_ESCAPE.search(plain)):
        at = len(data[: found.start()].decode())
        is_null = found[0] == b"\\u0000"
        raise _malformed(text, max_depth, at, _NULL if is_null else _HALF)
    skeleton = b"".join(plain.replace(b'\\"', b"__").split(b'"')[::2])
    if _depth(skeleton) > max_depth:
        raise _malformed(text, max_depth, None, "the document is nested too deeply")
    decode = _careful if b"-0" in skeleton or _LONG_NUMBER.search(skeleton) else _quick
    try:
        return cast(JsonValue, decode(text))
    except json.JSONDecodeError as error:
        raise _malformed(text, max_depth, error.pos, _in_words(error.msg)) from None
    except _Refused as refusal:
        raise _malformed(text, max_depth, None, str(refusal)) from None


def reread(canonical: str) -> JsonValue:
    """A document of the desk's own, as ``dumps`` wrote it: no limit on its size, and twice the
    depth, for an answer holds what was taken some levels further in."""
    data = canonical.encode()
    return loads(data, max_bytes=len(data), max_depth=2 * MAX_DEPTH)


def dumps(value: object) -> str:
    """Canonical JSON: members sorted by code point, no spaces, numbers as they were written."""
    if not _has_numeral(value):
        return _encode(value)
    written: list[str] = []
    _write(value, written.append)
    return "".join(written)


def pretty(value: object) -> str:
    """The same document for people: canonical, indented by two spaces."""
    written: list[str] = []
    _write_indented(value, written.append, "\n")
    return "".join(written)


def _decoded(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        problem = Problem("", "the document starts with a byte order mark; leave it out", 1, 1)
        raise MalformedJson("The document starts with a byte order mark.", errors=[problem])
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line, column = jsonplaces.line_and_column(
            data[: error.start].decode(errors="replace"), None
        )
        problem = Problem("", f"byte {error.start} is not UTF-8", line, column)
        raise MalformedJson("The document is not UTF-8 text.", errors=[problem]) from None


def _depth(skeleton: bytes) -> int:
    """How deep the brackets nest at most; no recursion, and a parser's depth never exceeds it."""
    steps = skeleton.translate(_STEPS, _NOT_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0)


def _malformed(text: str, max_depth: int, at: int | None, detail: str) -> MalformedJson:
    problem = jsonplaces.first_fault(text, max_depth=max_depth, at=at, detail=detail)
    place = f" at line {problem.line}, column {problem.column}" if problem.line else ""
    return MalformedJson(
        f"The document is not valid JSON{place}: {problem.detail}.", errors=[problem]
    )


def _in_words(message: str) -> str:
    return {
        "Expecting value": "a value is missing here",
        "Extra data": "there is something after the end of the document",
        "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
        "Expecting ':' delimiter": "a colon is missing after the member's name",
        "Expecting property name enclosed in double quotes": "a member's name is missing here",
        "Unterminated string starting at": "this string has no closing quote",
        "Invalid control character at": "a bare control character; write it as an escape",
        "Invalid \\escape": "this escape is unknown",
        "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
    }.get(message, message[:1].lower() + message[1:])


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("a member is given twice")
    return members


def _float(text: str) -> float:
    value = float(text)
    if repr(value) == text:
        return value
    if math.isinf(value):
        raise _Refused("a number is too large")
    return Numeral(text)


def _integer(text: str) -> int | float:
    if len(text.removeprefix("-")) > LONGEST_INTEGER:
        raise _Refused(f"an integer has more than {LONGEST_INTEGER} digits")
    return Numeral(text) if text == "-0" else int(text)


def _constant(text: str) -> float:
    raise _Refused(f"{text} is not a JSON number")


def _decoder(parse_int: Callable[[str], Any]) -> Callable[[str], Any]:
    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_float=_float,
        parse_int=parse_int,
        parse_constant=_constant,
    ).decode


_quick = _decoder(int)  # the C scanner knows int itself and calls nothing
_careful = _decoder(_integer)
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def _has_numeral(value: object) -> bool:
    """Whether the C encoder, which writes every float by ``repr``, must be kept away."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is Numeral:
            return True
        if isinstance(item, dict | list | tuple):
            inner = item.values() if isinstance(item, dict) else item
            if not _FLAT.issuperset(map(type, inner)):
                waiting.extend(each for each in inner if type(each) not in _FLAT)
    return False


def _write(value: object, put: Callable[[str], object]) -> None:
    if isinstance(value, Numeral):
        put(value.text)
    elif isinstance(value, dict) and value:
        before = "{"
        for key in sorted(value):
            put(before + encode_basestring(key) + ":")
            _write(value[key], put)
            before = ","
        put("}")
    elif isinstance(value, list | tuple) and value:
        before = "["
        for item in value:
            put(before)
            _write(item, put)
            before = ","
        put("]")
    else:
        put(_encode(value))


def _write_indented(value: object, put: Callable[[str], object], newline: str) -> None:
    deeper = newline + "  "
    if isinstance(value, dict) and value:
        before = "{"
        for key in sorted(value):
            put(before + deeper + encode_basestring(key) + ": ")
            _write_indented(value[key], put, deeper)
            before = ","
        put(newline + "}")
    elif isinstance(value, list | tuple) and value:
        before = "["
        for item in value:
            put(before + deeper)
            _write_indented(item, put, deeper)
            before = ","
        put(newline + "]")
    else:
        _write(value, put)
