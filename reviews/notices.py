"""Keeping what people and teams chose to be told; each change is an Event of the desk."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviews import event_kinds
from reviews.models import NoticeSettings
from reviews.notify import groups
from reviews.notify.groups import MAIL, Group, Way
from workspaces import events
from workspaces.actors import Actor
from workspaces.models import Team, User
from workspaces.transactions import write


def of_user(user: User) -> NoticeSettings:
    return NoticeSettings.objects.filter(user=user).first() or NoticeSettings(user=user)


def of_team(team: Team) -> NoticeSettings:
    return NoticeSettings.objects.filter(team=team).first() or NoticeSettings(team=team)


def keep(
    settings: NoticeSettings,
    ways: Mapping[str, Way],
    *,
    by: Actor,
    **changes: Any,
) -> None:
    """Set the cells in ``ways`` (all others: not chosen) and columns."""
    written = groups.write(dict(ways))
    values = {**changes, "choices": written}
    changed = sorted(name for name, value in values.items() if getattr(settings, name) != value)
    if not changed:
        return
    owner = settings.user or settings.team
    column, kind = ("user", "person") if settings.user else ("team", "team")
    assert owner is not None
    with write():
        whose: dict[str, Any] = {column: owner}
        NoticeSettings.objects.update_or_create(**whose, defaults=values)
        events.record_on_desk(
            event_kinds.NOTICES_CHANGED,
            subject=(kind, str(owner.pk)),
            actor=by,
            payload={"changed": changed},
        )


def end_mails(user: User, which: Sequence[Group], inherited: Mapping[str, Way]) -> None:
    """No mails about these groups any more; every other way stays as it is."""
    settings = of_user(user)
    ways = groups.read(settings.choices)
    standing = groups.DEFAULTS | dict(inherited) | ways
    for cell, way in standing.items():
        if cell.partition(":")[0] in which:
            ways[cell] = Way(way.by - {MAIL}, way.how)
    keep(settings, ways, by=Actor.user(user))
