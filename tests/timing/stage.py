"""A workspace whose rule has effects, before the screen exists that writes them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from reviews import timers
from reviews.models import Handoff, RoutingRun, Timer
from tests.cast import Cast, make_user
from workspaces.models import Event, Membership, Role, Team, TeamMember, User

NINE_TO_FIVE = [[540, 1020]]
WEEK = [NINE_TO_FIVE] * 5 + [[], []]


def with_effects(monkeypatch: pytest.MonkeyPatch, **effects: Any) -> None:
    """Whatever is routed from now on is routed with these effects."""
    plan: Callable[[Handoff, RoutingRun, datetime], None] = timers.plan

    def plan_with(handoff: Handoff, run: RoutingRun, at: datetime) -> None:
        run.effects = effects
        run.save(update_fields=["effects"])
        plan(handoff, run, at)

    monkeypatch.setattr(timers, "plan", plan_with)


def team(cast: Cast, name: str, *members: User, lead: User | None = None) -> Team:
    made = Team.objects.create(name=name, slug=name.lower().replace(" ", "-"))
    for member in members:
        TeamMember.objects.create(team=made, user=member, is_lead=member == lead)
    return made


def reviewer(cast: Cast, name: str, role: Role = Role.REVIEWER) -> User:
    user = make_user(f"{name.lower()}@example.com", name=name)
    Membership.objects.create(user=user, workspace=cast.workspace, role=role)
    return user


def kinds(handoff: Handoff) -> list[str]:
    events = Event.objects.filter(subject_id=handoff.public_id).order_by("seq")
    return [each.kind.removeprefix("handoff.") for each in events]


def last(handoff: Handoff, kind: str) -> dict[str, Any]:
    found = Event.objects.filter(subject_id=handoff.public_id, kind=f"handoff.{kind}")
    event = found.order_by("seq").last()
    assert event is not None and event.payload is not None, kinds(handoff)
    return dict(event.payload)


def waiting(handoff: Handoff) -> list[tuple[str, int]]:
    rows = Timer.objects.filter(handoff=handoff, done_at=None).order_by("at", "pk")
    return [(each.kind, each.step) for each in rows]
