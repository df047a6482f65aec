"""Deliveries to the channels of the desk, a workspace or a team, and to those a rule names."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
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


class Shared:
    """The shared channels behind many Events, and what their rounds were routed with: read when
    the first is asked for, with three queries however many Events there are."""

    def __init__(self, revisions: Collection[Revision]) -> None:
        self._revisions = revisions

    def deliveries(self, told: Told) -> list[Delivery]:
        """One Delivery a channel that wants this Event, unsaved and without its times."""
        candidates = [each for each in self._reachable(told.handoff) if wants(each, told)]
        if not candidates:
            return []
        effects = self._effects.get(told.revision.pk) or {}
        named = set(effects.get("channels", ()))
        teams = self._teams(told, effects) if any(each.team_id for each in candidates) else set()
        return [
            _delivery(told, channel)
            for channel in candidates
            if channel.pk in named or _is_of(channel, told.handoff, teams)
        ]

    def _reachable(self, handoff: Handoff) -> list[Channel]:
        here = (None, handoff.workspace_id)
        return [channel for channel in self._channels if channel.workspace_id in here]

    @cached_property
    def _channels(self) -> list[Channel]:
        """Those of the desk, of teams and of the workspaces of these rounds: few rows."""
        places = {revision.handoff.workspace_id for revision in self._revisions}
        here = Q(workspace=None) | Q(workspace__in=places)
        shared = Channel.objects.in_use().filter(here, kind__in=KINDS, user=None, agent=None)
        return list(shared.order_by("pk"))

    @cached_property
    def _effects(self) -> dict[int, dict[str, Any]]:
        runs = RoutingRun.objects.filter(revision__in=self._revisions)
        return dict(runs.values_list("revision_id", "effects"))

    @cached_property
    def _members(self) -> dict[int, set[int]]:
        """{person: their teams}, of the teams that have a channel"""
        teams = {channel.team_id for channel in self._channels if channel.team_id}
        found: dict[int, set[int]] = defaultdict(set)
        for user, team in TeamMember.objects.filter(team__in=teams).values_list("user", "team"):
            found[user].add(team)
        return found

    def _teams(self, told: Told, effects: dict[str, Any]) -> set[int]:
        """Teams that the rule named, or that somebody is in whom the Event is for by name."""
        to = effects.get("assign", {}).get("to", ())
        asked = {target["team"] for target in to if "team" in target}
        named = (told.event.payload or {}).get("to")
        people = named if isinstance(named, list) else [named] if named else []
        if event_groups.of(told.event) in ("assigned", "due"):
            asked |= {team for person in people for team in self._members.get(person, ())}
        return asked


def wants(channel: Channel, told: Told) -> bool:
    """Has it chosen such events? A webhook may choose kinds, the others choose groups."""
    config = channel.config
    if config.get("urgent_only") and not event_groups.is_urgent(told.handoff):
        return False
    if "kinds" in config:
        return told.event.kind in config["kinds"]
    return event_groups.of(told.event) in config.get("groups", ())


def _is_of(channel: Channel, handoff: Handoff, teams: set[int]) -> bool:
    if channel.config.get("named_only"):
        return False
    if channel.team_id is not None:
        return channel.team_id in teams
    return channel.workspace_id in (None, handoff.workspace_id)


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
