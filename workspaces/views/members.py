"""Who has which role in a workspace and why: in person, or through a team."""

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import clock, provisioning, roles, team_rights, teams
from workspaces.actors import Actor
from workspaces.availability import Roster
from workspaces.doors import demand, screen, workspace_for
from workspaces.errors import Forbidden, HandoffError, Invalid
from workspaces.forms.entries import show
from workspaces.forms.people import MemberForm
from workspaces.forms.teams import TeamRoleForm
from workspaces.models import Membership, Role, Team, User, Workspace
from workspaces.permissions import can, may_give
from workspaces.transactions import write
from workspaces.views import invitations


def roles_for(user: User, workspace: Workspace) -> list[Role]:
    """The roles that ``user`` may give: only owners make owners."""
    owns = bool(can(user, "own", workspace.pk))
    return [role for role in Role if owns or role != Role.OWNER]


@screen("GET", "POST")
def page(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    workspace = workspace_for(user, slug, "administer" if request.method == "POST" else "view")
    form = MemberForm(request.POST or None, roles=roles_for(user, workspace))
    if request.method == "POST" and form.is_valid():
        try:
            return _add(request, form.cleaned_data, workspace, user)
        except HandoffError as error:
            show(form, error, "email")
    return _show(request, user, workspace, form)


def _show(
    request: HttpRequest,
    user: User,
    workspace: Workspace,
    form: MemberForm,
    team_form: TeamRoleForm | None = None,
) -> HttpResponse:
    visible = team_rights.visible_to(user)
    granted = workspace.team_roles.filter(roles.LIVE).select_related("team")
    is_there = Q(team__teammember__user__is_active=True)
    context = {
        "form": form,
        "workspace": workspace,
        "members": _members(workspace),
        "team_roles": granted.annotate(
            member_count=Count("team__teammember", filter=is_there)
        ).order_by("team__name"),
        "seen_teams": set(visible.values_list("pk", flat=True)),
        "team_form": team_form or _team_form(user, workspace),
        "may_change": bool(can(user, "administer", workspace.pk)),
        "owns": bool(can(user, "own", workspace.pk)),
        "roles": roles_for(user, workspace),
        "section": "workspaces",
        "tab": "members",
    }
    return render(request, "workspaces/members.html", context)


def _members(workspace: Workspace) -> list[dict[str, object]]:
    """Each person with the role that counts and its reasons, the highest role first."""
    roster = Roster(clock.now())
    rows: list[dict[str, object]] = []
    found = roles.sources_in(workspace)
    for person in sorted(
        found, key=lambda each: (-found[each][0].role.rank, str(each).casefold(), each.pk)
    ):
        reasons = found[person]
        own = next((reason.role for reason in reasons if reason.team is None), None)
        rows.append(
            {
                "user": person,
                "role": reasons[0].role,
                "reasons": reasons,
                "own": own,
                "absence": roster.absence_of(person.pk) if person.is_active else None,
            }
        )
    return rows


def _add(
    request: HttpRequest, given: dict[str, str], workspace: Workspace, by: User
) -> HttpResponse:
    """A known person becomes a member; somebody new is invited too."""
    role, actor = Role(given["role"]), Actor.user(by)
    known = User.objects.filter(email__iexact=given["email"]).first()
    if known is not None and not known.is_active:
        raise Invalid(_("This person's account is switched off; a site admin can switch it on."))
    if known is not None and Membership.objects.filter(user=known, workspace=workspace).exists():
        raise Invalid(_("%(name)s is a member already.") % {"name": known})
    if known is not None:
        demand(may_give(by, known, role, workspace.pk))
        provisioning.set_role(known, workspace, role, actor=actor)
        messages.success(
            request, _("%(name)s is now %(role)s.") % {"name": known, "role": role.label}
        )
        return redirect("workspace-members", workspace.slug)
    with write():
        invited = provisioning.create_user(given["email"], actor=actor)
        provisioning.set_role(invited, workspace, role, actor=actor)
    return invitations.show(request, invited, by=by, workspace=workspace)


@screen("POST")
def change(request: HttpRequest, user: User, slug: str, pk: int) -> HttpResponse:
    """Give somebody who is here another role in person, or (no role) take it away."""
    workspace = workspace_for(user, slug, "administer")
    # Through the people: a number that no column holds is then nobody, not an error.
    member = roles.people_in([workspace]).filter(pk__in=User.objects.filter(pk=pk)).first()
    wanted = request.POST.get("role", "")
    if member is None or (wanted and wanted not in Role.values):
        raise Http404
    role = Role(wanted) if wanted else None
    demand(may_give(user, member, role, workspace.pk))
    try:
        provisioning.set_role(member, workspace, role, actor=Actor.user(user))
    except HandoffError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _said(member, role, roles.of(member, workspace.pk)))
    if member == user and not can(user, "view", workspace.pk):
        return redirect("workspaces")
    return redirect("workspace-members", workspace.slug)


def _said(member: User, role: Role | None, counts: Role | None) -> str:
    said = {"name": member, "role": counts.label if counts else ""}
    if counts is None:
        return _("%(name)s is no member any more.") % said
    if counts == role:
        return _("%(name)s is now %(role)s.") % said
    return _("Saved. %(name)s is still %(role)s, through a team.") % said


def _team_form(user: User, workspace: Workspace, data: QueryDict | None = None) -> TeamRoleForm:
    return TeamRoleForm(data, teams=_grantable(user, workspace), roles=roles_for(user, workspace))


def _grantable(user: User, workspace: Workspace) -> QuerySet[Team]:
    here = workspace.team_roles.values("team")
    return team_rights.visible_to(user).filter(archived_at=None).exclude(pk__in=here)


@screen("POST")
def team(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Give a team a role; with ``of``, change (or with no role take away) what it has."""
    workspace = workspace_for(user, slug, "administer")
    if "of" not in request.POST:
        form = _team_form(user, workspace, request.POST)
        if not form.is_valid():
            return _show(request, user, workspace, _empty(user, workspace), form)
        chosen, wanted = form.cleaned_data["team"], form.cleaned_data["role"]
    else:
        key, wanted = request.POST["of"], request.POST.get("role", "")
        here = Team.objects.filter(roles__workspace=workspace)
        chosen = here.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
        if chosen is None or (wanted and wanted not in Role.values):
            raise Http404
    role = Role(wanted) if wanted else None
    try:
        teams.set_role(chosen, workspace, role, by=user)
    except Forbidden:
        raise
    except HandoffError as error:
        messages.error(request, error.detail)
    else:
        said = {"team": chosen, "role": role.label if role else ""}
        given = _("Whoever is in %(team)s is %(role)s here now, at least.")
        taken = _("%(team)s has no role here any more.")
        messages.success(request, (given if role else taken) % said)
    if not can(user, "view", workspace.pk):
        return redirect("workspaces")
    return redirect("workspace-members", workspace.slug)


def _empty(user: User, workspace: Workspace) -> MemberForm:
    return MemberForm(roles=roles_for(user, workspace))
