"""Why a condition fits or not: every part is looked at and told, none is skipped."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from reviews import secret_names, secrets
from reviews.conditions import evaluating, sentences
from reviews.conditions.facts import Facts, words_of
from reviews.conditions.sentences import Names, listed, quoted
from reviews.conditions.values import is_comparable, parts_of
from reviews.conditions.vocabulary import RISKS, TERMS, WEEKDAYS
from reviews.conditions.walking import Node, Tree

_SHOWN, _LONGEST = 5, 80


@dataclass(frozen=True)
class Result:
    """One node: its JSON pointer, its sentence, whether it holds, and what was found there.

    ``found`` is "" for and, or and not. Nothing that looks like a secret is in it.
    """

    pointer: str
    sentence: str
    holds: bool
    found: str = ""
    parts: tuple["Result", ...] = ()
    link: str = ""  # and, or, not; "" for a leaf

    def leaves(self) -> Iterator["Result"]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def explain(tree: Tree, facts: Facts, names: Names | None = None) -> Result:
    """``holds`` of the whole is what ``evaluate`` says."""
    if tree is None:
        return Result("", _("always"), True)
    return _node(tree, facts, names or Names(), "")


def _node(node: Node, facts: Facts, names: Names, at: str) -> Result:
    told = sentences.sentence(node, names)
    if "not" in node:
        inner = _node(node["not"], facts, names, f"{at}/not")
        return Result(at, told, not inner.holds, parts=(inner,), link="not")
    for link, whole in (("and", all), ("or", any)):
        if link in node:
            parts = tuple(
                _node(part, facts, names, f"{at}/{link}/{index}")
                for index, part in enumerate(node[link])
            )
            return Result(at, told, whole(part.holds for part in parts), parts=parts, link=link)
    holds = evaluating.of_leaf(node)(facts)
    return Result(at, told, holds, found=_found(node, facts, names))


def _found(leaf: Node, facts: Facts, names: Names) -> str:
    fact, op = leaf["fact"], leaf["op"]
    if fact == "text":
        return _words(leaf, facts)
    if fact == "time":
        return _("it was %(when)s") % {"when": _when(leaf, facts)}
    values = list(evaluating.reader(leaf)(facts))
    if not values:
        return _("there is none")
    shown = [_shown(leaf, value, names) for value in values[:_SHOWN]]
    if len(values) > _SHOWN:
        shown.append(_("%(n)d more") % {"n": len(values) - _SHOWN})
    told = _("found: %(values)s") % {"values": ", ".join(shown)}
    wanted = leaf.get("value", True)
    if TERMS[fact].kind == "any" and not any(is_comparable(op, each, wanted) for each in values):
        return _("%(found)s (of another type, so it is not compared)") % {"found": told}
    return told


def _shown(leaf: Node, value: Any, names: Names) -> str:
    fact = leaf["fact"]
    if fact in ("agent", "workspace"):
        return names.of(f"{fact}s", value)
    if fact == "risk":
        return sentences.WORDS[RISKS[value]]()
    if fact == "trigger":
        return sentences.WORDS[value]()
    if fact == "file_bytes":
        return sentences.size(value)
    if fact != "argument":
        return quoted(secrets.masked(value)[:_LONGEST]) if isinstance(value, str) else str(value)
    if isinstance(value, list):
        return _("a list of %(n)d") % {"n": len(value)}
    if isinstance(value, dict):
        return _("an object")
    if any(secret_names.names_secret(part) for part in parts_of(leaf["pointer"])):
        return _("a masked value")
    if isinstance(value, str):
        return "“" + quoted(secrets.masked(value)[:_LONGEST]).strip("“”") + "”"
    return json.dumps(value)[:_LONGEST]


def _words(leaf: Node, facts: Facts) -> str:
    wanted = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
    missing = [word for text in wanted for word in sorted(words_of([text]) - facts.words)]
    if not missing:
        return _("all of these words are there")
    return _("not there: %(words)s") % {"words": listed([quoted(word) for word in missing[:10]])}


def _when(leaf: Node, facts: Facts) -> str:
    zone = leaf["value"].get("zone", "UTC")
    local = facts.at.astimezone(ZoneInfo(zone))
    day = sentences.DAYS[WEEKDAYS[local.weekday()]]()
    return f"{day} {local:%H:%M} ({zone})"
