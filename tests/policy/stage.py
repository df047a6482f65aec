"""Rules with demands, and people who vote under them."""

from typing import Any

from reviews import decisions
from reviews.given import Given, Verdict
from reviews.models import Decision, Handoff
from tests.cast import PASSWORD, Cast
from tests.rules.stage import member, publish, rule
from workspaces.models import Team, TeamMember, User

TWO: dict[str, Any] = {"approvals": {"needed": 2}}
OVERCONFIDENT: dict[str, Any] = {"confidence": {"score": 0.99}}


def demand(cast: Cast, **demands: Any) -> None:
    """Put one rule in force that fits everything and demands this."""
    publish(cast.workspace, rule("Careful", None, **demands))


def team_of(name: str, *people: User) -> Team:
    team = Team.objects.create(name=name, slug=name.lower())
    for person in people:
        TeamMember.objects.create(team=team, user=person)
    return team


def vote(
    handoff: Handoff, user: User, kind: str = "approve", message: str = "", **more: Any
) -> Decision:
    fresh = Handoff.objects.get(pk=handoff.pk)
    revision = fresh.current
    return decisions.decide(
        handoff=fresh,
        user=user,
        revision=revision.number,
        digest=revision.package_sha256,
        given=Given(verdicts=(Verdict(type=kind, message=message),)),
        **more,
    )


def state(handoff: Handoff) -> tuple[str, str, str]:
    fresh = Handoff.objects.get(pk=handoff.pk)
    return fresh.status, fresh.outcome, fresh.verdict


__all__ = ["OVERCONFIDENT", "PASSWORD", "TWO", "demand", "member", "state", "team_of", "vote"]
