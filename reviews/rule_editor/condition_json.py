"""Between a condition's tree and the rows it is edited as."""

import json
from typing import Any

from django.utils.translation import gettext as _

from reviews.conditions.vocabulary import TERMS
from reviews.conditions.walking import Node, Tree
from reviews.rule_editor.rows import AS_JSON, AS_NUMBER, AS_TEXT, Group, Row, numbered
from workspaces.errors import Problem


def rows_of(tree: Tree) -> Group:
    """A valid tree as rows; the outermost is always a group."""
    if tree is None:
        return numbered(Group())
    found = _part(tree)
    return numbered(found if isinstance(found, Group) else Group("all", [found]))


def _part(node: Node) -> Group | Row:
    if "and" in node:
        return Group("all", [_part(each) for each in node["and"]])
    if "or" in node:
        return Group("any", [_part(each) for each in node["or"]])
    if "not" in node:
        inner = node["not"]
        return Group("none", [_part(each) for each in inner.get("or", [inner])])
    return _row(node)


def _row(leaf: Node) -> Row:
    fact, value = leaf["fact"], leaf.get("value", True)
    row = Row(fact, leaf["op"], pointer=leaf.get("pointer", ""), action=leaf.get("action", ""))
    if TERMS[fact].kind == "hours":
        row.begins, row.ends = value.get("from", ""), value.get("to", "")
        row.zone, row.days = value.get("zone", "UTC"), list(value.get("weekdays", ()))
        return row
    many = value if isinstance(value, list) else [value]
    if TERMS[fact].kind == "any" and leaf["op"] != "exists":
        row.typed_as = _type_of(many)
    row.values = [
        each if isinstance(each, str) and row.typed_as != AS_JSON else json.dumps(each)
        for each in many
    ]
    return row


def _type_of(values: list[Any]) -> str:
    if all(isinstance(each, str) and "\n" not in each for each in values):
        return AS_TEXT
    if all(type(each) in (int, float) for each in values):
        return AS_NUMBER
    return AS_JSON


def tree_of(root: Group) -> tuple[Tree, dict[str, Group | Row], list[Problem]]:
    """The tree, what stands at each JSON pointer in it, and what could not be read of a value."""
    if not root.parts:
        return None, {"": root}, []
    places: dict[str, Group | Row] = {}
    problems: list[Problem] = []
    return _node(root, "", places, problems), places, problems


def _node(
    part: Group | Row, at: str, places: dict[str, Group | Row], problems: list[Problem]
) -> Node:
    places[at] = part  # the innermost of those that share a pointer
    if isinstance(part, Row):
        return _leaf(part, at, problems)
    if len(part.parts) == 1 and part.mode != "none":
        return _node(part.parts[0], at, places, problems)
    if part.mode == "none":
        places[f"{at}/not"] = part
        if len(part.parts) == 1:
            return {"not": _node(part.parts[0], f"{at}/not", places, problems)}
        return {"not": {"or": _nodes(part, f"{at}/not/or", places, problems)}}
    link = "and" if part.mode == "all" else "or"
    return {link: _nodes(part, f"{at}/{link}", places, problems)}


def _nodes(
    group: Group, at: str, places: dict[str, Group | Row], problems: list[Problem]
) -> list[Node]:
    return [
        _node(part, f"{at}/{index}", places, problems) for index, part in enumerate(group.parts)
    ]


def _leaf(row: Row, at: str, problems: list[Problem]) -> Node:
    leaf: dict[str, Any] = {"fact": row.fact}
    if row.fact == "argument":
        leaf["pointer"] = row.pointer
        if row.action:
            leaf["action"] = row.action
    leaf["op"] = row.op
    if row.widget == "hours":
        hours = {"zone": row.zone, "from": row.begins, "to": row.ends}
        leaf["value"] = {name: text for name, text in hours.items() if text}
        if row.days:
            leaf["value"]["weekdays"] = row.days
        if not row.days and not row.begins and not row.ends:
            leaf["value"] = {}
    elif row.widget == "yesno":
        leaf["value"] = row.text != "false"
    else:
        found = [_value(row, text, at, problems) for text in row.values]
        is_list = row.widget in ("many", "picks", "lines")
        leaf["value"] = found if is_list else (found[0] if found else "")
    return leaf


def _value(row: Row, text: str, at: str, problems: list[Problem]) -> Any:
    """What was typed as what it stands for; text that cannot be read stays as it is."""
    kind = TERMS[row.fact].kind if row.fact in TERMS else ""
    if kind == "any":
        return _argument(row, text, at, problems)
    if kind not in ("id", "number"):
        return text
    found = _number(text)
    return text if found is None else found


def _argument(row: Row, text: str, at: str, problems: list[Problem]) -> Any:
    if row.typed_as == AS_TEXT:
        return text
    if row.typed_as == AS_NUMBER:
        found = _number(text)
        if found is None:
            problems.append(Problem(f"{at}/value", _("This must be a number.")))
            return text
        return found
    try:
        return json.loads(text)
    except ValueError:
        told = _("Write true, false, null, a number or a text in quotation marks.")
        problems.append(Problem(f"{at}/value", told))
        return text


def _number(text: str) -> int | float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
