"""What a schema says about one value, as far as a form can draw it.

A ``$ref`` into the same schema is followed, "or null" is set apart; where a schema offers several
forms (oneOf, anyOf), counts places (prefixItems) or does not fit the agent's value, the field is
one of JSON text. Nothing is judged here: whether an edit fits is for ``reviews.schema.arguments``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeGuard

Kind = Literal[
    "text", "long_text", "number", "boolean", "choice", "const", "json", "array", "object"
]
LONGEST_LINE = 80
MOST_HOPS = 20
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_BY_TYPE: dict[object, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}


class Absent:
    """No value, which in JSON is something else than null."""

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Shape:
    """``schema`` is what was found behind references, without the null beside it."""

    kind: Kind
    schema: Mapping[str, Any]
    is_nullable: bool = False


def of(schema: object, root: Mapping[str, Any], value: Any) -> Shape:
    """The shape of a value that stands under ``schema``, or of one that is still to come."""
    found, is_nullable = _without_null(_followed(schema, root), root)
    return Shape(_kind(found, value, is_nullable), found, is_nullable)


def like(value: object) -> dict[str, Any]:
    """A schema for more values like this one, where the agent sent none."""
    if isinstance(value, dict):
        return {
            "type": "object",
            "properties": {name: like(each) for name, each in value.items()},
        }
    if isinstance(value, list):
        return {"type": "array", "items": items_like(value)}
    names: list[tuple[type, str]] = [(bool, "boolean"), (str, "string")]
    for known, name in [*names, (int, "number"), (float, "number")]:
        if isinstance(value, known):
            return {"type": name}
    return {}


def items_like(values: list[Any]) -> dict[str, Any]:
    kinds = {like(each).get("type") for each in values}
    return like(values[0]) if values and len(kinds) == 1 else {}


def properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def required(schema: Mapping[str, Any]) -> frozenset[str]:
    found = schema.get("required")
    return (
        frozenset(each for each in found if isinstance(each, str))
        if _is_list(found)
        else (frozenset())
    )


def _followed(schema: object, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Behind ``$ref`` and an ``allOf`` of one; what stands beside them counts too."""
    for _hop in range(MOST_HOPS):
        if not isinstance(schema, Mapping):
            return {}
        if isinstance(schema.get("$ref"), str):
            beside = {name: each for name, each in schema.items() if name != "$ref"}
            target = _target(schema["$ref"], root)
            schema = {**target, **beside}
        elif _is_list(schema.get("allOf")) and len(schema["allOf"]) == 1:
            beside = {name: each for name, each in schema.items() if name != "allOf"}
            only = schema["allOf"][0]
            schema = {**(only if isinstance(only, Mapping) else {}), **beside}
        else:
            return schema
    return {}


def _target(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    place: Any = root
    if reference not in ("#", "#/") and not reference.startswith("#/"):
        return {}  # an anchor: drawn by the value alone
    for part in reference.removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        if isinstance(place, Mapping) and name in place:
            place = place[name]
        elif isinstance(place, list) and name.isdecimal() and int(name) < len(place):
            place = place[int(name)]
        else:
            return {}
    return place if isinstance(place, Mapping) else {}


def _without_null(
    schema: Mapping[str, Any], root: Mapping[str, Any]
) -> tuple[Mapping[str, Any], bool]:
    stated = schema.get("type")
    if _is_list(stated) and "null" in stated:
        others = [each for each in stated if each != "null"]
        return {**schema, "type": others[0] if len(others) == 1 else others}, True
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word)
        if not (_is_list(branches) and len(branches) == 2):
            continue
        others = [each for each in branches if not _is_null(each)]
        if len(others) == 1:
            beside = {name: each for name, each in schema.items() if name != word}
            return {**_followed(others[0], root), **beside}, True
    return schema, False


def _is_null(schema: object) -> bool:
    return isinstance(schema, Mapping) and (
        schema.get("type") == "null" or ("const" in schema and schema["const"] is None)
    )


def _kind(schema: Mapping[str, Any], value: Any, is_nullable: bool) -> Kind:
    if "const" in schema:
        return "const"
    if _is_list(schema.get("enum")) and schema["enum"]:
        return "choice"
    wanted = _wanted(schema)
    if value is ABSENT or (value is None and is_nullable):
        return wanted or "json"
    by_value = _kind_of_value(value)
    if wanted is None:
        return by_value if _says_nothing(schema) else "json"
    if by_value == wanted or (wanted == "text" and by_value == "long_text"):
        return by_value
    return "json"  # the agent's value is of another type: show it as it is


def _wanted(schema: Mapping[str, Any]) -> Kind | None:
    stated = schema.get("type")
    kind = _BY_TYPE.get(stated) if isinstance(stated, str) else None
    if stated is None and isinstance(schema.get("properties"), Mapping):
        kind = "object"
    if kind == "object" and not schema.get("properties") and _offers_forms(schema):
        return None
    if kind == "array" and ("prefixItems" in schema or _is_list(schema.get("items"))):
        return None
    return kind


def _offers_forms(schema: Mapping[str, Any]) -> bool:
    return any(word in schema for word in _ALTERNATIVES)


def _says_nothing(schema: Mapping[str, Any]) -> bool:
    """No word about the kind of value: the agent's value shows what it is."""
    return "type" not in schema and not _offers_forms(schema) and "prefixItems" not in schema


def _kind_of_value(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        is_long = len(value) > LONGEST_LINE or "\n" in value or "\r" in value
        return "long_text" if is_long else "text"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "json"


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
