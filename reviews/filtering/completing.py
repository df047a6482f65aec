"""What may come next in the filter box: keys, then the values that fit; bounded."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from reviews.filtering import keys
from reviews.filtering.language import Value
from reviews.models import Handoff
from workspaces import roles
from workspaces.models import Agent, AgentWorkspace, Team, User
from workspaces.permissions import visible_workspaces

MOST = 10
RECENT = 300  # rows looked through for tags
_EXAMPLES = {
    "confidence": ("<0.6", "<0.8", ">=0.9"),
    "age": (">1h", ">4h", ">1d"),
    "due": ("<1h", "<1d", "none"),
    "round": (">1",),
    "files": (">10",),
    "priority": (">=high", *keys.PRIORITIES),
    "risk": (">=high", *keys.RISKS),
}


@dataclass(frozen=True)
class Option:
    """``text`` takes the typed term's place; one that ends in ":" goes on with its values."""

    text: str
    hint: str = ""


def options(typed: str, user: User) -> list[Option]:
    """For the term under the cursor, as "-tri" or "agent:bui" or "trigger:error,que"."""
    sign = "-" if typed.startswith("-") else ""
    key, colon, rest = typed.removeprefix("-").partition(":")
    if not colon:
        return [
            Option(f"{sign}{name}:", str(known.hint))
            for name, known in keys.KEYS.items()
            if name.startswith(key.lower()) and not (sign and name in keys.SHOWING)
        ]
    if key.lower() not in keys.KEYS:
        return []
    before, comma, last = rest.rpartition(",")
    start = f"{sign}{key.lower()}:{before}{comma}"
    wanted = last.removeprefix('"').removesuffix('"')
    found = dict.fromkeys(_values(key.lower(), wanted.lower(), user))
    fitting = [each for each in found if each.lower().startswith(wanted.lower())]
    return [Option(start + _written(each)) for each in fitting[:MOST]]


def _written(text: str) -> str:
    return text if text[:1] in "<>" else str(Value(text))


def _values(key: str, wanted: str, user: User) -> list[str]:
    visible = visible_workspaces(user)
    if key in _EXAMPLES:
        return list(_EXAMPLES[key])
    known = list(keys.KEYS[key].words)
    if key == "agent":
        granted = AgentWorkspace.objects.filter(workspace__in=visible).values("agent")
        return _names(Agent.objects.filter(pk__in=granted), "name", wanted)
    if key == "workspace":
        return _names(visible, "slug", wanted)
    if key in ("assignee", "claimed"):
        people = roles.people_in(visible).filter(is_active=True)
        return known + _names(people, "name", wanted)
    if key == "team":
        known_people = roles.people_in(visible).values("pk")
        teams = Team.objects.filter(archived_at=None, members__in=known_people)
        return _names(teams, "slug", wanted)
    if key == "tag":
        return _tags(user)
    return known


def _names(rows: "QuerySet[Any]", column: str, wanted: str) -> list[str]:
    begun = rows.filter(**{f"{column}__istartswith": wanted}).exclude(**{column: ""})
    return list(begun.order_by(column).values_list(column, flat=True).distinct()[:MOST])


def _tags(user: User) -> list[str]:
    """Of the newest handoffs, the most frequent first."""
    recent = Handoff.objects.filter(workspace__in=visible_workspaces(user)).order_by("-pk")
    counted: dict[str, int] = {}
    for tags in recent.values_list("tags", flat=True)[:RECENT]:
        for tag in tags:
            counted[str(tag)] = counted.get(str(tag), 0) + 1
    return sorted(counted, key=lambda tag: (-counted[tag], tag))
