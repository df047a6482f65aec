"""Checks a value against the protocol's schemas and says in words what is wrong.

This walks the keywords that those schemas use, and no others: ``unknown_keywords``
guards that, and a property test compares every verdict with the jsonschema library's. It exists
because that library took 240 ms where this takes 15 (a full document of 2,000 messages), can be
kept busy for half a minute by 2 MiB of small entries, and speaks of "anyOf". Schemas that come
from agents (``args_schema``) are the library's work: ``reviews.schema.arguments``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from reviews.schema import dates, words

Path = tuple[str | int, ...]
Schema = Mapping[str, Any]
MOST_FAULTS = 100

_KNOWN = frozenset({
    "$schema", "$id", "$defs", "$ref", "title", "description", "default",
    "type", "const", "enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
    "required", "properties", "minProperties", "maxProperties",
    "items", "minItems", "maxItems", "uniqueItems", "anyOf", "not", "if", "then",
})  # fmt: skip


@dataclass(frozen=True)
class Fault:
    path: Path
    words: str


def faults(value: object, root: Schema) -> list[Fault]:
    """Everything wrong with a value, in the document's order, at most ``MOST_FAULTS``."""
    found: list[Fault] = []
    for fault in _check(value, root, root, ()):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def resolved(schema: Schema, root: Schema) -> Schema:
    """The schema that a local ``$ref`` names, else the schema itself."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def branch(value: object, schema: Schema, root: Schema) -> Schema:
    """The alternative of an ``anyOf`` that is meant: the first whose type the value has."""
    schema = resolved(schema, root)
    for each in schema.get("anyOf", ()):
        choice = resolved(each, root)
        if "type" in choice and _is_a(value, choice["type"]):
            return branch(value, choice, root)
    return schema


def unknown_keywords(schema: object) -> set[str]:
    """Keywords that a schema uses and this module would ignore."""
    if not isinstance(schema, dict):
        return set()
    found = set(schema) - _KNOWN
    for name in ("properties", "$defs"):
        for each in schema.get(name, {}).values():
            found |= unknown_keywords(each)
    for name in ("items", "not", "if", "then"):
        found |= unknown_keywords(schema.get(name))
    for each in schema.get("anyOf", ()):
        found |= unknown_keywords(each)
    return found


def _check(value: object, schema: Schema, root: Schema, at: Path) -> Iterator[Fault]:
    schema = resolved(schema, root)
    if "anyOf" in schema:
        yield from _check_choice(value, schema, root, at)
    if "type" in schema and not _is_a(value, schema["type"]):
        yield Fault(at, words.must_be(schema))
        return
    if "const" in schema and not _same(value, schema["const"]):
        yield Fault(at, words.must_be(schema))
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        yield Fault(at, words.must_be(schema))
    if isinstance(value, str):
        yield from _check_string(value, schema, at)
    elif isinstance(value, dict):
        yield from _check_object(value, schema, root, at)
    elif isinstance(value, list):
        yield from _check_list(value, schema, root, at)
    elif isinstance(value, int | float) and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
    ):
        yield Fault(at, words.must_be(schema))
    if "not" in schema and not _has_fault(value, schema["not"], root):
        both = words.listed(list(schema["not"]["required"]), "and")
        yield Fault(at, f"must not have both {both}")
    if "if" in schema and not _has_fault(value, schema["if"], root):
        yield from _check(value, schema["then"], root, at)


def _check_choice(value: object, schema: Schema, root: Schema, at: Path) -> Iterator[Fault]:
    choices = [resolved(each, root) for each in schema["anyOf"]]
    if not all(_has_fault(value, each, root) for each in choices):
        return
    fitting = [each for each in choices if "type" in each and _is_a(value, each["type"])]
    if fitting:
        yield from _check(value, fitting[0], root, at)
    elif all(set(each) == {"required"} for each in choices):
        names = [name for each in choices for name in each["required"]]
        yield Fault(at, f"must have {words.listed(names)}")
    else:
        yield Fault(at, words.must_be({"anyOf": choices}))


def _check_string(value: str, schema: Schema, at: Path) -> Iterator[Fault]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield Fault(at, words.must_be(schema))
    elif "pattern" in schema and not _pattern(schema["pattern"])(value):
        known = words.PATTERNS.get(schema["pattern"])
        yield Fault(at, known or f"must match the pattern {schema['pattern']}")
    elif schema.get("format") == "date-time" and dates.parse(value) is None:
        yield Fault(at, "must be a date and time with its offset, like 2026-11-23T09:00:00Z")


def _check_object(value: dict[str, Any], schema: Schema, root: Schema, at: Path) -> Iterator[Fault]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault((*at, name), "is required")
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        yield Fault(at, words.must_be(schema))
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            yield from _check(value[name], inner, root, (*at, name))


def _check_list(value: list[Any], schema: Schema, root: Schema, at: Path) -> Iterator[Fault]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield Fault(at, words.must_be(schema))
        return  # the entries of a list that is too long are not looked at: they may be many
    if "items" in schema:
        inner = resolved(schema["items"], root)
        if set(inner) == {"type"} and all(_is_a(item, inner["type"]) for item in value):
            return  # a list without limit, so quickly
        for index, item in enumerate(value):
            yield from _check(item, inner, root, (*at, index))
    if schema.get("uniqueItems"):
        seen = set()
        for index, item in enumerate(value):
            if isinstance(item, str) and item in seen:
                yield Fault((*at, index), f'repeats "{item[:100]}"')
            elif isinstance(item, str):
                seen.add(item)


def _has_fault(value: object, schema: Schema, root: Schema) -> bool:
    return next(_check(value, schema, root, ()), None) is not None


def _same(value: object, other: object) -> bool:
    return value == other and isinstance(value, bool) == isinstance(other, bool)


def _is_a(value: object, kind: str | list[str]) -> bool:
    if isinstance(kind, list):
        return any(_is_a(value, each) for each in kind)
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES.get(kind, ()))


_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "number": (int, float), "null": type(None),
}  # fmt: skip


@cache
def _pattern(pattern: str) -> Callable[[str], object]:
    """A pattern's search; ``$`` is the end of the string as in ECMA 262, not before a newline."""
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern)).search
