"""Adding, removing and moving parts of the form: one press of a button, on what was posted.

A change is "what:where"; the answer is the posted fields with that change made, so that the form
can be shown again with everything that was typed.
"""

from collections.abc import Mapping
from typing import Any

from reviews.edit_form import places
from reviews.edit_form.nodes import Node
from workspaces import strictjson

Typed = dict[str, str]


def changed(what: str, path: str, root: Node, typed: Mapping[str, str]) -> tuple[Typed, str]:
    """(the fields after the change, the path that the focus goes to)

    An unknown change, or one at a place that the form does not have, changes nothing.
    """
    node = root.find(path)
    found = dict(typed)
    if node is None:
        return found, path
    if what in ("in", "null", "out"):
        found[places.control(path, "is")] = what
        return found, path
    if what == "add" and node.can_add:
        return found, _add(node, found)
    if what == "remove" and node.role in ("row", "added"):
        return found, _remove(root, node, found)
    if what in ("up", "down") and node.role == "row":
        _move(root, node, found, -1 if what == "up" else 1)
    return found, path


def as_json(value: Mapping[str, Any]) -> Typed:
    """The fields of a form that shows all of it as one JSON text."""
    return {places.control("", "mode"): "json", "": strictjson.pretty(value)}


def as_fields(value: Mapping[str, Any]) -> Typed:
    """The fields of a form that starts from these arguments instead of the agent's."""
    return {places.control("", "base"): strictjson.dumps(value)}


def _add(node: Node, typed: Typed) -> str:
    is_array = node.kind == "array"
    rows = [each for each in node.rows.split(",") if each]
    new = f"+{max([int(each[1:]) for each in rows if each.startswith('+')], default=0) + 1}"
    typed[places.control(node.path, "rows" if is_array else "more")] = ",".join([*rows, new])
    typed[places.control(node.path, "is")] = "in"
    return places.step(node.path, new)


def _remove(root: Node, node: Node, typed: Typed) -> str:
    """The focus goes to what comes next, else to what is before, else to the whole."""
    above, segment = places.split(node.path)
    parent = root.find(above)
    assert parent is not None
    rows = [each for each in parent.rows.split(",") if each]
    here = rows.index(segment)
    rows.remove(segment)
    what = "rows" if parent.kind == "array" else "more"
    typed[places.control(above, what)] = ",".join(rows)
    for name in list(typed):
        if name == node.path or name.startswith((f"{node.path}/", f"{node.path}:")):
            del typed[name]
    return places.step(above, rows[min(here, len(rows) - 1)]) if rows else above


def _move(root: Node, node: Node, typed: Typed, by: int) -> None:
    above, segment = places.split(node.path)
    parent = root.find(above)
    assert parent is not None
    rows = parent.rows.split(",")
    here = rows.index(segment)
    there = min(max(here + by, 0), len(rows) - 1)
    rows.insert(there, rows.pop(here))
    typed[places.control(above, "rows")] = ",".join(rows)
