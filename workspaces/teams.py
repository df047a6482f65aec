"""Teams: making, renaming and archiving them, who is in them, and what they may do where.

Who may is asked here, by the person who does it. Each function is one transaction. Its Event
stands in the desk's chain and in that of every workspace where the team has a role: a member who
comes or goes is a change of rights there.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from workspaces import clock, event_kinds, events, owners
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden, Invalid, Problem
from workspaces.models import DESK, Role, Team, TeamMember, TeamRole, User, Workspace
from workspaces.permissions import can, is_admin_somewhere
from workspaces.team_rights import demand, is_lead, may_manage, may_staff
from workspaces.transactions import write

LONGEST_NAME = 80


def create(name: str, *, by: User) -> Team:
    """A team; who makes it leads it, but for site admins. Raises Forbidden, Invalid."""
    if not is_admin_somewhere(by):
        raise Forbidden(_("Only admins make teams."))
    name = _named(name)
    for number in range(1, 100):
        slug = _slug(name, number)
        try:
            with write():
                _refuse_taken(name)
                if Team.objects.filter(slug=slug).exists():
                    continue
                team = Team.objects.create(name=name, slug=slug)
                if not by.is_site_admin:
                    TeamMember.objects.create(team=team, user=by, is_lead=True)
                _tell(team, event_kinds.TEAM_CREATED, {"name": name}, by)
        except IntegrityError:
            continue
        return team
    raise Conflict(_("There are too many teams of this name."))


def rename(team: Team, name: str, *, by: User) -> None:
    """The short name stays: filters and rules use it. Raises Forbidden, Invalid."""
    demand(may_manage(by, team))
    name = _named(name)
    if name == team.name:
        return
    try:
        with write():
            _refuse_taken(name, but=team)
            Team.objects.filter(pk=team.pk).update(name=name)
            _tell(team, event_kinds.TEAM_CHANGED, {"team": team.pk, "changed": ["name"]}, by)
    except IntegrityError:
        raise _taken(name) from None
    team.name = name


def archive(team: Team, *, is_archived: bool, by: User) -> None:
    """From now on it gives nobody a role, or gives it again. Raises Forbidden, Conflict."""
    demand(may_manage(by, team))
    at = clock.now() if is_archived else None
    with write(), owners.kept(_places(team)):
        if not is_archived:
            _refuse_taken(team.name, but=team)
        moved = Team.objects.filter(pk=team.pk, archived_at__isnull=is_archived).update(
            archived_at=at
        )
        if moved:
            _tell(team, event_kinds.TEAM_CHANGED, {"team": team.pk, "changed": ["archived"]}, by)
    team.archived_at = at


def add(team: Team, person: User, *, by: User) -> bool:
    """False when they are a member already. Raises Forbidden, Invalid."""
    demand(may_staff(by, team))
    if team.archived_at is not None:
        raise Conflict(_("This team is archived."))
    if not person.is_active:
        detail = _("This person's account is switched off.")
        raise Invalid(detail, errors=[Problem("/person", detail)])
    with write(), owners.kept(_places(team)):
        _row, made = TeamMember.objects.get_or_create(team=team, user=person)
        if made:
            _tell_of(team, person, True, False, by)
    return made


def remove(team: Team, person: User, *, by: User) -> bool:
    """False when they were none. A lead removes members, not other leads.

    Raises Forbidden, Conflict (a workspace would lose its last owner).
    """
    demand(may_staff(by, team))
    if person.pk != by.pk and is_lead(person, team):
        demand(may_manage(by, team))
    return take_out(team, person, by=by)


def take_out(team: Team, person: User, *, by: User) -> bool:
    """As ``remove``, without asking who may."""
    with write(), owners.kept(_places(team)):
        gone, _by_model = TeamMember.objects.filter(team=team, user=person).delete()
        if gone:
            _tell_of(team, person, False, False, by)
    return bool(gone)


def set_lead(team: Team, person: User, is_lead: bool, *, by: User) -> bool:
    """False when nothing changed, or they are no member. Raises Forbidden."""
    demand(may_manage(by, team))
    with write(), owners.kept(_places(team)):
        member = TeamMember.objects.filter(team=team, user=person, is_lead=not is_lead)
        changed = member.update(is_lead=is_lead)
        if changed:
            _tell_of(team, person, True, is_lead, by)
    return bool(changed)


def set_role(team: Team, workspace: Workspace, role: Role | None, *, by: User) -> bool:
    """What the team's members may do in ``workspace``; None takes it away. False: as before.

    Raises Forbidden (only owners make and unmake owners), Conflict (archived, last owner).
    """
    with write(), owners.kept([workspace.pk]):
        known = TeamRole.objects.filter(team=team, workspace=workspace).first()
        before = known.role if known else None
        demand(can(by, "own" if Role.OWNER in (before, role) else "administer", workspace.pk))
        if before == role:
            return False
        if role is None:
            TeamRole.objects.filter(team=team, workspace=workspace).delete()
        elif team.archived_at is not None:
            raise Conflict(_("This team is archived."))
        else:
            TeamRole.objects.update_or_create(
                team=team, workspace=workspace, defaults={"role": role}
            )
        events.record(
            workspace.pk,
            event_kinds.TEAM_ROLE_CHANGED,
            subject=("team", str(team.pk)),
            actor=Actor.user(by),
            payload={"team": team.pk, "role": role.value if role else None, "before": before},
        )
    return True


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        detail = _("A team's name has 1 to %(most)d characters.") % {"most": LONGEST_NAME}
        raise Invalid(detail, errors=[Problem("/name", detail)])
    return name


def _refuse_taken(name: str, but: Team | None = None) -> None:
    """Two live teams of one name could not be told apart; an archived one's name is free."""
    others = Team.objects.filter(archived_at=None, name__iexact=name)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise _taken(name)


def _taken(name: str) -> Invalid:
    detail = _("There is a team “%(name)s” already.") % {"name": name}
    return Invalid(detail, errors=[Problem("/name", detail)])


def _slug(name: str, number: int) -> str:
    return (slugify(name)[:58] or "team") + (f"-{number}" if number > 1 else "")


def _places(team: Team) -> list[int]:
    """The workspaces where the team has a role, and the desk: whose chains tell of it."""
    desk, _made = Workspace.objects.get_or_create(slug=DESK, defaults={"name": "Desk"})
    return sorted({desk.pk, *team.roles.values_list("workspace_id", flat=True)})


def _tell_of(team: Team, person: User, is_member: bool, is_lead: bool, by: User) -> None:
    payload = {"team": team.pk, "user": person.pk, "is_member": is_member, "is_lead": is_lead}
    _tell(team, event_kinds.TEAM_MEMBER_CHANGED, payload, by)


def _tell(team: Team, kind: str, payload: Mapping[str, Any], by: User) -> None:
    for workspace_id in _places(team):
        events.record(
            workspace_id,
            kind,
            subject=("team", str(team.pk)),
            actor=Actor.user(by),
            payload=payload,
        )
