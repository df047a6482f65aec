"""A form for an action's arguments, made from their schema, and the arguments it sends back.

What the reviewer left alone comes back exactly as the agent wrote it; what was typed gets the JSON
type of its field. Fields are named by ``places``, drawn from ``tree``, read by ``reading``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reviews.edit_form import changing, places, reading
from reviews.edit_form.nodes import Node, newlines
from reviews.edit_form.tree import MOST_FIELDS, build
from reviews.verdicts import InvalidVerdict
from workspaces import jsonplaces, strictjson
from workspaces.errors import HandoffError, Problem

__all__ = [
    "MOST_FIELDS",
    "Node",
    "begun",
    "coerce",
    "form",
    "most_for",
    "newlines",
    "press",
    "put_problems",
]

Schema = Mapping[str, Any] | None


def most_for(actions: int) -> int:
    """How many fields one of so many actions may have: a page of 50 stays one that can be sent."""
    return max(20, min(MOST_FIELDS, 1600 // max(actions, 1)))


def form(
    args: Mapping[str, Any],
    schema: Schema,
    typed: Mapping[str, str] | None = None,
    *,
    most: int = MOST_FIELDS,
) -> Node:
    """The form's root with what was typed; ``typed`` maps the names of fields to their text."""
    typed = typed or {}
    return build(_base(args, typed), schema, typed, most=most)


def coerce(
    typed: Mapping[str, str], args: Mapping[str, Any], schema: Schema, *, most: int = MOST_FIELDS
) -> dict[str, Any]:
    """The edited arguments. A value whose field was not posted stays as it is.

    Raises ``InvalidVerdict`` naming every field whose text is no value of its type; whether the
    whole fits ``schema`` is for ``verdicts``.
    """
    problems: list[Problem] = []
    value = reading.value_of(form(args, schema, typed, most=most), problems)
    if problems:
        raise InvalidVerdict(" ".join(each.detail for each in problems[:3]), errors=problems)
    assert isinstance(value, dict)
    return value


def begun(args: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form that starts from ``args`` instead of the agent's arguments."""
    return changing.as_fields(args)


def press(
    change: str,
    typed: Mapping[str, str],
    args: Mapping[str, Any],
    schema: Schema,
    *,
    most: int = MOST_FIELDS,
) -> tuple[dict[str, str], str]:
    """(the fields, the path to focus) after a button "what:where" of the form.

    Raises ``InvalidVerdict`` where fields cannot be read and the form is to be shown the other
    way ("json:" as one text, "form:" as fields).
    """
    what, _colon, path = change.partition(":")
    if what == "json":
        return changing.as_json(coerce(typed, args, schema, most=most)), ""
    if what == "form":
        return changing.as_fields(coerce(typed, args, schema, most=most)), ""
    return changing.changed(what, path, form(args, schema, typed, most=most), typed)


def put_problems(root: Node, problems: Sequence[Problem]) -> list[Problem]:
    """Put each problem (``pointer`` below the edited arguments) at its field, else at what holds
    it; returns those that belong to no field."""
    by_pointer = {jsonplaces.pointer(node.at): node for node in root.walk()}
    loose = []
    for problem in problems:
        pointer = problem.pointer
        while pointer not in by_pointer and pointer:
            pointer = pointer.rpartition("/")[0]
        node = by_pointer.get(pointer)
        if node is None or (node.role == "root" and node.kind != "json"):
            loose.append(problem)
        else:
            node.problem = f"{node.problem} {problem.detail}".strip()
    return loose


def _base(args: Mapping[str, Any], typed: Mapping[str, str]) -> Mapping[str, Any]:
    """The arguments that the fields start from: the agent's, or what stood in the JSON text."""
    posted = typed.get(places.control("", "base"))
    if posted is None:
        return args
    try:
        found = strictjson.loads(posted.encode("utf-8", "surrogatepass"))
    except HandoffError:
        return args
    return found if isinstance(found, dict) else args
