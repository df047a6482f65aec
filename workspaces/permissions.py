"""Rights of people in workspaces. The same rule that allows one thing filters lists."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from workspaces.models import Membership, Role, User, Workspace

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

_NEEDS = {"view": Role.VIEWER, "review": Role.REVIEWER, "administer": Role.ADMIN, "own": Role.OWNER}


def visible_workspaces(user: Person) -> QuerySet[Workspace]:
    """Workspaces this person may see, archived ones included, the reserved one never."""
    if not isinstance(user, User) or not user.is_active:
        return Workspace.objects.none()
    if user.is_site_admin:
        return Workspace.objects.exclude(slug="desk")
    return Workspace.objects.filter(memberships__user=user)


def administered_workspaces(user: Person) -> QuerySet[Workspace]:
    if not isinstance(user, User) or not user.is_active:
        return Workspace.objects.none()
    if user.is_site_admin:
        return Workspace.objects.exclude(slug="desk")
    return Workspace.objects.filter(
        memberships__user=user, memberships__role__in=[Role.ADMIN, Role.OWNER]
    )


def role_in(user: Person, workspace_id: int) -> Role | None:
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_site_admin:
        return Role.OWNER
    role = (
        Membership.objects.filter(user=user, workspace_id=workspace_id)
        .values_list("role", flat=True)
        .first()
    )
    return Role(role) if role else None


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


def is_admin_somewhere(user: Person) -> bool:
    return administered_workspaces(user).exists()
