"""What changed between two JSON values, place by place: for people who approve the difference."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

MOST_CHANGES = 200
MOST_ALIGNED = 400
Names = tuple[str, ...]


class Nothing:
    """No value on this side."""


NOTHING: Final = Nothing()


@dataclass(frozen=True)
class Change:
    """``path`` is as people write it (``items[2].sku``), by the new value's places; a removed
    one's by the old. ``before`` or ``after`` is ``NOTHING`` where there is no value."""

    path: str
    before: Any
    after: Any
    names: Names = ()  # of the objects' members that lead to it

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        if self.before is NOTHING:
            return "added"
        return "removed" if self.after is NOTHING else "changed"


def changes(before: Any, after: Any) -> tuple[list[Change], int]:
    """(the first ``MOST_CHANGES``, how many there are). Numbers differ if their digits do."""
    found = list(_changes(before, after, "", ()))
    return found[:MOST_CHANGES], len(found)


def is_same(before: Any, after: Any) -> bool:
    return bool(_key(before) == _key(after))


def _changes(before: Any, after: Any, path: str, names: Names) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            here = f"{path}.{name}" if path else str(name)
            old, new = before.get(name, NOTHING), after.get(name, NOTHING)
            yield from _pair(old, new, here, (*names, str(name)))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, path, names)
    elif not is_same(before, after):
        yield Change(path, before, after, names)


def _pair(before: Any, after: Any, path: str, names: Names) -> Iterator[Change]:
    if before is NOTHING or after is NOTHING:
        yield Change(path, before, after, names)
    else:
        yield from _changes(before, after, path, names)


def _of_lists(before: list[Any], after: list[Any], path: str, names: Names) -> Iterator[Change]:
    for old, new in _aligned(before, after):
        here = f"{path}[{new if new is not None else old}]"
        yield from _pair(
            NOTHING if old is None else before[old],
            NOTHING if new is None else after[new],
            here,
            names,
        )


def _aligned(before: list[Any], after: list[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of places; equal entries find each other where the lists are not too long."""
    if max(len(before), len(after)) > MOST_ALIGNED:
        for at in range(max(len(before), len(after))):
            yield (at if at < len(before) else None), (at if at < len(after) else None)
        return
    keys = [_key(each) for each in before], [_key(each) for each in after]
    for _what, i0, i1, j0, j1 in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        for step in range(max(i1 - i0, j1 - j0)):
            old, new = i0 + step, j0 + step
            yield (old if old < i1 else None), (new if new < j1 else None)


def _key(value: Any) -> Any:
    """Equal for values that are written alike: 1 is not 1.0, and no list is equal to a text."""
    if isinstance(value, dict):
        return "object", tuple((name, _key(value[name])) for name in sorted(value))
    if isinstance(value, list):
        return "array", tuple(_key(each) for each in value)
    written = getattr(value, "text", None)
    return type(value).__name__.replace("Numeral", "float"), written or repr(value)
