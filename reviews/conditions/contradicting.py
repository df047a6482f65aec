"""Parts of a condition that can never hold together: not refused, but told before publishing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from reviews.conditions.sentences import Names, sentence
from reviews.conditions.values import holds
from reviews.conditions.vocabulary import RISKS, TERMS
from reviews.conditions.walking import Node, Tree
from workspaces.errors import Problem

_LEAST = {"confidence": 0, "file_count": 0, "file_bytes": 0, "round": 1}
_MOST = {"confidence": 1}
_KINDS = ("choice", "level", "id", "number", "text")


def contradictions(tree: Tree, names: Names | None = None) -> list[Problem]:
    """Groups of parts that no handoff can meet at once, each with the place of its "and".

    What is not found may still contradict itself: only facts with one value are compared.
    """
    return list(_walk(tree, "", names or Names())) if tree is not None else []


def _walk(node: Node, at: str, names: Names) -> Iterator[Problem]:
    if "not" in node:
        yield from _walk(node["not"], f"{at}/not", names)
        return
    link = next((link for link in ("and", "or") if link in node), "")
    if link != "or":
        yield from _of_group(list(_joined(node)), at, names)
    for index, part in enumerate(node.get(link, ())):
        if link == "or" or "and" not in part:
            if link == "and" and "fact" in part:
                continue  # compared with its neighbours already
            yield from _walk(part, f"{at}/{link}/{index}", names)
        else:
            yield from _inside(part, f"{at}/{link}/{index}", names)


def _inside(node: Node, at: str, names: Names) -> Iterator[Problem]:
    """Below an "and" whose leaves were compared with those above it."""
    for index, part in enumerate(node["and"]):
        here = f"{at}/and/{index}"
        if "and" in part:
            yield from _inside(part, here, names)
        elif "fact" not in part:
            yield from _walk(part, here, names)


def _joined(node: Node) -> Iterator[Node]:
    """Leaves that must all hold for ``node`` to hold."""
    if "and" in node:
        for part in node["and"]:
            yield from _joined(part)
    elif "fact" in node:
        yield node


def _of_group(leaves: list[Node], at: str, names: Names) -> Iterator[Problem]:
    groups: dict[str, list[Node]] = defaultdict(list)
    for leaf in leaves:
        term = TERMS[leaf["fact"]]
        if not term.has_many and term.kind in _KINDS:
            groups[leaf["fact"]].append(leaf)
    for fact, group in groups.items():
        if not _is_possible(fact, group):
            told = "; ".join(sentence(leaf, names) for leaf in group)
            if len(group) == 1:
                yield Problem(at, _("This never holds: %(what)s.") % {"what": told})
            else:
                yield Problem(at, _("These never hold together: %(what)s.") % {"what": told})


def _is_possible(fact: str, group: list[Node]) -> bool:
    """Could one value meet every leaf of ``group``?"""
    asked = [(leaf["op"], _ranked(fact, leaf.get("value", True))) for leaf in group]
    if ("exists", False) in asked:
        return all(each == ("exists", False) for each in asked)
    candidates = _candidates(fact, asked)
    if candidates is not None:
        return any(all(holds(op, [value], wanted) for op, wanted in asked) for value in candidates)
    low, is_low_out = _LEAST.get(fact, float("-inf")), False
    high, is_high_out = _MOST.get(fact, float("inf")), False
    for op, wanted in asked:
        if op in ("gt", "ge") and (wanted > low or (wanted == low and op == "gt")):
            low, is_low_out = wanted, op == "gt"
        elif op in ("lt", "le") and (wanted < high or (wanted == high and op == "lt")):
            high, is_high_out = wanted, op == "lt"
    return low < high or (low == high and not is_low_out and not is_high_out)


def _ranked(fact: str, value: Any) -> Any:
    if fact != "risk":
        return value
    return [RISKS.index(each) for each in value] if isinstance(value, list) else RISKS.index(value)


def _candidates(fact: str, asked: list[tuple[str, Any]]) -> list[Any] | None:
    """Every value that could do; None when there are too many to list."""
    if fact == "risk":
        return list(range(len(RISKS)))
    for op, wanted in asked:
        if op in ("eq", "in"):
            found = wanted if op == "in" else [wanted]
            return [value for value in found if _is_in_range(fact, value)]
    return list(TERMS[fact].choices) or None


def _is_in_range(fact: str, value: Any) -> bool:
    least, most = _LEAST.get(fact), _MOST.get(fact)
    return (least is None or value >= least) and (most is None or value <= most)
