"""The arguments that a posted form means.

What was left alone is the agent's own value, down to the digits of a number and the line ends
that browsers change; what was typed gets the JSON type of its field.
"""

from typing import Any

from django.utils.translation import gettext as _

from reviews.edit_form import formats
from reviews.edit_form.nodes import Node, newlines
from reviews.edit_form.shapes import ABSENT
from workspaces import jsonplaces, strictjson
from workspaces.errors import Problem


def value_of(node: Node, problems: list[Problem]) -> Any:
    """The node's value, ``ABSENT`` where it is left out; faults are added to ``problems``."""
    if node.state == "out":
        return ABSENT
    if node.state == "null":
        return None
    if node.kind == "array":
        found = [value_of(each, problems) for each in node.members]
        return [each for each in found if each is not ABSENT]
    if node.kind == "object":
        return _members(node, problems)
    try:
        return _of_field(node)
    except (ValueError, strictjson.MalformedJson) as error:
        said = error.detail if isinstance(error, strictjson.MalformedJson) else str(error)
        place = f"{node.name[:100]}: " if node.name else ""
        problems.append(Problem(_pointer(node), place + said))
        return ABSENT


def _members(node: Node, problems: list[Problem]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    names = {each.name for each in node.members if each.role == "member" and each.state != "out"}
    for each in node.members:
        value = value_of(each, problems)
        if each.role == "added":
            if not each.name:
                problems.append(Problem(_pointer(each), _("Give this member a name.")))
                continue
            if each.name in found or each.name in names:
                said = _("There is a member “%(name)s” already.") % {"name": each.name[:100]}
                problems.append(Problem(_pointer(each), said))
                continue
        if value is not ABSENT:
            found[each.name] = value
    return found


def _of_field(node: Node) -> Any:
    is_alone = newlines(node.text) == newlines(node.initial)
    if node.is_given and is_alone and node.original is not None:
        return node.original
    if node.is_given and is_alone and node.kind in ("json", "choice", "boolean", "const"):
        return node.original  # null, and its field says so
    if not node.text.strip() and node.kind not in ("text", "long_text"):
        return _of_blank(node)
    if not node.is_given and not node.text.strip() and not _may_be_blank(node):
        return ABSENT
    return _parsed(node)


def _may_be_blank(node: Node) -> bool:
    return node.is_fresh and (node.role in ("row", "added") or node.is_required)


def _of_blank(node: Node) -> Any:
    if not node.is_given and node.role == "member":
        return ABSENT
    if node.choices:
        raise ValueError(_("choose one"))
    raise ValueError(_("must be a number") if node.kind == "number" else _("a value is missing"))


def _parsed(node: Node) -> Any:
    typed = newlines(node.text)
    if node.kind in ("text", "long_text"):
        return _string(node, typed)
    value = strictjson.loads(typed.encode("utf-8", "surrogatepass"))
    if node.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(_("must be a number"))
    if node.choices and node.text not in [sent for sent, _shown in node.choices]:
        raise ValueError(_("is none of the choices"))
    if node.role == "root" and not isinstance(value, dict):
        raise ValueError(_("The arguments must be a JSON object, like {…}."))
    return value


def _string(node: Node, typed: str) -> str:
    wanted = str(node.schema.get("format", ""))
    if typed and not formats.is_of(wanted, typed):
        raise ValueError(
            _("must be %(format)s, like %(example)s")
            % {"format": wanted, "example": formats.EXAMPLES[wanted]}
        )
    was = node.original if isinstance(node.original, str) else ""
    ends_differ = "\r\n" in was and was.count("\r\n") == was.count("\n") == was.count("\r")
    return typed.replace("\n", "\r\n") if ends_differ else typed


def _pointer(node: Node) -> str:
    return "/edited_args" + jsonplaces.pointer(node.at)
