"""JSON Schemas that agents send for an action's arguments: are they sound, does an edit fit.

Both questions are asked about outer input, so both are bounded: in size, in the thread's own
seconds (``SECONDS``, not the wall's: a busy machine refuses nothing), and each pattern by the
``regex`` module's time-out. Nothing is fetched: a ``$ref`` may only point into the same schema.
"""

import hashlib
import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any

from reviews.schema import patterns, words
from workspaces import strictjson

Fault = tuple[tuple[str | int, ...], str]

LARGEST_SCHEMA = 64 * 1024  # characters of canonical JSON
MOST_SUBSCHEMAS = 500
MOST_FAULTS = 50
MOST_REMEMBERED = 2000
SECONDS = 1.0

_REFERENCES = ("$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary")
_sound: set[bytes] = set()  # digests: an agent sends the same tool's schema again and again
_deadline: ContextVar[float] = ContextVar("args_schema_deadline")


class _TooMuch(Exception):
    """The schema asks for more work than an edit is worth."""


def size(schema: object) -> int:
    """How many objects a schema holds: what it costs to look at."""
    return sum(1 for _ in _nodes(schema, ()))


def faults_of_schema(schema: Mapping[str, Any]) -> list[Fault]:
    """Why this cannot serve as an ``args_schema``; paths lead into the schema."""
    written = strictjson.dumps(schema)
    if len(written) > LARGEST_SCHEMA:
        return [((), f"may have {LARGEST_SCHEMA:,} characters at most")]
    known = hashlib.sha256(written.encode()).digest()
    if known in _sound:
        return []
    nodes = list(_nodes(schema, ()))
    if len(nodes) > MOST_SUBSCHEMAS:
        return [((), f"may have {MOST_SUBSCHEMAS} objects at most")]
    found = [fault for at, node in nodes for fault in _faults_of_node(at, node, schema)]
    if found:
        return found[:MOST_FAULTS]
    if not (found := _bounded(lambda: _broken_keywords(schema))):
        if len(_sound) >= MOST_REMEMBERED:
            _sound.clear()
        _sound.add(known)
    return found


def faults_of_args(args: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Fault]:
    """Why these arguments do not fit their schema; paths lead into the arguments."""
    return _bounded(lambda: _mismatches(args, schema))


def _bounded(work: Callable[[], list[Fault]]) -> list[Fault]:
    token = _deadline.set(time.thread_time() + SECONDS)
    try:
        return work()
    except _TooMuch as refusal:
        return [((), str(refusal))]
    except RecursionError:
        return [((), "cannot be checked: args_schema refers to itself without an end")]
    except Exception as error:  # a library on a hostile schema: refuse, never a 500
        return [((), f"cannot be checked against args_schema ({type(error).__name__})")]
    finally:
        _deadline.reset(token)


def _broken_keywords(schema: Mapping[str, Any]) -> list[Fault]:
    kind = _validator_for(schema)
    metaschema = _checker(_draft(kind.META_SCHEMA))(kind.META_SCHEMA, registry=_registry())
    return _faults(metaschema.iter_errors(schema))


def _mismatches(args: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Fault]:
    checker = _checker(_draft(_validator_for(schema).META_SCHEMA))
    return _faults(checker(schema, registry=_registry()).iter_errors(args))


def _nodes(
    value: object, at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every object in a schema: more than its subschemas, never fewer."""
    if isinstance(value, dict):
        yield at, value
        for name, inner in value.items():
            yield from _nodes(inner, (*at, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nodes(inner, (*at, index))


def _faults_of_node(
    at: tuple[str | int, ...], node: Mapping[str, Any], root: Mapping[str, Any]
) -> Iterator[Fault]:
    is_schema = not at or at[-1] not in (
        "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "default",
        "const", "examples", "dependentRequired", "dependencies",
    )  # fmt: skip
    if not is_schema:
        if at[-1] == "patternProperties":
            for key in node:
                if said := patterns.fault(key):
                    yield (*at, key), said
        return
    for name in _REFERENCES:
        if name in node:
            yield (*at, name), "is not supported in an args_schema"
    if at and isinstance(node.get("$id"), str):
        yield (*at, "$id"), "is supported only at the top of an args_schema"
    if isinstance(reference := node.get("$ref"), str) and not _points_inside(reference, root):
        yield (*at, "$ref"), "must point into the same schema, like #/$defs/name"
    pattern = node.get("pattern")
    if isinstance(pattern, str) and (said := patterns.fault(pattern)):
        yield (*at, "pattern"), said
    if "patternProperties" in node and "unevaluatedProperties" in node:
        yield (*at, "unevaluatedProperties"), "is not supported beside patternProperties"


def _points_inside(reference: str, root: object) -> bool:
    if not reference.startswith("#"):
        return False
    if reference[1:] and not reference.startswith("#/"):
        return any(node.get("$anchor") == reference[1:] for _, node in _nodes(root, ()))
    place = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        if isinstance(place, dict) and name in place:
            place = place[name]
        elif isinstance(place, list) and name.isdecimal() and int(name) < len(place):
            place = place[int(name)]
        else:
            return False
    return isinstance(place, dict | bool)


def _search(pattern: str, text: str) -> bool:
    try:
        return patterns.matches(pattern, text)
    except TimeoutError:
        raise _TooMuch("could not be checked: a pattern of args_schema takes too long") from None


@cache
def _library() -> Any:
    """Imported at the first schema: ten megabytes that an idle desk does not pay for."""
    return importlib.import_module("jsonschema")


@cache
def _registry() -> Any:
    """The specifications' own schemas and no way to fetch another."""
    return importlib.import_module("jsonschema_specifications").REGISTRY


def _validator_for(schema: Mapping[str, Any]) -> Any:
    """The library's validator for the draft that ``$schema`` names, else for 2020-12."""
    library = _library()
    return library.validators.validator_for(schema, default=library.Draft202012Validator)


def _draft(metaschema: Any) -> str:
    return str(metaschema.get("$id") or metaschema.get("id"))


@cache
def _checker(draft: str) -> Any:
    """The library's validator with every keyword under the deadline and bounded ones swapped."""
    library = _library()
    base = library.validators.validator_for(
        {"$schema": draft}, default=library.Draft202012Validator
    )
    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
    }
    keywords = {name: _timed(own.get(name, keyword)) for name, keyword in base.VALIDATORS.items()}
    return library.validators.extend(base, keywords)


def _timed(keyword: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def timed(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if time.thread_time() > _deadline.get():
            raise _TooMuch("could not be checked against args_schema: it takes too long")
        yield from keyword(validator, value, instance, schema) or ()

    return timed


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not _search(pattern, instance):
        yield _library().ValidationError("does not match")


def _pattern_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, inner in value.items():
            for name, item in instance.items():
                if _search(pattern, name):
                    yield from validator.descend(item, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, item in instance.items():
        if name in known or any(_search(pattern, name) for pattern in patterns):
            continue
        if value is False:
            yield _library().ValidationError("is not a member that its schema knows", path=[name])
        elif isinstance(value, dict):
            yield from validator.descend(item, value, path=name)


def _unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if value and isinstance(instance, list):
        seen = {strictjson.dumps(each) for each in instance}
        if len(seen) != len(instance):
            yield _library().ValidationError("must not repeat an entry")


def _faults(errors: Iterator[Any]) -> list[Fault]:
    found: list[Fault] = []
    for error in errors:
        found.extend(_in_words(error))
        if len(found) >= MOST_FAULTS:
            break
    return list(dict.fromkeys(found))


def _in_words(error: Any) -> Iterator[Fault]:
    at, rule = tuple(error.absolute_path), error.validator
    if rule == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield (*at, name), "is required"
    elif rule in (
        "type",
        "const",
        "enum",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ):
        yield at, _must_be(error.schema, rule)
    elif rule == "pattern":
        yield at, f"must match the pattern {error.validator_value}"
    elif rule == "anyOf" and at[-1:] == ("type",):
        yield at, "must be a JSON type (object, array, string, number, …) or a list of them"
    elif rule in ("anyOf", "oneOf"):
        yield at, "fits none of the forms that its schema allows, or several of them"
    elif rule in ("uniqueItems", "additionalProperties"):
        yield at, error.message
    else:
        yield at, f"does not fit its schema ({rule})"


def _must_be(schema: Mapping[str, Any], rule: str) -> str:
    if rule not in ("const", "enum") and isinstance(schema.get("type"), str):
        return words.must_be({k: v for k, v in schema.items() if k not in ("const", "enum")})
    if rule == "type":
        kinds = [{"type": each} for each in schema["type"]]
        return words.must_be({"anyOf": kinds})
    if rule in ("const", "enum"):
        return words.must_be({rule: schema[rule]})[:500]
    return f"does not fit its schema ({rule}: {schema[rule]})"
