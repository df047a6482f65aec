"""Rights of people in workspaces. The same rule that allows one thing filters lists."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _

from workspaces import roles
from workspaces.models import DESK, Membership, Role, TeamMember, User, Workspace

Person = User | AnonymousUser


@dataclass(frozen=True)
class Allowed:
    reason: str = ""

    def __bool__(self) -> Literal[True]:
        return True


@dataclass(frozen=True)
class Denied:
    """``reason`` is a sentence for the person who may not."""

    reason: str

    def __bool__(self) -> Literal[False]:
        return False


Answer = Allowed | Denied

_STANDING = "standing"
_NEEDS = {"view": Role.VIEWER, "review": Role.REVIEWER, "administer": Role.ADMIN, "own": Role.OWNER}


def visible_workspaces(user: Person) -> QuerySet[Workspace]:
    """Workspaces this person may see, archived ones included, the reserved one never."""
    if not isinstance(user, User) or not user.is_active:
        return Workspace.objects.none()
    if user.is_site_admin:
        return Workspace.objects.exclude(slug=DESK)
    return roles.workspaces_of(user)


def administered_workspaces(user: Person) -> QuerySet[Workspace]:
    if not isinstance(user, User) or not user.is_active:
        return Workspace.objects.none()
    if user.is_site_admin:
        return Workspace.objects.exclude(slug=DESK)
    return roles.workspaces_of(user, Role.ADMIN)


def role_in(user: Person, workspace_id: int) -> Role | None:
    """In person or through a team, the highest; a site admin owns everything."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_site_admin:
        return Role.OWNER
    return roles.of(user, workspace_id)


def can(user: Person, action: str, workspace_id: int) -> Answer:
    """``action`` is view, review, administer or own."""
    role = role_in(user, workspace_id)
    if role is None:
        return Denied(_("You are not a member of this workspace."))
    needed = _NEEDS[action]
    if role.rank < needed.rank:
        return Denied(
            _("This needs the role %(needed)s; yours is %(role)s.")
            % {"needed": needed.label, "role": role.label}
        )
    return Allowed()


def may_give(by: User, person: User, role: Role | None, workspace_id: int) -> Answer:
    """May ``by`` give ``person`` this role in person (None: take it away)?

    Admins may; only owners make and unmake owners; nobody raises themselves.
    """
    before = Membership.objects.filter(user=person, workspace_id=workspace_id).first()
    held = Role(before.role) if before else None
    allowed = can(by, "own" if Role.OWNER in (held, role) else "administer", workspace_id)
    if not allowed or role is None or by.pk != person.pk or by.is_site_admin:
        return allowed
    if role.rank > (held.rank if held else -1):
        return Denied(_("Nobody raises their own role: ask another admin of this workspace."))
    return allowed


def is_admin_somewhere(user: Person) -> bool:
    return _standing(user)[0]


def is_lead_somewhere(user: Person) -> bool:
    """Does this person lead a team?"""
    return _standing(user)[1]


def _standing(user: Person) -> tuple[bool, bool]:
    """(admin of some workspace, lead of some team), both with one query."""
    if not isinstance(user, User) or not user.is_active:
        return False, False
    known = roles.remembered(user)
    if known is not None and _STANDING in known:
        kept: tuple[bool, bool] = known[_STANDING]
        return kept
    led = TeamMember.objects.filter(user=user, is_lead=True)
    found: tuple[bool, bool]
    [found] = User.objects.filter(pk=user.pk).values_list(
        Exists(administered_workspaces(user)), Exists(led)
    )
    if known is not None:
        known[_STANDING] = found
    return found
