"""What is wrong with a condition that somebody sent: every fault with a JSON pointer."""

import json
import math
import re
from collections.abc import Iterator
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from reviews.conditions.facts import words_of
from reviews.conditions.vocabulary import (
    DEEPEST,
    LARGEST,
    LONGEST_TEXT,
    MOST_NODES,
    MOST_VALUES,
    OPS,
    ORDER,
    TERMS,
    WEEKDAYS,
    Term,
)
from workspaces.errors import Problem

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LINKS = ("and", "or", "not")


def validate(tree: object) -> list[Problem]:
    """Everything wrong with ``tree``, [] for one that may be evaluated; never raises.

    Whether the ids in it exist is the question of whoever has a database.
    """
    if tree is None:
        return []
    if problem := _too_large(tree):
        return [problem]
    return list(_node(tree, ""))


def _too_large(tree: object) -> Problem | None:
    """Before anything walks the tree by recursion."""
    count, level = 0, [tree]
    for _depth in range(2 * DEEPEST + 4):
        level = [
            child
            for each in level
            if isinstance(each, dict | list)
            for child in (each.values() if isinstance(each, dict) else each)
        ]
        count += len(level)
        if not level:
            break
        if count > LARGEST:
            return Problem("", _("This condition is too large."))
    else:
        return Problem("", _("This condition is nested too deeply."))
    try:
        if len(json.dumps(tree)) > LARGEST:
            return Problem("", _("This condition is too large."))
    except (TypeError, ValueError):
        return Problem("", _("This condition is not JSON."))
    nodes, deepest = _measured(tree)
    if deepest > DEEPEST:
        return Problem(
            "", _("This condition is nested too deeply: %(n)d levels at most.") % {"n": DEEPEST}
        )
    if nodes > MOST_NODES:
        return Problem("", _("This condition has more than %(n)d parts.") % {"n": MOST_NODES})
    return None


def _measured(tree: object) -> tuple[int, int]:
    """How many nodes there are, and how deep they go."""
    nodes, depth, level = 0, 0, [tree]
    while level:
        nodes, depth = nodes + len(level), depth + 1
        level = [part for node in level for part in _parts(node)]
    return nodes, depth


def _parts(node: object) -> list[object]:
    if not isinstance(node, dict):
        return []
    found: list[object] = []
    for link in _LINKS:
        inner = node.get(link)
        found += inner if isinstance(inner, list) else [inner] if inner is not None else []
    return found


def _node(node: object, at: str) -> Iterator[Problem]:
    if not isinstance(node, dict):
        yield Problem(at, _("A condition must be an object."))
        return
    links = [link for link in _LINKS if link in node]
    if not links:
        yield from _leaf(node, at)
    elif len(node) != 1:
        yield Problem(at, _("“%(link)s” must stand alone.") % {"link": links[0]})
    elif links[0] == "not":
        yield from _node(node["not"], f"{at}/not")
    else:
        link = links[0]
        parts = node[link]
        if not isinstance(parts, list) or not parts:
            yield Problem(
                f"{at}/{link}", _("“%(link)s” must list at least one condition.") % {"link": link}
            )
            return
        for index, part in enumerate(parts):
            yield from _node(part, f"{at}/{link}/{index}")


def _leaf(leaf: dict[str, Any], at: str) -> Iterator[Problem]:
    name = leaf.get("fact")
    term = TERMS.get(name) if isinstance(name, str) else None
    if term is None:
        known = ", ".join(TERMS)
        yield Problem(f"{at}/fact", _("This is none of the facts: %(known)s.") % {"known": known})
        return
    members = {"fact", "op", "value"}
    if name == "argument":
        members |= {"pointer", "action"}
        yield from _argument(leaf, at)
    for other in sorted(set(leaf) - members, key=str):
        yield Problem(
            f"{at}/{str(other)[:80].replace('~', '~0').replace('/', '~1')}",
            _("This member is not known here."),
        )
    op = leaf.get("op")
    if op not in OPS or op not in term.ops:
        yield Problem(
            f"{at}/op",
            _("Of “%(fact)s” one may ask: %(ops)s.") % {"fact": name, "ops": ", ".join(term.ops)},
        )
    elif op == "exists":
        if not isinstance(leaf.get("value", True), bool):
            yield Problem(f"{at}/value", _("This must be true or false."))
    elif "value" not in leaf:
        yield Problem(f"{at}/value", _("A value is missing."))
    else:
        yield from _value(leaf["value"], term, str(op), f"{at}/value")


def _argument(leaf: dict[str, Any], at: str) -> Iterator[Problem]:
    pointer = leaf.get("pointer")
    is_pointer = isinstance(pointer, str) and (pointer == "" or pointer.startswith("/"))
    if not is_pointer or _is_bad_text(pointer):
        yield Problem(
            f"{at}/pointer",
            _("This must be a JSON pointer into the arguments, as “/amount” or “/to/0”."),
        )
    elif re.search(r"~(?![01])", str(pointer)):
        yield Problem(f"{at}/pointer", _("In a JSON pointer “~” is written “~0”."))
    if "action" in leaf and (not leaf["action"] or _is_bad_text(leaf["action"])):
        yield Problem(f"{at}/action", _("This must be the name of an action."))


def _value(value: object, term: Term, op: str, at: str) -> Iterator[Problem]:
    if term.kind == "hours":
        yield from _hours(value, at)
        return
    is_list = op in ("in", "match", "match_all")
    if not is_list:
        yield from _one(value, term, op, at)
        return
    if not isinstance(value, list) or not value:
        yield Problem(at, _("This must be a list with at least one value."))
    elif len(value) > MOST_VALUES:
        yield Problem(at, _("This list may have %(n)d values at most.") % {"n": MOST_VALUES})
    else:
        for index, each in enumerate(value):
            yield from _one(each, term, op, f"{at}/{index}")


def _one(value: object, term: Term, op: str, at: str) -> Iterator[Problem]:
    if detail := _fault(value, term, op):
        yield Problem(at, detail)


def _fault(value: object, term: Term, op: str) -> str:
    kind = term.kind
    if term.choices and value not in term.choices:
        return _("This must be one of: %(names)s.") % {"names": ", ".join(term.choices)}
    if kind == "id" and (type(value) is not int or not 0 < value < 2**63):
        return _("This must be the number of a row.")
    if kind == "number" and not _is_number(value):
        return _("This must be a number.")
    if kind in ("text", "glob", "words") and (not value or _is_bad_text(value)):
        return _("This must be a text of 1 to %(n)d characters.") % {"n": LONGEST_TEXT}
    if kind == "words" and not words_of([str(value)]):
        return _("This has no word that could be found.")
    if kind == "glob" and (str(value).startswith("/") or ".." in str(value).split("/")):
        return _("Name files relative to the workspace, without “..”.")
    if kind == "any":
        return _argument_fault(value, op)
    return ""


def _argument_fault(value: object, op: str) -> str:
    if isinstance(value, str):
        if _is_bad_text(value) or (op == "contains" and not value):
            return _("This must be a text of 1 to %(n)d characters.") % {"n": LONGEST_TEXT}
    elif op in ORDER and not _is_number(value):
        return _("Only numbers and texts are less or greater.")
    elif value is not None and not isinstance(value, bool) and not _is_number(value):
        return _("This must be a text, a number, true, false or null.")
    return ""


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and abs(value) < 10**100


def _is_bad_text(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        return True
    return any("\ud800" <= character <= "\udfff" for character in value)


def _hours(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, _("This must be an object with zone, from, to and weekdays."))
        return
    for other in sorted(set(value) - {"zone", "from", "to", "weekdays"}, key=str):
        yield Problem(at, _("“%(name)s” is not known here.") % {"name": str(other)[:80]})
    if not value:
        yield Problem(at, _("Name hours, weekdays or both."))
    for name in ("from", "to"):
        if name in value and not (isinstance(value[name], str) and _is_clock(value[name])):
            yield Problem(f"{at}/{name}", _("This must be a time as “09:30”."))
    if ("from" in value) != ("to" in value):
        yield Problem(at, _("“from” and “to” go together."))
    if not _is_zone(value.get("zone", "UTC")):
        yield Problem(f"{at}/zone", _("This is no time zone, as “Europe/Berlin”."))
    days = value.get("weekdays", list(WEEKDAYS))
    if not isinstance(days, list) or not days or any(day not in WEEKDAYS for day in days):
        yield Problem(
            f"{at}/weekdays",
            _("This must list some of: %(names)s.") % {"names": ", ".join(WEEKDAYS)},
        )


def _is_clock(text: str) -> bool:
    return bool(_CLOCK.fullmatch(text)) and time.fromisoformat(text) is not None


def _is_zone(name: object) -> bool:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_+/-]{1,64}", name):
        return False
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True
