"""The rows of a condition as a form sends them, and what its buttons do to them.

Fields are named ``c.<path>.<member>``; a path leads from the outermost group, which is ``0``. A
group has a ``mode``, a row has a ``fact``.
"""

import re
from collections.abc import Mapping

from django.http import QueryDict

from reviews.conditions.vocabulary import DEEPEST, MOST_NODES, TERMS
from reviews.rule_editor.rows import MODES, Group, Mode, Row, new_row, numbered

_FIELD = re.compile(rf"c\.(0(?:\.\d{{1,3}}){{0,{2 * DEEPEST}}})\.(mode|fact)")
_Part = Group | Row


def read(posted: QueryDict) -> Group:
    """Every row and group that was sent, with what was typed in them."""
    found: dict[tuple[int, ...], _Part] = {}
    for name in posted:
        if (match := _FIELD.fullmatch(name)) and len(found) <= MOST_NODES:
            path = tuple(map(int, match[1].split(".")))
            found[path] = _group(posted, match[1]) if match[2] == "mode" else _row(posted, match[1])
    root = found.get((0,))
    if not isinstance(root, Group):
        root = Group()
    for path in sorted(found):
        parent = found.get(path[:-1])
        if len(path) > 1 and isinstance(parent, Group):
            parent.parts.append(found[path])
    return numbered(root)


def _group(posted: QueryDict, path: str) -> Group:
    said = posted.get(f"c.{path}.mode", "all")
    mode: Mode = next((each for each in MODES if each == said), "all")
    return Group(mode)


def _row(posted: QueryDict, path: str) -> Row:
    def one(member: str, otherwise: str = "") -> str:
        return posted.get(f"c.{path}.{member}", otherwise)

    row = Row(one("fact"), one("op"))
    row.pointer, row.action = one("pointer").strip(), one("action").strip()
    row.typed_as, row.was = one("as", row.typed_as), one("was")
    row.begins, row.ends, row.zone = one("from").strip(), one("to").strip(), one("zone", "UTC")
    row.days = posted.getlist(f"c.{path}.day")
    if row.pointer and not row.pointer.startswith("/"):
        row.pointer = "/" + row.pointer.replace(".", "/")  # "amount" means the member of that name
    values = posted.getlist(f"c.{path}.value")
    if row.widget == "lines":
        values = [line.strip() for text in values for line in text.splitlines() if line.strip()]
    row.values = values
    return row


def press(root: Group, what: str) -> str:
    """Do what a button says, ``<what>:<path>``; returns the path where one goes on, "" for none."""
    verb, _colon, path = what.partition(":")
    by_path: Mapping[str, _Part] = {part.path: part for part in root.walk()}
    part = by_path.get(path)
    if part is None:
        return ""
    if verb in ("row", "group") and isinstance(part, Group):
        made: _Part = new_row() if verb == "row" else Group("any", [new_row()])
        part.parts.append(made)
        numbered(root)
        return made.path if isinstance(made, Row) else made.parts[0].path
    parent = by_path.get(path.rpartition(".")[0])
    if isinstance(parent, Group):
        _move(parent, part, verb)
        numbered(root)
        return part.path if verb != "remove" else parent.path
    return ""


def _move(parent: Group, part: _Part, verb: str) -> None:
    index = next(n for n, each in enumerate(parent.parts) if each is part)
    if verb == "remove":
        del parent.parts[index]
    elif verb in ("up", "down"):
        to = max(0, min(len(parent.parts) - 1, index + (1 if verb == "down" else -1)))
        parent.parts.insert(to, parent.parts.pop(index))


def settle(root: Group) -> None:
    """After another field was chosen: a comparison that it knows, and a value that can be."""
    for part in root.walk():
        term = TERMS.get(part.fact) if isinstance(part, Row) else None
        if not isinstance(part, Row) or term is None:
            continue
        if part.op not in term.ops:
            part.op = term.ops[0]
        if part.was not in ("", part.fact):
            part.values = []
        if part.op != "exists" and part.values in (["true"], ["false"]) and term.kind != "any":
            part.values = []
