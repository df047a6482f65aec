"""Secrets on their way to a screen: veiled, or shown to a reader to whom they were revealed.

In a veiled text each secret is one character of a range that nobody uses, which `rendering.text`
draws as "•••• GitHub token, 40 characters". One character is never split by a lexer or a column
limit; equal secrets stay equal and different ones different, so that a diff of veiled texts is
true. What a character stands for is remembered as kind and length only, in this process only.
"""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from secrets import token_bytes

from reviews import secret_names, secret_patterns, secrets

_FIRST, _LAST = 0x100000, 0x10FFFD
AROUND = secret_patterns.LONGEST_KEY  # characters or bytes beyond a part that tell a secret in it
STAND_INS = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


@dataclass
class Reading:
    """What was met while a part of a page was drawn. `is_shown`: revealed to this reader."""

    is_shown: bool = False
    met: dict[bytes, str] = field(default_factory=dict)  # digest of a secret: its kind

    def meet(self, secret: str, kind: str) -> None:
        self.met[_digest(secret)] = kind

    @property
    def kinds(self) -> list[str]:
        return sorted(set(self.met.values()))

    def __len__(self) -> int:
        return len(self.met)


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading(*, is_shown: bool) -> Iterator[Reading]:
    """Draw a part of a page, with its secrets shown or masked, and count them."""
    here = Reading(is_shown)
    token = _reading.set(here)
    try:
        yield here
    finally:
        _reading.reset(token)


def current() -> Reading:
    """The reading that goes on; where there is none, one that shows nothing."""
    here = _reading.get()
    return Reading() if here is None else here  # an empty one is false


def veil(text: str) -> str:
    """The text with one character in place of each secret, unless the reader may see them."""
    found = secrets.find(text)
    return _veiled(text, found, _reading.get()) if found else text


def veil_part(
    text: str, start: int, stop: int, also: Callable[[str], list[secrets.Span]] | None = None
) -> str:
    """Characters ``start`` to ``stop``, veiled as they are in the whole text: a secret that lies
    across an edge is one in the part, however little of it that holds. ``also`` finds those that
    do not look like secrets, in a text from its beginning."""
    low = max(0, start - AROUND)
    near = text[low : stop + AROUND]
    found = secrets.find(near)
    if also is not None and not low:
        found = secrets.apart([*also(near), *found])
    return _veiled(near, found, _reading.get(), slice(start - low, min(stop, len(text)) - low))


def uncut(data: bytes, most: int) -> bytes:
    """The first ``most`` bytes, fewer where a secret would be cut; ``data`` goes on for at least
    ``AROUND`` bytes, or ends."""
    if len(data) <= most:
        return data
    low = max(0, most - AROUND)
    found = secrets.find(data[low : most + AROUND].decode("latin-1"))
    across = [low + span.start for span in found if low + span.start < most < low + span.end]
    return data[: min(across, default=most)]


def veil_member(name: str, value: object) -> str | None:
    """What stands for the value of a JSON member whose name says that it is secret, else None."""
    kind = secret_names.kind_of_member(name, value)
    if kind is None:
        return None
    text = value if isinstance(value, str) else str(getattr(value, "text", value))
    here = _reading.get()
    veiled = _veiled(text, [secrets.Span(0, len(text), kind, len(text))], here)
    return None if here and here.is_shown else veiled


def veil_by_names(names: Iterable[object], value: object) -> str | None:
    """The same for a value to which several names lead: one of them suffices."""
    found = (veil_member(name, value) for name in names if isinstance(name, str))
    return next((veiled for veiled in found if veiled is not None), None)


def veil_bytes(data: bytes, part: slice) -> bytes:
    """``data[part]`` with an asterisk for each byte of a secret, unless the reader may see them.

    What stands around the part is looked at too: a secret that begins before it is one in it.
    """
    text = data.decode("latin-1")
    start, stop, _step = part.indices(len(text))
    found = [span for span in secrets.find(text) if span.start < stop and span.end > start]
    here = _reading.get()
    shown = bytearray(data)
    for span in found:
        if here is not None:
            here.meet(text[span.start : span.end], span.kind)
        shown[span.start : span.end] = b"*" * (span.end - span.start)
    return data[part] if here is not None and here.is_shown else bytes(shown[part])


def is_hidden(text: str) -> bool:
    """Has the text secrets that this reader may not see? They count as met."""
    return veil(text) != text


def _veiled(
    text: str,
    found: list[secrets.Span],
    here: Reading | None = None,
    part: slice = slice(None),
) -> str:
    parts: list[str] = []
    at, stop, _step = part.indices(len(text))
    begin = at
    for span in found:
        if span.start >= stop or span.end <= at:
            continue
        secret = text[span.start : span.end]
        if here is not None and span.length:
            here.meet(secret, span.kind)
        parts += [text[at : span.start], _stand_ins.of(_digest(secret), span)]
        at = span.end
    if here is not None and here.is_shown:
        return text[begin:stop]
    return "".join([*parts, text[at:stop]])


# --- stand-ins ---

_KEY = token_bytes(32)


def _digest(secret: str) -> bytes:
    return hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=_KEY).digest()


class StandIns:
    """Which character stands for which secret, in this process; forgotten all at once when full."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._characters: dict[bytes, str] = {}
        self._spans: dict[str, tuple[str, int]] = {}

    def of(self, digest: bytes, span: secrets.Span) -> str:
        with self._lock:
            key = digest + b"+" * (not span.length)
            character = self._characters.get(key)
            if character is None:
                if len(self._characters) > _LAST - _FIRST:
                    self._characters.clear()
                    self._spans.clear()
                character = chr(_FIRST + len(self._characters))
                self._characters[key] = character
            self._spans[character] = span.kind, span.length
            return character

    def meaning(self, character: str) -> tuple[str, int] | None:
        """(kind, length) of the secret that it stands for."""
        return self._spans.get(character)


_stand_ins = StandIns()


def words_of(character: str) -> str:
    """What a reader reads in its place; "" for a character that stands for nothing."""
    meaning = _stand_ins.meaning(character)
    return secrets.words(*meaning) if meaning else ""
