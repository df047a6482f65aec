"""Deliveries to the channels of the desk, a workspace or a team, and to those a rule names."""

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import Q

from reviews.models import Channel, Delivery, Handoff, Revision, RoutingRun
from reviews.notify import event_groups
from workspaces.models import Event, TeamMember, User

KINDS = (Channel.Kind.WEBHOOK, Channel.Kind.APPRISE)


class Told(Protocol):
    """What one Event is about (``fanout.Round``)."""

    @property
    def event(self) -> Event: ...
    @property
    def handoff(self) -> Handoff: ...
    @property
    def revision(self) -> Revision: ...
    @property
    def people(self) -> Sequence[User]: ...


def deliveries(told: Told) -> list[Delivery]:
    """One Delivery a channel that wants this Event, unsaved and without its times."""
    candidates = [each for each in _reachable(told.handoff) if wants(each, told)]
    if not candidates:
        return []
    effects = _effects(told.revision)
    named = set(effects.get("channels", ()))
    teams = _teams(told, effects) if any(each.team_id for each in candidates) else set()
    return [
        _delivery(told, channel)
        for channel in candidates
        if channel.pk in named or _is_of(channel, told.handoff, teams)
    ]


def wants(channel: Channel, told: Told) -> bool:
    """Has it chosen such events? A webhook may choose kinds, the others choose groups."""
    config = channel.config
    if config.get("urgent_only") and not event_groups.is_urgent(told.handoff):
        return False
    if "kinds" in config:
        return told.event.kind in config["kinds"]
    return event_groups.of(told.event) in config.get("groups", ())


def _reachable(handoff: Handoff) -> list[Channel]:
    """Those of its workspace, of the desk and of teams: few rows, by one index."""
    here = Q(workspace=None) | Q(workspace=handoff.workspace_id)
    shared = Channel.objects.in_use().filter(here, kind__in=KINDS, user=None, agent=None)
    return list(shared.order_by("pk"))


def _is_of(channel: Channel, handoff: Handoff, teams: set[int]) -> bool:
    if channel.config.get("named_only"):
        return False
    if channel.team_id is not None:
        return channel.team_id in teams
    return channel.workspace_id in (None, handoff.workspace_id)


def _effects(revision: Revision) -> dict[str, Any]:
    found = RoutingRun.objects.filter(revision=revision).values_list("effects", flat=True)
    return found.first() or {}


def _teams(told: Told, effects: dict[str, Any]) -> set[int]:
    """Teams that the rule named, or that somebody is in whom the Event is for by name."""
    to = effects.get("assign", {}).get("to", ())
    asked = {target["team"] for target in to if "team" in target}
    named = (told.event.payload or {}).get("to")
    people = named if isinstance(named, list) else [named] if named else []
    if event_groups.of(told.event) in ("assigned", "due") and people:
        asked |= set(TeamMember.objects.filter(user__in=people).values_list("team", flat=True))
    return asked


def _delivery(told: Told, channel: Channel) -> Delivery:
    parts = (channel.kind, told.handoff.public_id, str(told.event.pk), str(channel.pk))
    return Delivery(
        event=told.event,
        channel=channel,
        handoff=told.handoff,
        user=None,
        recipient=channel.address,
        lane=channel.lane,
        key=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40],
        status=Delivery.Status.WAITING,
    )
