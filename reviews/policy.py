"""What the rule in force and the workspace demand of a decision on a round, and whom they admit.

The demands are those of the round's own RoutingRun: publishing rules changes nothing for a round
that is on the desk. Everything that decides asks here: the screen, a batch, and a rule itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reviews import permissions
from reviews.models import Decision, Handoff, Revision, RoutingRun
from reviews.verdict_rules import allowed
from workspaces.models import TeamMember, User, Workspace
from workspaces.permissions import Allowed, Answer, Denied, Person


@dataclass(frozen=True)
class Policy:
    """``needed`` different people approve, of them ``teams`` = ((team, how many), …).

    ``has_veto``: one vote against ends it; else as many as approvals are needed.
    """

    needed: int = 1
    teams: tuple[tuple[int, int], ...] = ()
    is_four_eyes: bool = False
    has_veto: bool = True
    not_users: frozenset[int] = frozenset()
    not_teams: frozenset[int] = frozenset()
    needs_password: bool = False
    needs_viewed: bool = False
    auto: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_quorum(self) -> bool:
        """May more than one vote be needed?"""
        return self.needed > 1 or bool(self.teams)

    @property
    def wants_people(self) -> bool:
        """Does it ask for what no rule can give?"""
        return self.is_quorum or self.needs_password or self.is_four_eyes


def of_effects(effects: Mapping[str, Any], workspace: Workspace) -> Policy:
    approvals = effects.get("approvals") or {}
    refused = effects.get("not") or {}
    teams = tuple((each["team"], each.get("needed", 1)) for each in approvals.get("teams", ()))
    is_four_eyes = bool(approvals.get("four_eyes"))
    most = max((n for _team, n in teams), default=1)
    return Policy(
        needed=max(approvals.get("needed", 1), 2 if is_four_eyes else 1, most),
        teams=teams,
        is_four_eyes=is_four_eyes,
        has_veto=approvals.get("veto", True),
        not_users=frozenset(refused.get("users", ())),
        not_teams=frozenset(refused.get("teams", ())),
        needs_password=effects.get("confirm") == "password",
        needs_viewed=bool(effects.get("viewed")) or workspace.must_view_files,
        auto=effects.get("auto") or {},
    )


def of_run(run: RoutingRun | None, workspace: Workspace) -> Policy:
    return of_effects(run.effects if run else {}, workspace)


def of(handoff: Handoff) -> Policy:
    """Of the current round; one query."""
    runs = RoutingRun.objects.filter(handoff=handoff, revision__number=handoff.revision)
    return of_run(runs.order_by("-pk").first(), handoff.workspace)


def may_decide(user: Person, handoff: Handoff, demanded: Policy | None = None) -> Answer:
    """Membership and one's own agent (``permissions``), then who the rule keeps out.

    ``demanded`` is the policy of the current round where the caller has read it.
    """
    answer = permissions.may_decide(user, handoff)
    if not answer:
        return answer
    assert isinstance(user, User)
    return _admits(user, handoff, of(handoff) if demanded is None else demanded)


def _admits(user: User, handoff: Handoff, demanded: Policy) -> Answer:
    if demanded.is_four_eyes and handoff.submitter.owner_id == user.pk:
        return Denied(
            _("The rule asks for four eyes, and %(agent)s is your agent: two others decide this.")
            % {"agent": handoff.submitter.name}
        )
    is_out = user.pk in demanded.not_users
    if not is_out and demanded.not_teams:
        teams = TeamMember.objects.filter(user=user, team__in=demanded.not_teams)
        is_out = teams.exists()
    if is_out:
        return Denied(_("The rule keeps you from deciding this: it goes to somebody else."))
    return Allowed()


def kept_out(demanded: Policy) -> set[int]:
    """The people whom the rule keeps from deciding; one query where it names teams."""
    found = set(demanded.not_users)
    if demanded.not_teams:
        members = TeamMember.objects.filter(team__in=demanded.not_teams)
        found |= set(members.values_list("user_id", flat=True))
    return found


def may_vote(user: User, handoff: Handoff, demanded: Policy, votes: list[Decision]) -> Answer:
    """``may_decide``, and nobody votes twice. ``votes``: those that stand on the round."""
    if any(vote.reviewer_id == user.pk for vote in votes):
        return Denied(_("You have voted on this round: others decide whether it goes out."))
    return may_decide(user, handoff, demanded)


def why_no_rule(demanded: Policy, handoff: Handoff, revision: Revision) -> str:
    """What keeps a rule from approving a round instead of people, as a word; "" when nothing does.

    ``policy``: the same rules ask for people.
    """
    document = revision.parsed
    if document.is_critical or handoff.is_critical:
        return "critical"
    if "approve" not in allowed(document):
        return "not-allowed"
    if revision.secrets:
        return "secrets"
    if demanded.wants_people or (demanded.needs_viewed and document.files):
        return "policy"
    return ""
