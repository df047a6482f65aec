"""What the rows that rules name are called now, and which of them are not there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Model
from django.utils.translation import gettext as _

from reviews import conditions, rule_actions
from reviews.conditions import Names, Tree
from reviews.models import Channel
from workspaces.models import Agent, Team, User, Workspace

Pair = tuple[Tree, rule_actions.Actions]
_MODELS: dict[str, type[Model]] = {
    "agent": Agent,
    "workspace": Workspace,
    "user": User,
    "team": Team,
    "channel": Channel,
}


def wanted(rules: Iterable[Pair]) -> dict[str, set[int]]:
    """{"agent", "workspace", "user", "team", "channel": ids} that valid rules name."""
    found: dict[str, set[int]] = defaultdict(set)
    for tree, actions in rules:
        for ids in (conditions.ids_in(tree), rule_actions.ids_in(actions)):
            for kind, each in ids.items():
                found[kind] |= each
    return found


def of(rules: Iterable[Pair]) -> Names:
    """The names behind the ids in valid rules: at most one query a kind of row."""
    return named(wanted(rules))


def named(ids: Mapping[str, set[int]]) -> Names:
    found = {kind: _named(kind, ids.get(kind, set())) for kind in _MODELS}
    return Names(
        agents=found["agent"],
        workspaces=found["workspace"],
        people=found["user"],
        teams=found["team"],
        channels=found["channel"],
    )


def _named(kind: str, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    if kind == "channel":  # deleted ones keep their rows
        return {each.pk: str(each) for each in Channel.objects.kept().filter(pk__in=ids, user=None)}
    return {pk: str(row) for pk, row in _MODELS[kind]._default_manager.in_bulk(list(ids)).items()}


def missing(rules: Iterable[Pair]) -> list[str]:
    """A sentence for each row that rules name and that is not there."""
    ids = wanted(rules)
    names = named(ids)
    known = {
        "agent": (names.agents, _("There is no agent no. %(id)d.")),
        "workspace": (names.workspaces, _("There is no workspace no. %(id)d.")),
        "user": (names.people, _("There is no person no. %(id)d.")),
        "team": (names.teams, _("There is no team no. %(id)d.")),
        "channel": (names.channels, _("There is no channel no. %(id)d.")),
    }
    return [
        told % {"id": pk}
        for kind, (found, told) in known.items()
        for pk in sorted(ids.get(kind, set()))
        if pk not in found
    ]
