"""When somebody leaves: whom what was theirs goes to, and what has to be settled before."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from reviews import standing_in
from reviews.models import ENDED, Handoff
from workspaces import absences, clock, owners, provisioning, teams
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden, Invalid, Problem
from workspaces.models import DESK, Absence, Agent, Team, User, Workspace
from workspaces.transactions import write


@dataclass(frozen=True)
class Estate:
    """What somebody who leaves has in hand."""

    open: int  # handoffs assigned to them
    claimed: int
    agents: list[Agent]  # active ones, each with ``live_tokens``
    workspaces: list[Workspace]  # where they have a role in person
    teams: list[Team]


def estate_of(person: User) -> Estate:
    now = clock.now()
    theirs = Handoff.objects.filter(assigned_to=person).exclude(status__in=ENDED)
    claimed = Handoff.objects.open().filter(claimed_by=person, claimed_until__gt=now)
    alive = Q(tokens__revoked_at=None) & (
        Q(tokens__expires_at=None) | Q(tokens__expires_at__gt=now)
    )
    return Estate(
        open=theirs.count(),
        claimed=claimed.count(),
        agents=list(
            _agents(person)
            .annotate(live_tokens=Count("tokens", filter=alive & Q(tokens__isnull=False)))
            .order_by("name")
        ),
        workspaces=list(Workspace.objects.filter(memberships__user=person).order_by("name")),
        teams=list(person.teams.order_by("name")),
    )


def _agents(person: User) -> QuerySet[Agent]:
    return Agent.objects.filter(owner=person, is_active=True)


def deactivate(
    person: User, *, by: User, heir: User | None = None, agents: Mapping[int, User] | None = None
) -> Absence:
    """Switch the account off: sessions end, roles and teams too, what was assigned moves on.

    ``heir`` gets what is open (None: nobody, so all reviewers); ``agents`` says who owns each
    active agent of theirs from now on. A verdict of theirs whose undo window is open leaves as it
    would have. Raises Forbidden, Invalid (an agent without an active owner), Conflict (the last
    site admin, or the last owner of a workspace).
    """
    _site_admin_only(by)
    actor = Actor.user(by)
    if heir is not None and (heir.pk == person.pk or not heir.is_active):
        detail = _("Choose somebody else whose account is on.")
        raise Invalid(detail, errors=[Problem("/heir", detail)])
    with write(), owners.kept(_places(person)):
        if not User.objects.filter(pk=person.pk, is_active=True).exists():
            raise Conflict(_("This account is switched off already."))
        _pass_on_agents(person, dict(agents or {}), actor)
        provisioning.change_user(person, actor=actor, is_active=False)
        if person.is_site_admin:
            provisioning.change_user(person, actor=actor, is_site_admin=False)
        for workspace in Workspace.objects.filter(memberships__user=person).order_by("pk"):
            provisioning.set_role(person, workspace, None, actor=actor)
        for team in person.teams.order_by("pk"):
            teams.take_out(team, person, by=by)
        absence = absences.leave_for_good(person, heir=heir, by=by)
    standing_in.begin(absence)  # the sweep goes on where this stops
    return absence


def reactivate(person: User, *, by: User) -> None:
    """The account is on again, and nothing comes with it: no role, no handoff, no session."""
    _site_admin_only(by)
    with write():
        provisioning.change_user(person, actor=Actor.user(by), is_active=True)
        absences.return_to_work(person)


def _site_admin_only(by: User) -> None:
    if not (by.is_site_admin and by.is_active):
        raise Forbidden(_("Only a site admin may do this."))


def _places(person: User) -> list[int]:
    """Every chain that will tell of it, so that they are locked in one order."""
    own = Q(memberships__user=person) | Q(team_roles__team__members=person) | Q(slug=DESK)
    return list(Workspace.objects.filter(own).values_list("pk", flat=True).distinct())


def _pass_on_agents(person: User, heirs: dict[int, User], actor: Actor) -> None:
    faults = []
    for agent in _agents(person).order_by("name"):
        owner = heirs.get(agent.pk)
        if owner is None or owner.pk == person.pk or not owner.is_active:
            detail = _("%(agent)s needs an owner whose account is on.") % {"agent": agent.name}
            faults.append(Problem(f"/agent-{agent.pk}", detail))
        else:
            provisioning.change_agent(agent, actor=actor, owner=owner)
    if faults:
        raise Invalid(faults[0].detail, errors=faults)
