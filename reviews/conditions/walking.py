"""Walking over a tree that was validated."""

from collections.abc import Iterator, Mapping
from typing import Any

Node = Mapping[str, Any]
Tree = Node | None


def leaves(tree: Tree) -> Iterator[Node]:
    """Every node that asks a fact, from left to right."""
    if tree is None:
        return
    if "not" in tree:
        yield from leaves(tree["not"])
    elif parts := tree.get("and", tree.get("or")):
        for part in parts:
            yield from leaves(part)
    else:
        yield tree


def ids_in(tree: Tree) -> dict[str, set[int]]:
    """{"agent": ids, "workspace": ids} that a tree names, for whoever can look them up."""
    found: dict[str, set[int]] = {"agent": set(), "workspace": set()}
    for leaf in leaves(tree):
        if leaf["fact"] in found:
            value = leaf["value"]
            found[leaf["fact"]].update(value if isinstance(value, list) else [value])
    return found


def facts_in(tree: Tree) -> frozenset[str]:
    """Names of the facts that a tree asks for, so that nobody reads what nobody asks."""
    return frozenset(leaf["fact"] for leaf in leaves(tree))
