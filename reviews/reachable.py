"""Whom an escalation may ask now."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from reviews.models import Handoff
from reviews.permissions import may_decide, reviewers_of
from workspaces import roles
from workspaces.availability import available
from workspaces.models import Role, TeamMember, User, Workspace

Target = Mapping[str, Any]
_LEAST = {"reviewer": Role.REVIEWER, "admin": Role.ADMIN, "owner": Role.OWNER}


def those(
    handoff: Handoff, targets: Sequence[Target], *, barred: Target | None, at: datetime
) -> list[User]:
    """Who is there of ``targets`` and may decide this handoff, team leads first.

    ``targets`` is a rule's ``to``, ``barred`` its ``not``. What names nobody who exists is passed
    over.
    """
    users, teams = _ids(targets, "user"), _ids(targets, "team")
    leads: set[int] = set()
    for user_id, is_lead in _in_teams(teams):
        users.add(user_id)
        if is_lead:
            leads.add(user_id)
    if least := _least_role(targets):
        holders = roles.people_in([handoff.workspace], least)
        users |= set(holders.values_list("pk", flat=True))
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
    holders = roles.people_in([workspace], Role.ADMIN)
    people = list(holders.filter(is_active=True).order_by("pk")) or list(
        User.objects.filter(is_active=True, is_site_admin=True).order_by("pk")
    )
    there = available(people, at)
    return [person for person in people if person.pk in there] or people


def _ids(targets: Sequence[Target], kind: str) -> set[int]:
    return {each[kind] for each in targets if isinstance(each.get(kind), int)}


def _least_role(targets: Sequence[Target]) -> Role | None:
    """The lowest role among them: who has a higher one has it too."""
    named = [_LEAST[each["role"]] for each in targets if each.get("role") in _LEAST]
    return min(named, key=lambda role: role.rank, default=None)


def _in_teams(teams: Collection[int]) -> list[tuple[int, bool]]:
    if not teams:
        return []
    rows = TeamMember.objects.filter(team__in=teams).order_by("pk")
    return list(rows.values_list("user_id", "is_lead"))


def _barred(barred: Target | None) -> set[int]:
    if not barred:
        return set()
    return set(barred.get("users", [])) | {pk for pk, _ in _in_teams(barred.get("teams", []))}
