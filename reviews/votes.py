"""Counting the votes on a round: does it have its verdict, and who is still to approve?

A vote that only approves counts for its round; any other is a vote against. One against ends it,
where the rule does not say that they are only counted: then as many as approvals are needed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reviews.models import Decision, Outcome, Revision
from reviews.policy import Policy
from workspaces.models import TeamMember

FOR = (Outcome.APPROVED, Outcome.EDITED)


@dataclass(frozen=True)
class Tally:
    """``missing`` approvals in all; of them ``by_team`` = {team: how many} of certain teams."""

    approvals: list[Decision] = field(default_factory=list)
    against: list[Decision] = field(default_factory=list)
    missing: int = 1
    by_team: dict[int, int] = field(default_factory=dict)

    @property
    def is_approved(self) -> bool:
        return not self.missing and not self.by_team

    @property
    def least(self) -> int:
        """How many people at least still have to approve."""
        return max(self.missing, *self.by_team.values(), 0)


def standing(revision: Revision) -> list[Decision]:
    """The votes on a round that were not taken back, in their order; one query."""
    votes = Decision.objects.filter(revision=revision, undone_at=None).select_related("reviewer")
    return list(votes.order_by("slot"))


def count(demanded: Policy, votes: Sequence[Decision]) -> Tally:
    """One query where the policy names teams."""
    approvals = [vote for vote in votes if vote.outcome in FOR]
    members = _members(demanded, {vote.reviewer_id for vote in approvals})
    by_team = {team: wanted - len(members[team]) for team, wanted in demanded.teams}
    return Tally(
        approvals=approvals,
        against=[vote for vote in votes if vote.outcome not in FOR],
        missing=max(0, demanded.needed - len(approvals)),
        by_team={team: left for team, left in by_team.items() if left > 0},
    )


def _members(demanded: Policy, voters: Iterable[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    wanted = [team for team, _n in demanded.teams]
    if wanted:
        rows = TeamMember.objects.filter(team__in=wanted, user__in=list(voters))
        for team, user in rows.values_list("team_id", "user_id"):
            found[team].add(user)
    return found


def settle(demanded: Policy, votes: Sequence[Decision]) -> bool:
    """Do these votes, the newest last, give the round its verdict?"""
    if not votes:
        return False
    if votes[-1].outcome not in FOR:
        against = sum(vote.outcome not in FOR for vote in votes)
        return demanded.has_veto or against >= demanded.needed
    return count(demanded, votes).is_approved
