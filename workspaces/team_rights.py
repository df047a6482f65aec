"""Who may see a team, lead it and change it. Its leads look after its members, admins after it."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from workspaces.errors import Forbidden
from workspaces.models import Role, Team, TeamMember, TeamRole, User
from workspaces.permissions import (
    Allowed,
    Answer,
    Denied,
    administered_workspaces,
    can,
    is_admin_somewhere,
)


def visible_to(user: User) -> QuerySet[Team]:
    """One's own teams, and for admins those with a role in a workspace of theirs."""
    if not user.is_active:
        return Team.objects.none()
    if user.is_site_admin:
        return Team.objects.all()
    own = TeamMember.objects.filter(user=user).values("team")
    there = TeamRole.objects.filter(workspace__in=administered_workspaces(user)).values("team")
    return Team.objects.filter(Q(pk__in=own) | Q(pk__in=there))


def is_lead(user: User, team: Team) -> bool:
    return TeamMember.objects.filter(team=team, user=user, is_lead=True).exists()


def led_by(user: User) -> QuerySet[Team]:
    """The teams this person leads, without archived ones."""
    led = TeamMember.objects.filter(user=user, is_lead=True, user__is_active=True).values("team")
    return Team.objects.filter(archived_at=None, pk__in=led)


def leads(user: User, member: User | int) -> bool:
    """Does ``user`` lead a team that ``member`` is in?"""
    return TeamMember.objects.filter(team__in=led_by(user), user=member).exists()


def may_manage(user: User, team: Team) -> Answer:
    """Rename, archive, name leads: reaches every workspace of the team, so all must be yours."""
    if user.is_site_admin and user.is_active:
        return Allowed()
    granted = list(team.roles.all())
    if not granted and is_lead(user, team) and is_admin_somewhere(user):
        return Allowed()
    mine = all(
        can(user, "own" if each.role == Role.OWNER else "administer", each.workspace_id)
        for each in granted
    )
    if granted and mine:
        return Allowed()
    return Denied(
        _("This needs an admin of every workspace where %(team)s has a role, or a site admin.")
        % {"team": team}
    )


def may_staff(user: User, team: Team) -> Answer:
    """Add and remove members: its leads too."""
    if user.is_active and is_lead(user, team):
        return Allowed()
    return may_manage(user, team)


def demand(answer: Answer) -> None:
    """Raises Forbidden with the reason of a Denied."""
    if isinstance(answer, Denied):
        raise Forbidden(answer.reason)
