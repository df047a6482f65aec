"""The rules in force, compiled; kept in this process by the key of their version."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from reviews import conditions, rule_actions, rule_names
from reviews.conditions import Facts, Names, Tree
from reviews.conditions.walking import facts_in
from reviews.models import Rule, RuleVersion
from workspaces.models import Workspace

logger = logging.getLogger("handoff.rules")
MOST_KEPT = 500
NAMES_KEPT = 60.0  # seconds until somebody's new name is told

_kept: OrderedDict[str, tuple[float, "Book"]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Line:
    """One rule, ready to be asked."""

    id: int
    key: str
    name: str
    condition: Tree
    actions: dict[str, Any]
    is_otherwise: bool
    fits: Callable[[Facts], bool]
    names: Names

    def sentence(self, place: str) -> str:
        """Condition and actions in words, without the rule's name."""
        told = rule_actions.sentence(self.actions, self.names, place=place)
        if self.is_otherwise:
            return told
        return f"{conditions.sentence(self.condition, self.names)} → {told}"

    def text(self, place: str) -> str:
        """As a person asks "why me?" of it: its name and what it does."""
        if self.is_otherwise:
            told = rule_actions.sentence(self.actions, self.names, place=place)
            return _("%(name)s → %(what)s") % {"name": self.name, "what": told}
        return _("%(name)s: %(what)s") % {"name": self.name, "what": self.sentence(place)}


@dataclass(frozen=True)
class Book:
    """The active rules of one version, in order; ``wanted`` are the facts that they ask for,
    ``teams`` those that they name."""

    lines: tuple[Line, ...]
    wanted: frozenset[str]
    teams: frozenset[int] = frozenset()


def of_version(version: RuleVersion) -> Book:
    """Compiled anew: for drafts, which change."""
    return compiled(version.rules.all())


def compiled(rules: Iterable[Rule], *, with_inactive: bool = False) -> Book:
    """In the order of ``rules``. One that is not valid (written past the desk) is left out and
    logged."""
    rows = [rule for rule in rules if (rule.is_active or with_inactive) and _is_usable(rule)]
    names = rule_names.of([(rule.condition, rule.actions) for rule in rows])
    lines = [
        Line(
            id=rule.pk,
            key=rule.key,
            name=rule.name,
            condition=rule.condition,
            actions=rule.actions,
            is_otherwise=rule.is_otherwise,
            fits=conditions.compiled(rule.condition),
            names=names,
        )
        for rule in rows
    ]
    wanted = frozenset[str]().union(*(facts_in(line.condition) for line in lines))
    teams = rule_names.wanted((line.condition, line.actions) for line in lines)["team"]
    return Book(tuple(lines), wanted, frozenset(teams))


def _is_usable(rule: Rule) -> bool:
    """ "Otherwise" always is, for every handoff must go somewhere."""
    problems = conditions.validate(rule.condition) + rule_actions.validate(rule.actions)
    if problems:
        logger.error("rule %s is not valid: %s", rule.pk, problems[0].detail)
        if rule.is_otherwise:
            rule.condition, rule.actions = None, rule_actions.OTHERWISE
            return True
    return not problems


def in_force(workspace: Workspace) -> Book:
    """Desk-wide rules, then the workspace's with its Otherwise: one query when they are kept."""
    versions = RuleVersion.objects.filter(
        Q(workspace=workspace) | Q(workspace=None), status=RuleVersion.Status.PUBLISHED
    ).order_by(F("workspace").asc(nulls_first=True))
    books = [_kept_or_read(pk, key) for pk, key in versions.values_list("pk", "key")]
    return Book(
        tuple(line for book in books for line in book.lines),
        frozenset[str]().union(*(book.wanted for book in books)),
        frozenset[int]().union(*(book.teams for book in books)),
    )


def _kept_or_read(pk: int, key: str) -> Book:
    now = time.monotonic()
    with _lock:
        if (found := _kept.get(key)) and found[0] > now:
            _kept.move_to_end(key)
            return found[1]
    book = compiled(Rule.objects.filter(version=pk))
    with _lock:
        _kept[key] = (now + NAMES_KEPT, book)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return book
