"""A plain HTML form for an action's arguments, and the arguments it sends back.

What the reviewer left alone comes back exactly as the agent wrote it, down to the digits of a
number and the line ends that browsers change; what was typed gets the JSON type of its field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from reviews.verdicts import InvalidVerdict
from workspaces import jsonplaces, strictjson
from workspaces.errors import Problem

Kind = Literal["text", "long_text", "number", "boolean", "choice", "json"]
LONGEST_LINE = 80


@dataclass(frozen=True)
class Field:
    """One argument as a form field; ``value`` and ``choices`` are what the form sends."""

    name: str
    kind: Kind
    value: str
    is_given: bool  # the agent's arguments have it
    is_required: bool
    description: str
    choices: tuple[tuple[str, str], ...] = ()  # (sent, shown)


def fields(args: Mapping[str, Any], schema: Mapping[str, Any] | None) -> list[Field]:
    """The given arguments in their order, then those that only the schema knows."""
    properties = _properties(schema)
    required = (schema or {}).get("required", ())
    names = list(dict.fromkeys([*args, *properties]))
    return [
        _field(
            name,
            args.get(name),
            properties.get(name, {}),
            is_given=name in args,
            is_required=name in required,
        )
        for name in names
    ]


def coerce(
    form: Mapping[str, str], args: Mapping[str, Any], schema: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The edited arguments; ``form`` maps the names of ``fields`` to what was typed.

    A name that the form lacks keeps its argument. Raises ``InvalidVerdict`` naming every field
    whose text is no value of its type; whether the whole fits ``schema`` is for ``verdicts``.
    """
    edited: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in fields(args, schema):
        typed = form.get(field.name)
        if typed is None or _newlines(typed) == _newlines(field.value):
            if field.is_given:
                edited[field.name] = args[field.name]
            continue
        if not typed.strip() and not field.is_given and not field.is_required:
            continue
        try:
            edited[field.name] = _value(field, _newlines(typed))
        except (ValueError, strictjson.MalformedJson) as error:
            said = error.detail if isinstance(error, strictjson.MalformedJson) else str(error)
            pointer = "/edited_args" + jsonplaces.pointer([field.name])
            problems.append(Problem(pointer, f"{field.name[:100]}: {said}"))
    if problems:
        raise InvalidVerdict(" ".join(each.detail for each in problems[:3]), errors=problems)
    return edited


def _field(
    name: str, value: Any, schema: Mapping[str, Any], *, is_given: bool, is_required: bool
) -> Field:
    kind = _kind(value, schema, is_given=is_given)
    choices: tuple[tuple[str, str], ...] = ()
    if kind == "choice":
        known = list(schema["enum"])
        if is_given and value not in known:
            known.insert(0, value)
        choices = tuple((strictjson.dumps(each), _shown(each)) for each in known)
        if not is_given:
            choices = (("", ""), *choices)
    return Field(
        name=name,
        kind=kind,
        value=_written(value, kind) if is_given else "",
        is_given=is_given,
        is_required=is_required,
        description=str(schema.get("description", "")),
        choices=choices,
    )


def _kind(value: Any, schema: Mapping[str, Any], *, is_given: bool) -> Kind:
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return "choice"
    by_value = _kind_of_value(value) if is_given else None
    stated = schema.get("type")
    by_type: dict[object, Kind] = {
        "string": "text", "integer": "number", "number": "number", "boolean": "boolean",
    }  # fmt: skip
    if isinstance(stated, str):
        wanted = by_type.get(stated, "json")
        if by_value is None or by_value == wanted or (wanted == "text" and by_value == "long_text"):
            return by_value or wanted
        return "json"  # the agent's value is of another type: show it as it is
    return by_value or "json"


def _kind_of_value(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "long_text" if "\n" in value or len(value) > LONGEST_LINE else "text"
    return "json"


def _written(value: Any, kind: Kind) -> str:
    if kind in ("text", "long_text"):
        return str(value)
    return strictjson.pretty(value) if kind == "json" else strictjson.dumps(value)


def _value(field: Field, typed: str) -> Any:
    if field.kind in ("text", "long_text"):
        return typed
    value = strictjson.loads(typed.encode("utf-8", "surrogatepass"))
    if field.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(_("must be a number"))
    if field.kind == "boolean" and not isinstance(value, bool):
        raise ValueError(_("must be true or false"))
    if field.kind == "choice" and typed not in [sent for sent, _shown_as in field.choices]:
        raise ValueError(_("is none of the choices"))
    return value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else strictjson.dumps(value)


def _properties(schema: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    properties = (schema or {}).get("properties", {})
    return {name: each if isinstance(each, dict) else {} for name, each in properties.items()}


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n")
