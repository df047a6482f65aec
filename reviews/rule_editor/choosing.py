"""What may be chosen by name in a rule's form: rows of the desk, and the closed words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from reviews.conditions.sentences import DAYS, WORDS
from reviews.conditions.vocabulary import TERMS, WEEKDAYS
from reviews.models import Channel
from reviews.rule_editor.rows import Group, Row
from reviews.rule_forms import Scope
from workspaces.models import Agent, Team, User, Workspace

MOST_OFFERED = 500  # a longer list is for the command line; what is chosen is always among it
Named = list[tuple[int, str]]

FACTS: dict[str, Callable[[], str]] = {
    "trigger": lambda: _("Trigger"),
    "agent": lambda: _("Agent"),
    "workspace": lambda: _("Workspace"),
    "queue": lambda: _("Queue hint"),
    "tags": lambda: _("Tag"),
    "confidence": lambda: _("Confidence"),
    "risk": lambda: _("Risk"),
    "action": lambda: _("Action"),
    "argument": lambda: _("Argument"),
    "files": lambda: _("File path"),
    "file_count": lambda: _("Number of files"),
    "file_bytes": lambda: _("Size in bytes"),
    "error_type": lambda: _("Type of error"),
    "text": lambda: _("Text"),
    "time": lambda: _("Time of day"),
    "round": lambda: _("Round"),
}
OPS: dict[str, Callable[[], str]] = {
    "eq": lambda: _("is"),
    "ne": lambda: _("is not"),
    "lt": lambda: _("is below"),
    "le": lambda: _("is at most"),
    "gt": lambda: _("is above"),
    "ge": lambda: _("is at least"),
    "in": lambda: _("is one of"),
    "contains": lambda: _("contains"),
    "exists": lambda: _("is given"),
    "match": lambda: _("matches"),
    "match_all": lambda: _("all match"),
    "within": lambda: _("is within"),
}


@dataclass(frozen=True)
class Choices:
    """For one scope: a workspace's admins are offered what is of their workspace, and what its
    rules name already (``known``)."""

    scope: Scope
    known: Mapping[str, set[int]] = field(default_factory=dict)

    @cached_property
    def agents(self) -> Named:
        return _named(self._agents().order_by("name").values_list("pk", "name"))

    @cached_property
    def workspaces(self) -> Named:
        return _named(self._workspaces().order_by("name").values_list("pk", "name"))

    @cached_property
    def people(self) -> Named:
        found = self._people().order_by("name", "email")
        return [(user.pk, str(user)) for user in found[:MOST_OFFERED]]

    @cached_property
    def teams(self) -> Named:
        return _named(self._teams().order_by("name").values_list("pk", "name"))

    @cached_property
    def channels(self) -> Named:
        found = self._channels().order_by("name", "pk")
        return [(channel.pk, str(channel)) for channel in found[:MOST_OFFERED]]

    def are_offered(self, ids: Mapping[str, set[int]]) -> bool:
        """May each of these rows be named here? Else a rule would tell names of other places."""
        rows: dict[str, QuerySet[Any]] = {
            "agent": self._agents(),
            "workspace": self._workspaces(),
            "user": self._people(),
            "team": self._teams(),
            "channel": self._channels(),
        }
        return all(
            rows[kind].filter(pk__in=wanted).count() == len(wanted)
            for kind, wanted in ids.items()
            if wanted and kind in rows
        )

    def _agents(self) -> QuerySet[Agent]:
        if self.scope is None:
            return Agent.objects.all()
        here = Q(grants__workspace=self.scope) | Q(pk__in=self.known.get("agent", ()))
        return Agent.objects.filter(here).distinct()

    def _workspaces(self) -> QuerySet[Workspace]:
        found = Workspace.objects.exclude(slug="desk")
        if self.scope is None:
            return found
        return found.filter(Q(pk=self.scope.pk) | Q(pk__in=self.known.get("workspace", ())))

    def _teams(self) -> QuerySet[Team]:
        """With a role here, or somebody of here in it."""
        if self.scope is None:
            return Team.objects.all()
        here = Q(roles__workspace=self.scope) | Q(pk__in=self.known.get("team", ()))
        here |= Q(teammember__user__memberships__workspace=self.scope)
        return Team.objects.filter(here).distinct()

    def _channels(self) -> QuerySet[Channel]:
        """Shared ones: the desk's, of this workspace, of teams with a role here."""
        found = Channel.objects.kept().filter(user=None)
        if self.scope is None:
            return found
        here = Q(workspace=self.scope) | Q(workspace=None, team=None)
        here |= Q(team__roles__workspace=self.scope) | Q(pk__in=self.known.get("channel", ()))
        return found.filter(here).distinct()

    def _people(self) -> QuerySet[User]:
        here = Q(is_active=True)
        if self.scope is not None:
            here &= Q(memberships__workspace=self.scope)
        return User.objects.filter(here | Q(pk__in=self.known.get("user", ()))).distinct()


def _named(rows: Iterable[tuple[int, str]]) -> Named:
    return list(rows)[:MOST_OFFERED]


def dress(root: Group, choices: Choices) -> Group:
    """Give every row what its lists offer."""
    for part in root.walk():
        if isinstance(part, Row):
            _dress(part, choices)
    return root


def _dress(row: Row, choices: Choices) -> None:
    row.facts = [(name, FACTS[name](), name == row.fact) for name in TERMS]
    term = TERMS.get(row.fact)
    row.ops = [(op, _op(row.fact, op), op == row.op) for op in (term.ops if term else OPS)]
    if row.fact == "time":
        row.options = [(day, DAYS[day](), day in row.days) for day in WEEKDAYS]
    elif term and term.choices:
        row.options = [(each, WORDS[each](), each in row.values) for each in term.choices]
    elif term and term.kind == "id":
        known = choices.agents if row.fact == "agent" else choices.workspaces
        row.options = [(str(pk), name, str(pk) in row.values) for pk, name in known]
        offered = {value for value, _label, _chosen in row.options}
        row.options += [
            (value, _("no. %(id)s (no longer there)") % {"id": value}, True)
            for value in row.values
            if value and value not in offered
        ]


def _op(fact: str, op: str) -> str:
    if fact == "text":
        return _("contains") if op == "contains" else _("contains one of")
    if fact in ("tags", "action") and op == "eq":
        return _("one is")
    if fact in ("tags", "action") and op == "ne":
        return _("none is")
    return OPS[op]()
