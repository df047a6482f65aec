"""Whom a rule reaches: people who are active, may decide here, and are not ruled out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Max
from django.utils.translation import gettext as _

from reviews.models import Decision, Handoff, Rotation, Status
from workspaces.models import Membership, Role, Team, User, Workspace

_LOOKED_AT = 50  # handoffs of an agent, to find who decided last
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reached:
    """``people`` who are told, in the order of their ids; ``to_one`` gets it as theirs.

    ``why`` says what was in the way: a sentence, "" when nothing was.
    """

    people: tuple[int, ...] = ()
    to_one: int | None = None
    why: str = ""


class Pool:
    """Who may decide in a workspace. Asks the database when it is first needed, once."""

    def __init__(self, workspace: Workspace, teams: Iterable[int] = ()) -> None:
        """``teams`` are those that rules may ask for: read together when the first is."""
        self.workspace = workspace
        self._expected = frozenset(teams)
        self._teams: dict[int, set[int] | None] = {}

    @cached_property
    def roles(self) -> dict[int, Role]:
        """{active person whose role lets them decide here: that role}"""
        members = Membership.objects.filter(
            workspace=self.workspace,
            role__in=[Role.REVIEWER, Role.ADMIN, Role.OWNER],
            user__is_active=True,
        )
        return {pk: Role(role) for pk, role in members.values_list("user_id", "role")}

    @cached_property
    def _site_admins(self) -> frozenset[int]:
        """They may decide everywhere; only a rule that names them reaches them."""
        found = User.objects.filter(is_active=True, is_site_admin=True)
        return frozenset(found.values_list("pk", flat=True))

    def members(self, team: int) -> set[int] | None:
        """Members of a team; None when there is no such team."""
        if team not in self._teams:
            wanted = {team, *self._expected}
            self._teams.update(dict.fromkeys(wanted))
            rows = Team.objects.filter(pk__in=wanted).values_list("pk", "teammember__user")
            for pk, user in rows:
                found = self._teams[pk] or set()
                self._teams[pk] = found | ({user} if user is not None else set())
        return self._teams[team]

    def may_decide(self, user: int) -> bool:
        return user in self.roles or user in self._site_admins

    def is_kept_from_own(self, user: int, owner: int | None) -> bool:
        """Is it this person's own agent, where somebody else must decide?"""
        if owner != user:
            return False
        allowed = self.workspace.allow_self_approval
        return bool(set(self.roles) - {user}) if allowed is None else not allowed


def reach(
    actions: Mapping[str, Any],
    pool: Pool,
    handoff: Handoff,
    rule_key: str,
    *,
    is_trial: bool = False,
) -> Reached:
    """Whom valid ``actions`` reach. A rule that goes round moves on by one person, save in a
    trial."""
    people, why = eligible(actions, pool, handoff)
    if not people:
        return Reached(why=why)
    assign = actions["assign"]
    pick = assign.get("pick", "all")
    to_one = _picked(pick, sorted(people), handoff, rule_key, is_trial=is_trial)
    if pick == "all" and len(assign["to"]) == 1 and "user" in assign["to"][0]:
        (to_one,) = people
    if to_one is not None:
        return Reached((to_one,), to_one)
    return Reached(tuple(sorted(people)))


def eligible(actions: Mapping[str, Any], pool: Pool, handoff: Handoff) -> tuple[set[int], str]:
    """Everybody whom ``assign`` names and who may decide; where there is nobody, why."""
    if "assign" not in actions:
        return set(), _("it assigns nobody")
    refused = _refused(actions.get("not", {}), pool)
    people, faults = _named(actions["assign"]["to"], pool, handoff.submitter.owner_id, refused)
    return people, "" if people else "; ".join(dict.fromkeys(faults))


def _refused(refused: Mapping[str, Iterable[int]], pool: Pool) -> set[int]:
    found = set(refused.get("users", ()))
    for team in refused.get("teams", ()):
        found |= pool.members(team) or set()
    return found


def _named(
    targets: Iterable[Mapping[str, Any]], pool: Pool, owner: int | None, refused: set[int]
) -> tuple[set[int], list[str]]:
    """Who of the targets may decide, and a sentence for each target that adds nobody."""
    people: set[int] = set()
    faults = []
    for target in targets:
        if "role" in target:
            named: Iterable[int] = [
                pk for pk, role in pool.roles.items() if role.rank >= Role(target["role"]).rank
            ]
            fault = _("nobody here has the role %(role)s") % {"role": Role(target["role"]).label}
        elif "team" in target:
            members = pool.members(target["team"])
            named = members or ()
            fault = _("a team that it names is gone")
            if members is not None:
                fault = _("nobody of the team may decide here")
        else:
            named = [target["user"]]
            fault = _("the person is deactivated or may not decide here")
        fit = {
            pk
            for pk in named
            if pk not in refused and pool.may_decide(pk) and not pool.is_kept_from_own(pk, owner)
        }
        if not fit:
            faults.append(fault)
        people |= fit
    return people, faults


def _picked(
    pick: str, people: list[int], handoff: Handoff, rule_key: str, *, is_trial: bool
) -> int | None:
    """The one whose turn it is; None when everybody is to be told."""
    if pick == "all":
        return None
    if handoff.assigned_to_id in people:
        return handoff.assigned_to_id  # the next round stays with who has it
    if pick == "round_robin":
        return turn_of(rule_key, people) if is_trial else next_in_turn(rule_key, people)
    if pick == "least_loaded":
        return least_loaded(people)
    if pick == "last_reviewer_of_agent":
        return _last_reviewer(_recent_handoffs(handoff), people)
    own = _last_reviewer([handoff.pk], people)
    if own is None and handoff.parent_public_id:
        parent = Handoff.objects.filter(
            public_id=handoff.parent_public_id, workspace=handoff.workspace_id
        )
        own = _last_reviewer(list(parent.values_list("pk", flat=True)), people)
    return own


def next_in_turn(rule_key: str, people: list[int]) -> int:
    """The next of ``people`` (sorted) after who had the last turn, in any process.

    Compare-and-set on the row of the rule: two that route at once get two different people.
    """
    while True:
        row, _made = Rotation.objects.get_or_create(rule_key=rule_key)
        chosen = _after(row.last, people)
        moved = Rotation.objects.filter(pk=row.pk, turns=row.turns).update(
            last=chosen, turns=F("turns") + 1
        )
        if moved:
            return chosen


def turn_of(rule_key: str, people: list[int]) -> int:
    """Whose turn it is, without taking it."""
    last = Rotation.objects.filter(rule_key=rule_key).values_list("last", flat=True).first() or 0
    return _after(last, people)


def _after(last: int, people: list[int]) -> int:
    return next((pk for pk in people if pk > last), people[0])


def least_loaded(people: list[int]) -> int:
    """Who has the fewest open handoffs; of several, whose last decision is longest ago."""
    counts = dict(
        Handoff.objects.filter(assigned_to__in=people, status=Status.PENDING)
        .order_by()
        .values_list("assigned_to")
        .annotate(n=Count("pk"))
    )
    fewest = min(counts.get(pk, 0) for pk in people)
    idle = [pk for pk in people if counts.get(pk, 0) == fewest]
    if len(idle) == 1:
        return idle[0]
    last = dict(
        Decision.objects.filter(reviewer__in=idle, undone_at=None)
        .order_by()
        .values_list("reviewer")
        .annotate(at=Max("decided_at"))
    )
    return min(idle, key=lambda pk: (last.get(pk, _NEVER), pk))


def _recent_handoffs(handoff: Handoff) -> list[int]:
    """Of the same agent in the same workspace: a bounded look back."""
    recent = Handoff.objects.filter(submitter=handoff.submitter_id, workspace=handoff.workspace_id)
    return list(recent.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:_LOOKED_AT])


def _last_reviewer(handoffs: list[int], people: list[int]) -> int | None:
    found = Decision.objects.filter(handoff__in=handoffs, reviewer__in=people, undone_at=None)
    return found.order_by("-pk").values_list("reviewer", flat=True).first()
