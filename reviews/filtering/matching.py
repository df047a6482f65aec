"""From terms to the database's question. What each key means stands here, once."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from django.db.models import Q

from reviews.filtering import keys
from reviews.filtering.language import Query, Term, Value
from reviews.models import ENDED, Decision, Priority, Risk, Status
from reviews.models.handoffs import NO_DUE, TRIGGER_RANKS
from reviews.searching import index
from workspaces.models import Agent, TeamMember, User, Workspace

# ``is:`` words that say which list; the others narrow one.
LISTS = ("open", "decided", "waiting", "snoozed")
_LOOKUPS = {"": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_TURNED = {"": "", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LONGEST_SPAN = timedelta(days=36500)


@dataclass(frozen=True)
class Viewer:
    """Who asks, and when by the database's clock."""

    user: User
    now: datetime


def condition(query: Query, viewer: Viewer, scope: str = "open") -> Q:
    """The rows of ``scope`` (open, mine or decided) that fit all terms."""
    chosen = Q()
    for term in query.narrowing():
        fits = _any_of(_fits(term.key, value, term, viewer) for value in term.values)
        chosen &= ~fits if term.is_negated else fits
    return chosen if chooses_list(query) else scoped(scope, viewer) & chosen


def scoped(scope: str, viewer: Viewer) -> Q:
    """The rows of an address: ``/``, ``/mine/`` or ``/decided/``."""
    if scope == "mine":
        return _where("open", viewer) & _where("mine", viewer)
    if scope == "open":
        return _where("open", viewer) & ~voted(viewer.user)
    return _where(scope, viewer)


def voted(user: User) -> Q:
    """This person has voted on it, and it waits for others."""
    # The bound on the handoff leads SQLite to the index of what waits, not to all they decided.
    mine = Decision.objects.filter(reviewer=user, is_waiting=True, handoff__gt=0)
    return Q(pk__in=mine.values("handoff"))


def chooses_list(query: Query) -> bool:
    """Does the filter itself say which list, whatever the address?"""
    return any(
        value.text in LISTS and (not term.is_negated or value.text == "open")
        for term in query.narrowing()
        if term.key == "is"
        for value in term.values
    )


def lists(query: Query, scope: str) -> set[str]:
    """The lists whose rows may be among the result."""
    if not chooses_list(query):
        return {"open" if scope == "mine" else scope}
    said = [term for term in query.narrowing() if term.key == "is"]
    named = {value.text for term in said if not term.is_negated for value in term.values}
    return named & set(LISTS) or set(LISTS)


def _any_of(conditions: Iterable[Q]) -> Q:
    return reduce(operator.or_, conditions)


def _fits(key: str, value: Value, term: Term, viewer: Viewer) -> Q:
    if key == "":
        return index.containing(value.text, whole=term.is_exact)
    return _KEYS[key](value, viewer)


def _where(word: str, viewer: Viewer) -> Q:
    now = viewer.now
    pending = Q(status=Status.PENDING)
    claimed = Q(claimed_until__gt=now)
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    words = {
        # A verdict whose undo window is open stays in sight until it has left.
        "open": pending & awake,
        "snoozed": pending & Q(snoozed_until__gt=now),
        "waiting": Q(status=Status.CHANGES_REQUESTED),
        "decided": Q(status__in=ENDED, ended_at__isnull=False),
        "mine": Q(assigned_to=viewer.user)
        | (Q(claimed_by=viewer.user) & claimed)
        | voted(viewer.user),
        "overdue": pending & Q(due_key__lte=now),
        "claimed": claimed,
        "unclaimed": Q(claimed_until=None) | Q(claimed_until__lte=now),
    }
    return words[word]


def _compared(column: str, read: Callable[[str], Any]) -> Callable[[Value, Viewer], Q]:
    def build(value: Value, viewer: Viewer) -> Q:
        if value.text == "none" and column == "confidence":
            return Q(confidence=None)
        return Q(**{f"{column}__{_LOOKUPS[value.operator]}": read(value.text)})

    return build


def _due(value: Value, viewer: Viewer) -> Q:
    """``due:<2h``: what is due within two hours, overdue things included."""
    if value.text == "none":
        return Q(due_key=NO_DUE)
    lookup = _LOOKUPS[value.operator or "<="]
    return Q(**{f"due_key__{lookup}": viewer.now + _span(value.text)}) & Q(due_key__lt=NO_DUE)


def _age(value: Value, viewer: Viewer) -> Q:
    """``age:>1h``: in the queue, this round, for longer than an hour."""
    lookup = _LOOKUPS[_TURNED[value.operator or ">="]]
    return Q(**{f"queued_at__{lookup}": viewer.now - _span(value.text)})


def _span(text: str) -> timedelta:
    return min(keys.span(text) or timedelta(), _LONGEST_SPAN)


def _people(name: str) -> Q:
    """By name, e-mail address, or what stands before its @."""
    return Q(name__iexact=name) | Q(email__iexact=name) | Q(email__istartswith=f"{name}@")


def _assignee(value: Value, viewer: Viewer) -> Q:
    if value.text == "me":
        return Q(assigned_to=viewer.user)
    if value.text == "none":
        return Q(assigned_to=None)
    return Q(assigned_to__in=User.objects.filter(_people(value.text)).values("pk"))


def _claimed(value: Value, viewer: Viewer) -> Q:
    if value.text == "none":
        return _where("unclaimed", viewer)
    live = Q(claimed_until__gt=viewer.now)
    if value.text == "me":
        return live & Q(claimed_by=viewer.user)
    return live & Q(claimed_by__in=User.objects.filter(_people(value.text)).values("pk"))


def _team(value: Value, viewer: Viewer) -> Q:
    """Somebody of the team has it, or the agent asked for the queue of that name."""
    named = Q(team__slug__iexact=value.text) | Q(team__name__iexact=value.text)
    members = TeamMember.objects.filter(named).values("user_id")
    claimed = Q(claimed_by__in=members, claimed_until__gt=viewer.now)
    return Q(assigned_to__in=members) | claimed | Q(queue_hint__iexact=value.text)


def _agent(value: Value, viewer: Viewer) -> Q:
    return Q(submitter__in=Agent.objects.filter(name__iexact=value.text).values("pk"))


def _workspace(value: Value, viewer: Viewer) -> Q:
    named = Q(slug__iexact=value.text) | Q(name__iexact=value.text)
    return Q(workspace__in=Workspace.objects.filter(named).values("pk"))


_KEYS: dict[str, Callable[[Value, Viewer], Q]] = {
    "is": lambda value, viewer: _where(value.text, viewer),
    "trigger": lambda value, viewer: Q(trigger_rank=TRIGGER_RANKS[value.text]),
    "agent": _agent,
    "workspace": _workspace,
    "assignee": _assignee,
    "claimed": _claimed,
    "team": _team,
    "tag": lambda value, viewer: index.tagged(value.text),
    "priority": _compared("priority", lambda text: Priority[text.upper()]),
    "risk": _compared("risk", lambda text: Risk[text.upper()]),
    "confidence": _compared("confidence", float),
    "due": _due,
    "age": _age,
    "round": _compared("revision", int),
    "files": _compared("file_count", int),
    "number": lambda value, viewer: Q(pk=keys.number(value.text)),
}
