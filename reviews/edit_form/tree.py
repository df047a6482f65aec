"""The whole form for an action's arguments: the agent's values, the schema, what was typed.

The fields depend on the arguments, the schema and the *structure* that was posted (rows, what was
added or left out), never on typed text, so that reading a form sees the fields that were shown.
"""

from collections.abc import Mapping
from typing import Any

from reviews.edit_form import places, shapes
from reviews.edit_form.nodes import Node, Role, State, written
from reviews.edit_form.shapes import ABSENT
from workspaces import strictjson

DEEPEST = 6
MOST_FIELDS = 400
MOST_ROWS = 200


def build(
    args: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    typed: Mapping[str, str],
    *,
    most: int = MOST_FIELDS,
) -> Node:
    """The root node; ``typed`` maps fields' names to what was posted ({}: nothing yet).

    Whatever goes deeper than ``DEEPEST`` or beyond ``most`` fields is one field of JSON text.
    """
    return _Builder(schema or {}, typed, most).root(dict(args))


class _Builder:
    def __init__(self, schema: Mapping[str, Any], typed: Mapping[str, str], most: int) -> None:
        self.schema, self.typed, self.left = schema, typed, most

    def root(self, args: dict[str, Any]) -> Node:
        found = shapes.of(self.schema, self.schema, args)
        is_text = self.typed.get(places.control("", "mode")) == "json"
        is_text = is_text or len(args) > self.left
        node = Node("", (), "json" if is_text else "object", "root", "", found.schema, args, "in")
        if is_text:
            node.initial = written(args, "json")
            node.text = self.typed.get("", node.initial)
        else:
            self._add_members(node, args, depth=0)
        return node

    def _node(
        self,
        *,
        parent: Node,
        path: str,
        at: str | int,
        role: Role,
        schema: object,
        original: Any,
        depth: int,
        is_required: bool = False,
    ) -> Node:
        self.left -= 1
        found = shapes.of(schema, self.schema, original)
        kind = found.kind
        is_deep = kind in ("array", "object") and depth > DEEPEST
        if is_deep or (kind in ("array", "object") and _weight(original, self.left) > self.left):
            kind = "json"
        is_fresh = original is ABSENT and (role in ("row", "added") or parent.is_fresh)
        node = Node(
            path=path,
            at=(*parent.at, at),
            kind=kind,
            role=role,
            name=str(at) if role != "row" else "",
            schema=found.schema,
            original=original,
            state="in",
            is_required=is_required,
            is_stated=bool(self.schema),
            is_nullable=found.is_nullable,
            is_fresh=is_fresh,
        )
        node.state = self._state(node)
        if node.is_composite:
            if node.is_in and kind == "array":
                self._add_rows(node, original if isinstance(original, list) else [], depth)
            elif node.is_in:
                self._add_members(node, original if isinstance(original, dict) else {}, depth)
        else:
            self._fill(node)
        return node

    def _state(self, node: Node) -> State:
        """What the reviewer chose, else what the agent sent; blank fields are there to be typed."""
        said = self.typed.get(places.control(node.path, "is"), "")
        if said == "in" and node.is_composite:
            return "in"
        if said == "null" and node.is_nullable:
            return "null"
        if said == "out" and not node.is_required and node.role == "member":
            return "out"
        if node.is_composite:
            if node.original is ABSENT:
                is_there = node.role != "member" or node.is_required
                return "in" if node.is_fresh and is_there else "out"
            return "null" if node.original is None else "in"
        return self._state_of_scalar(node)

    def _state_of_scalar(self, node: Node) -> State:
        """The tick "null", unless something was typed over the agent's null."""
        has_tick = node.is_nullable and node.kind in ("text", "long_text", "number")
        if not has_tick:
            return "in"
        typed = self.typed.get(node.path)
        was_null = node.original is None
        if typed is None:
            return "null" if was_null else "in"
        is_ticked = places.control(node.path, "null") in self.typed
        return "null" if is_ticked and not (was_null and typed) else "in"

    def _fill(self, node: Node) -> None:
        node.choices = _choices(node)
        node.initial = written(node.original, node.kind)
        if node.is_fresh and "default" in node.schema and node.kind != "const":
            node.initial = written(node.schema["default"], node.kind)
        elif node.is_fresh and node.kind == "const" and (node.is_required or node.role == "row"):
            node.initial = strictjson.dumps(node.schema["const"])
        node.text = self.typed.get(node.path, node.initial)

    def _add_members(self, node: Node, values: Mapping[str, Any], depth: int) -> None:
        known = shapes.properties(node.schema)
        required = shapes.required(node.schema)
        others = node.schema.get("additionalProperties", not known or None)
        asked = [name for name in known if name in required]
        for name in dict.fromkeys([*values, *asked, *known]):
            if name not in values and self.left <= 0:
                continue
            node.members.append(
                self._node(
                    parent=node,
                    path=places.member(node.path, name),
                    at=name,
                    role="member",
                    schema=known.get(name, others if isinstance(others, Mapping) else {}),
                    original=values.get(name, ABSENT),
                    depth=depth + 1,
                    is_required=name in required,
                )
            )
        for segment in self._added(node.path, "more"):
            path = places.step(node.path, segment)
            name = self.typed.get(places.control(path, "name"), "")
            like = others if isinstance(others, Mapping) and others else _like(values)
            node.members.append(
                self._node(parent=node, path=path, at=name, role="added", schema=like,
                           original=ABSENT, depth=depth + 1, is_required=True)
            )  # fmt: skip
        node.can_add = bool(others or others == {}) and self.left > 0

    def _add_rows(self, node: Node, values: list[Any], depth: int) -> None:
        items = node.schema.get("items")
        new_like = items if isinstance(items, Mapping) and items else shapes.items_like(values)
        for index, segment in enumerate(self._rows(node.path, len(values))):
            is_new = segment.startswith("+")
            node.members.append(
                self._node(
                    parent=node,
                    path=places.step(node.path, segment),
                    at=index,
                    role="row",
                    schema=new_like if is_new else items,
                    original=ABSENT if is_new else values[int(segment)],
                    depth=depth + 1,
                )
            )
        most = node.schema.get("maxItems")
        limit = most if isinstance(most, int) else MOST_ROWS
        node.can_add = len(node.members) < limit and self.left > 0

    def _rows(self, path: str, count: int) -> list[str]:
        """The places of the rows in their order: those posted that can be, else the agent's."""
        posted = self.typed.get(places.control(path, "rows"))
        if posted is None:
            return [str(index) for index in range(count)]
        known = {str(index) for index in range(count)}
        rows = [each for each in posted.split(",") if each in known or _is_new(each)]
        return list(dict.fromkeys(rows))[: max(count, MOST_ROWS)]

    def _added(self, path: str, what: str) -> list[str]:
        posted = self.typed.get(places.control(path, what), "")
        return list(dict.fromkeys(e for e in posted.split(",") if _is_new(e)))[:MOST_ROWS]


def _is_new(segment: str) -> bool:
    return segment.startswith("+") and segment[1:].isdecimal() and len(segment) < 7


def _like(values: Mapping[str, Any]) -> dict[str, Any]:
    return shapes.items_like(list(values.values())) or {"type": "string"}


def _weight(value: object, enough: int) -> int:
    """How many fields a value needs; counting ends soon after ``enough``."""
    count, waiting = 0, [value]
    while waiting and count <= enough:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return count


def _choices(node: Node) -> tuple[tuple[str, str], ...]:
    if node.kind == "boolean":
        known: list[Any] = [True, False]
    elif node.kind == "choice":
        known = list(node.schema["enum"])
    elif node.kind == "const":
        known = [node.schema["const"]]
    else:
        return ()
    if node.is_nullable and None not in known:
        known.append(None)
    sent = list(dict.fromkeys(strictjson.dumps(each) for each in known))
    shown = {strictjson.dumps(each): each for each in known}
    if node.original is not ABSENT and (own := strictjson.dumps(node.original)) not in shown:
        sent.insert(0, own)
        shown[own] = node.original
    found = tuple((each, shown[each] if isinstance(shown[each], str) else each) for each in sent)
    return found if node.original is not ABSENT or node.role == "row" else (("", ""), *found)
