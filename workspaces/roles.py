"""Who has which role where: by a personal membership or through a team, the highest counts.

The one place that reads memberships and team roles. ``permissions`` asks it for one person,
lists and open pages for many; each function is a constant number of queries. Being a site admin
is no role: ``permissions`` knows of that.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from workspaces.models import Membership, Role, Team, TeamMember, TeamRole, User, Workspace

_REMEMBERED = "_roles_remembered"
LIVE = Q(team__archived_at=None)  # an archived team gives nobody a role


@dataclass(frozen=True)
class Source:
    """Why somebody has a role: in person (``team`` None), or as a member of ``team``."""

    role: Role
    team: Team | None = None


def at_least(role: Role) -> list[str]:
    return [each.value for each in Role if each.rank >= role.rank]


def highest(roles: Iterable[str | Role]) -> Role | None:
    return max(map(Role, roles), key=lambda role: role.rank, default=None)


def of(user: User, workspace_id: int) -> Role | None:
    """The role of one person in one workspace; active or not. While ``remember`` is in force
    for them, read once."""
    known = remembered(user)
    if known is None:
        return _read(user, workspace_id)
    if workspace_id not in known:
        known[workspace_id] = _read(user, workspace_id)
    role: Role | None = known[workspace_id]
    return role


def remember(user: User) -> None:
    """From now on this instance's rights are read once each: for a request that changes
    nothing."""
    setattr(user, _REMEMBERED, {})


def remembered(user: User) -> dict[object, Any] | None:
    """What was read of this instance's rights; None where nothing is to be kept."""
    found: dict[object, Any] | None = getattr(user, _REMEMBERED, None)
    return found


def _read(user: User, workspace_id: int) -> Role | None:
    personal = Membership.objects.filter(user=user, workspace_id=workspace_id)
    by_team = TeamRole.objects.filter(LIVE, workspace_id=workspace_id, team__members=user)
    return highest(
        personal.values_list("role", flat=True).union(by_team.values_list("role", flat=True))
    )


def of_all(workspace: Workspace, least: Role = Role.VIEWER) -> dict[int, Role]:
    """{active person: their role}, of those with at least that role there; one query."""
    granted = at_least(least)
    personal = Membership.objects.filter(
        workspace=workspace, role__in=granted, user__is_active=True
    ).values_list("user_id", "role")
    by_team = TeamRole.objects.filter(
        LIVE, workspace=workspace, role__in=granted, team__members__is_active=True
    ).values_list("team__members", "role")
    found: dict[int, Role] = {}
    for user_id, role in personal.union(by_team):
        found[user_id] = max(Role(role), found.get(user_id, Role(role)), key=lambda each: each.rank)
    return found


def workspaces_of(user: User, least: Role = Role.VIEWER) -> QuerySet[Workspace]:
    """Where this person has at least that role."""
    roles = at_least(least)
    personal = Membership.objects.filter(user=user, role__in=roles)
    by_team = TeamRole.objects.filter(LIVE, team__members=user, role__in=roles)
    return Workspace.objects.filter(
        Q(pk__in=personal.values("workspace")) | Q(pk__in=by_team.values("workspace"))
    )


def people_in(
    workspaces: "Collection[Workspace] | QuerySet[Workspace]", least: Role = Role.VIEWER
) -> QuerySet[User]:
    """Everybody with at least that role in one of these workspaces, active or not."""
    roles = at_least(least)
    personal = Membership.objects.filter(workspace__in=workspaces, role__in=roles)
    teams = TeamRole.objects.filter(LIVE, workspace__in=workspaces, role__in=roles)
    by_team = TeamMember.objects.filter(team__in=teams.values("team"))
    return User.objects.filter(Q(pk__in=personal.values("user")) | Q(pk__in=by_team.values("user")))


def visible_to_each(users: Collection[int]) -> dict[int, set[int]]:
    """{user: workspaces where they have a role}, for many people in two queries."""
    found: dict[int, set[int]] = defaultdict(set)
    personal = Membership.objects.filter(user__in=users).values_list("user_id", "workspace_id")
    by_team = TeamMember.objects.filter(LIVE, user__in=users, team__roles__isnull=False)
    for user_id, workspace_id in [
        *personal,
        *by_team.values_list("user_id", "team__roles__workspace_id"),
    ]:
        found[user_id].add(workspace_id)
    return found


def member_counts(workspaces: Collection[Workspace]) -> Counter[int]:
    """{workspace: people with a role there}, each person once; one query."""
    personal = Membership.objects.filter(workspace__in=workspaces)
    by_team = TeamRole.objects.filter(LIVE, workspace__in=workspaces, team__members__isnull=False)
    pairs = personal.values_list("workspace_id", "user_id").union(
        by_team.values_list("workspace_id", "team__members")
    )
    return Counter(workspace_id for workspace_id, _user_id in pairs)


def sources_in(workspace: Workspace) -> dict[User, list[Source]]:
    """Everybody with a role there and every reason for it, the highest first."""
    found: dict[User, list[Source]] = defaultdict(list)
    for membership in workspace.memberships.select_related("user"):
        found[membership.user].append(Source(Role(membership.role)))
    granted = list(workspace.team_roles.filter(LIVE).select_related("team"))
    by_team = {each.team_id: Source(Role(each.role), each.team) for each in granted}
    members = TeamMember.objects.filter(team__in=by_team).select_related("user")
    for member in members.order_by("team__name"):
        found[member.user].append(by_team[member.team_id])
    return {user: sorted(sources, key=_height) for user, sources in found.items()}


def sources_of(users: Collection[User], workspaces: "QuerySet[Workspace]") -> "Sources":
    """{user: {workspace: reasons}} for people's pages, the highest reason first; two queries."""
    found: Sources = {user.pk: {} for user in users}
    personal = Membership.objects.filter(user__in=users, workspace__in=workspaces)
    for membership in personal.select_related("workspace"):
        reasons = found[membership.user_id].setdefault(membership.workspace, [])
        reasons.append(Source(Role(membership.role)))
    roles = TeamRole.objects.filter(LIVE, workspace__in=workspaces, team__members__in=users)
    for user_id, granted in _by_member(roles, users):
        reasons = found[user_id].setdefault(granted.workspace, [])
        reasons.append(Source(Role(granted.role), granted.team))
    return {
        user_id: {
            place: sorted(reasons, key=_height)
            for place, reasons in sorted(places.items(), key=lambda item: str(item[0]).casefold())
        }
        for user_id, places in found.items()
    }


Sources = dict[int, dict[Workspace, list[Source]]]


def _by_member(
    roles: QuerySet[TeamRole], users: Collection[User]
) -> Iterable[tuple[int, TeamRole]]:
    granted = list(roles.select_related("team", "workspace").distinct())
    members: dict[int, list[int]] = defaultdict(list)
    for team_id, user_id in TeamMember.objects.filter(
        user__in=users, team__in=[each.team_id for each in granted]
    ).values_list("team_id", "user_id"):
        members[team_id].append(user_id)
    return [(user_id, each) for each in granted for user_id in members[each.team_id]]


def _height(source: Source) -> int:
    return -source.role.rank
