"""Whom an escalation may ask now. One seam: who is away is known elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reviews.models import Handoff
from reviews.permissions import may_decide, reviewers_of
from workspaces.models import Membership, Role, TeamMember, User, Workspace

Target = Mapping[str, Any]
_ROLES = {
    "reviewer": [Role.REVIEWER, Role.ADMIN, Role.OWNER],
    "admin": [Role.ADMIN, Role.OWNER],
    "owner": [Role.OWNER],
}


def available(users: Iterable[User], at: datetime) -> set[int]:
    """Primary keys of those who can be asked at ``at``."""
    return {user.pk for user in users if user.is_active}


def those(
    handoff: Handoff, targets: Sequence[Target], *, barred: Target | None, at: datetime
) -> list[User]:
    """Who is there of ``targets`` and may decide this handoff, team leads first.

    ``targets`` is a rule's ``to``, ``barred`` its ``not``. What names nobody who exists is passed
    over.
    """
    users, teams, roles = _ids(targets, "user"), _ids(targets, "team"), _named_roles(targets)
    leads: set[int] = set()
    for user_id, is_lead in _in_teams(teams):
        users.add(user_id)
        if is_lead:
            leads.add(user_id)
    if roles:
        members = Membership.objects.filter(workspace=handoff.workspace_id, role__in=roles)
        users |= set(members.values_list("user_id", flat=True))
    users -= _barred(barred)
    if not users:
        return []
    people = list(reviewers_of(handoff.workspace).filter(pk__in=users))
    there = available(people, at)
    owner = handoff.submitter.owner_id
    fit = [
        person
        for person in people
        if person.pk in there and (person.pk != owner or may_decide(person, handoff))
    ]
    return sorted(fit, key=lambda person: (person.pk not in leads, person.pk))


def admins_of(workspace: Workspace, at: datetime) -> list[User]:
    """Who answers for a workspace when nobody else does: those who are there, else all."""
    members = Membership.objects.filter(workspace=workspace, role__in=_ROLES["admin"])
    people = list(
        User.objects.filter(is_active=True, pk__in=members.values("user")).order_by("pk")
    ) or list(User.objects.filter(is_active=True, is_site_admin=True).order_by("pk"))
    there = available(people, at)
    return [person for person in people if person.pk in there] or people


def _ids(targets: Sequence[Target], kind: str) -> set[int]:
    return {each[kind] for each in targets if isinstance(each.get(kind), int)}


def _named_roles(targets: Sequence[Target]) -> list[Role]:
    named = [_ROLES.get(str(each.get("role")), []) for each in targets if "role" in each]
    return [role for roles in named for role in roles]


def _in_teams(teams: Collection[int]) -> list[tuple[int, bool]]:
    if not teams:
        return []
    rows = TeamMember.objects.filter(team__in=teams).order_by("pk")
    return list(rows.values_list("user_id", "is_lead"))


def _barred(barred: Target | None) -> set[int]:
    if not barred:
        return set()
    return set(barred.get("users", [])) | {pk for pk, _ in _in_teams(barred.get("teams", []))}
