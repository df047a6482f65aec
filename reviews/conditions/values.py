"""Typed comparison of JSON values: what is of another type is never equal, less or greater."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def type_of(value: object) -> str:
    """The name of a JSON type; a number may remember how it was written (strictjson.Numeral)."""
    return _TYPES.get(type(value)) or ("number" if isinstance(value, float) else "object")


def is_same(value: object, wanted: object) -> bool:
    return type_of(value) == type_of(wanted) and bool(value == wanted)


def asking(op: str, wanted: Any) -> Callable[[Sequence[Any]], bool]:
    """``holds`` of one question, made ready: it is asked of every handoff and rule."""
    compare = _COMPARE.get(op)
    if compare is None:
        return lambda values: holds(op, values, wanted)
    kind = type_of(wanted)

    def test(values: Sequence[Any]) -> bool:
        for value in values:  # noqa: SIM110 - a third faster
            if type_of(value) == kind and compare(value, wanted):
                return True
        return False

    return test


def holds(op: str, values: Sequence[Any], wanted: Any) -> bool:
    """Does ``op`` hold for one of ``values``? "ne": there is a value of that type and none is
    equal; beside null every other value counts as different."""
    if op == "exists":
        return bool(values) is wanted
    if op == "ne":
        if wanted is None:
            return bool(values) and None not in values
        found = [value for value in values if type_of(value) == type_of(wanted)]
        return bool(found) and all(value != wanted for value in found)
    return any(_fits(op, value, wanted) for value in values)


def is_comparable(op: str, value: object, wanted: Any) -> bool:
    """Whether the types allow the question at all; says why a leaf is false."""
    if op == "in":
        return any(type_of(value) == type_of(each) for each in wanted)
    if op == "contains":
        return isinstance(value, list) or (isinstance(value, str) and isinstance(wanted, str))
    return op == "exists" or type_of(value) == type_of(wanted) or (op == "ne" and wanted is None)


def _fits(op: str, value: Any, wanted: Any) -> bool:
    if op == "in":
        return any(is_same(value, each) for each in wanted)
    if op == "contains":
        if isinstance(value, list):
            return any(is_same(each, wanted) for each in value)
        return (
            isinstance(value, str)
            and isinstance(wanted, str)
            and wanted.casefold() in value.casefold()
        )
    return type_of(value) == type_of(wanted) and bool(_COMPARE[op](value, wanted))


def at_pointer(value: object, parts: Sequence[str]) -> tuple[object, ...]:
    """The value at a JSON pointer's parts, () where there is none."""
    for part in parts:
        if isinstance(value, dict):
            if part not in value:
                return ()
            value = value[part]
        elif isinstance(value, list) and part.isascii() and part.isdigit():
            if str(int(part[:9])) != part or int(part) >= len(value):
                return ()
            value = value[int(part)]
        else:
            return ()
    return (value,)


def parts_of(pointer: str) -> tuple[str, ...]:
    """The parts of a JSON pointer (RFC 6901); () for "", the whole value."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
