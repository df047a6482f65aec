"""Conditions as sentences: "the agent is etl-3 and confidence is below 0.6"."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.conditions.vocabulary import WEEKDAYS
from reviews.conditions.walking import Node, Tree
from workspaces.paths import printable

_PLAIN = re.compile(r"[\w.@/+-]+")


@dataclass(frozen=True)
class Names:
    """What rows are called, by their ids. A row that is not here is gone, and named so."""

    agents: Mapping[int, str] = field(default_factory=dict)
    workspaces: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)

    def of(self, kind: str, pk: int) -> str:
        known: Mapping[int, str] = getattr(self, kind)
        if pk in known:
            return quoted(known[pk])
        return _("no. %(id)d (no longer there)") % {"id": pk}


def quoted(name: str) -> str:
    """A name as it is when it is one word, else in quotation marks that it cannot leave."""
    shown = printable(name)
    if _PLAIN.fullmatch(shown):
        return shown
    return "“" + shown.replace("“", '"').replace("”", '"') + "”"


def sentence(tree: Tree, names: Names | None = None) -> str:
    """A validated tree in words; None is "always". Names of rows come from ``names``."""
    if tree is None:
        return _("always")
    return _node(tree, names or Names(), is_inner=False)


def _node(node: Node, names: Names, *, is_inner: bool) -> str:
    if "not" in node:
        return _("not (%(what)s)") % {"what": _node(node["not"], names, is_inner=False)}
    if "and" in node or "or" in node:
        parts = node.get("and") or node["or"]
        if len(parts) == 1:
            return _node(parts[0], names, is_inner=is_inner)
        told = [_node(part, names, is_inner=True) for part in parts]
        text = (_(" and ") if "and" in node else _(" or ")).join(told)
        return f"({text})" if is_inner else text
    return of_leaf(node, names)


def of_leaf(leaf: Node, names: Names) -> str:
    fact, op, value = leaf["fact"], leaf["op"], leaf.get("value", True)
    if fact == "time":
        return _hours(value)
    if fact in ("file_count", "file_bytes"):
        return _amount(fact, op, value)
    if op == "exists":
        return _existence(leaf, is_there=value)
    return _OPS[op]() % {"fact": label(leaf), "value": _value(fact, value, names)}


def label(leaf: Node) -> str:
    """What a leaf asks of, as the subject of a sentence."""
    if leaf["fact"] != "argument":
        return _LABELS[leaf["fact"]]()
    pointer = quoted(leaf["pointer"].removeprefix("/").replace("/", "."))
    if "action" in leaf:
        told = _("the argument %(pointer)s of %(action)s")
        return told % {"pointer": pointer, "action": quoted(leaf["action"])}
    return _("the argument %(pointer)s") % {"pointer": pointer}


_LABELS: dict[str, Callable[[], str]] = {
    "trigger": lambda: _("the trigger"),
    "agent": lambda: _("the agent"),
    "workspace": lambda: _("the workspace"),
    "queue": lambda: _("the queue hint"),
    "tags": lambda: _("a tag"),
    "confidence": lambda: _("confidence"),
    "risk": lambda: _("the risk"),
    "action": lambda: _("an action"),
    "files": lambda: _("a file"),
    "file_count": lambda: _("the number of files"),
    "file_bytes": lambda: _("the size of all files"),
    "error_type": lambda: _("the type of error"),
    "text": lambda: _("the text"),
    "time": lambda: _("the time"),
    "round": lambda: _("the round"),
}
_OPS: dict[str, Callable[[], str]] = {
    "eq": lambda: _("%(fact)s is %(value)s"),
    "ne": lambda: _("%(fact)s is not %(value)s"),
    "lt": lambda: _("%(fact)s is below %(value)s"),
    "le": lambda: _("%(fact)s is at most %(value)s"),
    "gt": lambda: _("%(fact)s is above %(value)s"),
    "ge": lambda: _("%(fact)s is at least %(value)s"),
    "in": lambda: _("%(fact)s is %(value)s"),
    "contains": lambda: _("%(fact)s contains %(value)s"),
    "match": lambda: _("%(fact)s matches %(value)s"),
    "match_all": lambda: _("every file matches %(value)s"),
}
DAYS: dict[str, Callable[[], str]] = {
    "mon": lambda: _("Mon"),
    "tue": lambda: _("Tue"),
    "wed": lambda: _("Wed"),
    "thu": lambda: _("Thu"),
    "fri": lambda: _("Fri"),
    "sat": lambda: _("Sat"),
    "sun": lambda: _("Sun"),
}
WORDS: dict[str, Callable[[], str]] = {
    "critical_action": lambda: _("critical action"),
    "error": lambda: _("error"),
    "low_confidence": lambda: _("low confidence"),
    "question": lambda: _("question"),
    "completion": lambda: _("completion"),
    "none": lambda: _("not stated"),
    "low": lambda: _("low"),
    "medium": lambda: _("medium"),
    "high": lambda: _("high"),
    "critical": lambda: _("critical"),
}


def _existence(leaf: Node, *, is_there: bool) -> str:
    said = {
        "queue": (_("there is a queue hint"), _("there is no queue hint")),
        "tags": (_("there are tags"), _("there are no tags")),
        "confidence": (_("confidence is stated"), _("confidence is not stated")),
        "action": (_("there is an action"), _("there is no action")),
        "files": (_("there are files"), _("there are no files")),
        "error_type": (_("the type of error is stated"), _("the type of error is not stated")),
    }
    if leaf["fact"] == "argument":
        told = _("%(fact)s is given") if is_there else _("%(fact)s is not given")
        return told % {"fact": label(leaf)}
    return said[leaf["fact"]][0 if is_there else 1]


def _value(fact: str, value: Any, names: Names) -> str:
    if isinstance(value, list):
        return listed([_value(fact, each, names) for each in value])
    if fact in ("agent", "workspace"):
        return names.of(f"{fact}s", value)
    if fact in ("trigger", "risk"):
        return WORDS[value]()
    if isinstance(value, str):
        # An argument's text is always marked, so that "5" is not taken for 5.
        is_typed = fact in ("argument", "text", "files")
        return f"“{quoted(value).strip('“”')}”" if is_typed else quoted(value)
    return json.dumps(value)


def listed(parts: Sequence[str]) -> str:
    """ "a, b or c" """
    if len(parts) == 1:
        return parts[0]
    return _("%(first)s or %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _amount(fact: str, op: str, value: Any) -> str:
    def told(each: Any) -> str:
        if fact == "file_bytes":
            return size(each)
        return ngettext("%(n)s file", "%(n)s files", int(each)) % {"n": each}

    text = listed([told(each) for each in value]) if isinstance(value, list) else told(value)
    return _OPS[op]() % {"fact": _LABELS[fact](), "value": text}


def size(count: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:g} {unit}"
        count /= 1024
    return f"{count:g} GiB"


def _hours(value: Mapping[str, Any]) -> str:
    parts = []
    if "from" in value:
        zone = value.get("zone", "UTC")
        told = _("it is between %(from)s and %(to)s (%(zone)s)")
        parts.append(told % {"from": value["from"], "to": value["to"], "zone": zone})
    if "weekdays" in value:
        days = [DAYS[day]() for day in WEEKDAYS if day in value["weekdays"]]
        told = _("the day is %(days)s") if not parts else _("on %(days)s")
        parts.append(told % {"days": listed(days)})
    if not parts:
        return _("it is any time (%(zone)s)") % {"zone": value.get("zone", "UTC")}
    return " ".join(parts)
