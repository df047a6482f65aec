"""Teams: the list, one team with its members, and what may be changed there."""

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import clock, team_rights, teams
from workspaces.availability import Roster
from workspaces.doors import admins_only, demand, screen
from workspaces.errors import Forbidden, HandoffError
from workspaces.forms.entries import show
from workspaces.forms.teams import TeamForm, TeamMemberForm
from workspaces.models import Team, TeamMember, TeamRole, User
from workspaces.permissions import is_admin_somewhere, visible_workspaces

LEADS = TeamMember.objects.filter(is_lead=True).select_related("user")


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    shown_roles = TeamRole.objects.filter(workspace__in=visible_workspaces(user))
    found = (
        team_rights.visible_to(user)
        .annotate(member_count=Count("teammember", filter=Q(teammember__user__is_active=True)))
        .prefetch_related(
            Prefetch("teammember_set", queryset=LEADS.order_by("user__name"), to_attr="leads"),
            Prefetch(
                "roles",
                queryset=shown_roles.select_related("workspace").order_by("workspace__name"),
                to_attr="shown_roles",
            ),
        )
        .order_by("name", "pk")
    )
    context = {
        "teams": [team for team in found if team.archived_at is None],
        "archived": [team for team in found if team.archived_at is not None],
        "may_make": is_admin_somewhere(user),
        "section": "teams",
    }
    return render(request, "workspaces/teams.html", context)


@screen("GET", "POST")
def new(request: HttpRequest, user: User) -> HttpResponse:
    admins_only(user)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = teams.create(form.cleaned_data["name"], by=user)
        except HandoffError as error:
            show(form, error, "name")
        else:
            messages.success(request, _("%(team)s is a team now.") % {"team": team})
            return redirect("team", team.pk)
    return render(request, "workspaces/team_new.html", {"form": form, "section": "teams"})


def _team_or_404(user: User, pk: int) -> Team:
    team = team_rights.visible_to(user).filter(pk=pk).first()
    if team is None:
        raise Http404
    return team


@screen("GET", "POST")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One team; a POST adds somebody."""
    team = _team_or_404(user, pk)
    form = TeamMemberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        demand(team_rights.may_staff(user, team))
        if form.is_valid() and _add(request, form, team, user):
            return redirect("team", team.pk)
    return _show(request, user, team, form, TeamForm(initial={"name": team.name}))


def _add(request: HttpRequest, form: TeamMemberForm, team: Team, by: User) -> bool:
    person = form.cleaned_data["email"]
    try:
        made = teams.add(team, person, by=by)
    except Forbidden:
        raise
    except HandoffError as error:
        show(form, error, "email")
        return False
    if not made:
        form.add_error("email", _("%(name)s is a member already.") % {"name": person})
        return False
    messages.success(
        request, _("%(name)s is in %(team)s now.") % {"name": person, "team": team.name}
    )
    return True


def _show(
    request: HttpRequest, user: User, team: Team, adding: TeamMemberForm, naming: TeamForm
) -> HttpResponse:
    members = list(team.teammember_set.select_related("user").order_by("-is_lead", "user__name"))
    roster = Roster(clock.now())
    for member in members:
        absence = roster.absence_of(member.user_id) if member.user.is_active else None
        setattr(member, "absence", absence)  # noqa: B010 - for the template
    granted = team.roles.filter(workspace__in=visible_workspaces(user))
    context = {
        "team": team,
        "members": members,
        "people": [member.user for member in members],
        "roles": granted.select_related("workspace").order_by("workspace__name"),
        "hidden_roles": team.roles.count() - granted.count(),
        "form": adding,
        "naming": naming,
        "may_staff": bool(team_rights.may_staff(user, team)) and team.archived_at is None,
        "may_manage": team_rights.may_manage(user, team),
        "section": "teams",
    }
    return render(request, "workspaces/team.html", context)


@screen("POST")
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Rename it, archive it or bring it back."""
    team = _team_or_404(user, pk)
    what = request.POST.get("change", "")
    if what == "rename":
        demand(team_rights.may_manage(user, team))
        form = TeamForm(request.POST)
        if form.is_valid():
            try:
                teams.rename(team, form.cleaned_data["name"], by=user)
                messages.success(request, _("Saved."))
                return redirect("team", team.pk)
            except HandoffError as error:
                show(form, error, "name")
        return _show(request, user, team, TeamMemberForm(), form)
    if what not in ("archive", "restore"):
        raise Http404
    try:
        teams.archive(team, is_archived=what == "archive", by=user)
    except Forbidden:
        raise
    except HandoffError as error:
        messages.error(request, error.detail)
    else:
        said = _("%(team)s is archived.") if team.archived_at else _("%(team)s is a team again.")
        messages.success(request, said % {"team": team})
    return redirect("team", team.pk)


@screen("POST")
def member(request: HttpRequest, user: User, pk: int, user_pk: int) -> HttpResponse:
    """Remove a member, make them lead or end that."""
    team = _team_or_404(user, pk)
    person = team.members.filter(pk__in=User.objects.filter(pk=user_pk)).first()
    what = request.POST.get("change", "")
    if person is None or what not in ("remove", "lead", "unlead"):
        raise Http404
    said = {"person": person, "team": team}
    try:
        if what == "remove":
            teams.remove(team, person, by=user)
            messages.success(request, _("%(person)s is not in %(team)s any more.") % said)
        else:
            teams.set_lead(team, person, what == "lead", by=user)
            leads = _("%(person)s leads %(team)s.")
            ended = _("%(person)s does not lead %(team)s any more.")
            messages.success(request, (leads if what == "lead" else ended) % said)
    except Forbidden:
        raise
    except HandoffError as error:
        messages.error(request, error.detail)
    is_seen = team_rights.visible_to(user).filter(pk=team.pk).exists()
    return redirect("team", team.pk) if is_seen else redirect("teams")
