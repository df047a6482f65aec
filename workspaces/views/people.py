"""People of the desk: inviting, site admins, switching accounts off and on."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from workspaces import absences, clock, provisioning, roles, team_rights
from workspaces.actors import Actor
from workspaces.availability import Roster
from workspaces.doors import admins_only, demand, known_person, people_of, screen, site_admin_only
from workspaces.errors import HandoffError
from workspaces.forms.entries import show
from workspaces.forms.people import InviteForm
from workspaces.models import Role, User, Workspace
from workspaces.permissions import administered_workspaces, can
from workspaces.transactions import write
from workspaces.views import invitations

PAGE = 100
CHANGES: dict[str, dict[str, bool]] = {
    "make-site-admin": {"is_site_admin": True},
    "end-site-admin": {"is_site_admin": False},
}


def _with_roles(people: list[User], by: User) -> None:
    """Give each ``places`` ({workspace: reasons}) and ``absence``, as far as ``by`` may know."""
    places = roles.sources_of(people, administered_workspaces(by))
    roster = Roster(clock.now())
    for person in people:
        found = {
            "places": places[person.pk],
            "absence": roster.absence_of(person.pk) if person.is_active else None,
        }
        for name, value in found.items():
            setattr(person, name, value)


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """A page of them by name; ``?q=`` finds by name or address."""
    admins_only(user)
    words = request.GET.get("q", "")[:120].strip()
    found = people_of(user)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(email__icontains=words))
    page = request.GET.get("page", "")
    start = PAGE * int(page) if page.isdecimal() and len(page) < 6 else 0
    people = list(found[start : start + PAGE + 1])
    shown = people[:PAGE]
    _with_roles(shown, user)
    following = urlencode({"q": words, "page": str(start // PAGE + 1)})
    context = {
        "people": shown,
        "words": words,
        "next_url": f"?{following}" if len(people) > PAGE else "",
        "section": "people",
    }
    return render(request, "workspaces/people.html", context)


@screen("GET", "POST")
def invite(request: HttpRequest, user: User) -> HttpResponse:
    admins_only(user)
    form = InviteForm(
        request.POST or None,
        workspaces=administered_workspaces(user).filter(archived_at=None),
        by_site_admin=user.is_site_admin,
        initial={"workspace": request.GET.get("workspace", "")},
    )
    if request.method == "POST" and form.is_valid():
        workspace = form.cleaned_data["workspace"]
        try:
            invited = _create(user, **form.cleaned_data)
        except HandoffError as error:
            show(form, error, "role" if error.status == 403 else "email")
        else:
            return invitations.show(request, invited, by=user, workspace=workspace)
    return render(request, "workspaces/invite.html", {"form": form, "section": "people"})


def _create(
    by: User,
    *,
    email: str,
    name: str,
    workspace: Workspace | None,
    role: str,
    is_site_admin: bool = False,
) -> User:
    """Raises Forbidden when ``by`` may not give that role."""
    actor = Actor.user(by)
    if workspace is not None and role == Role.OWNER:
        demand(can(by, "own", workspace.pk))
    with write():
        person = provisioning.create_user(
            email, name=name, is_site_admin=is_site_admin and by.is_site_admin, actor=actor
        )
        if workspace is not None:
            provisioning.set_role(person, workspace, Role(role), actor=actor)
    return person


def _person_or_404(user: User, pk: int) -> User:
    person = people_of(user).filter(pk=pk).first()
    if person is None:
        raise Http404
    site_admin_only(user)
    return person


@screen("GET")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """For admins of a workspace where they have a role, and for who leads a team of theirs."""
    person = known_person(user, pk)
    _with_roles([person], user)
    context = {
        "person": person,
        "standing": absences.standing(person),
        "teams": team_rights.visible_to(user).filter(members=person).order_by("name"),
        "open_agents": person.agents.filter(is_active=True).order_by("name"),
        "section": "people",
    }
    return render(request, "workspaces/person.html", context)


@screen("POST")
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Make or end a site admin; the last one stays."""
    person = _person_or_404(user, pk)
    changes = CHANGES.get(request.POST.get("change", ""))
    if changes is None:
        raise Http404
    try:
        provisioning.change_user(person, actor=Actor.user(user), **changes)
    except HandoffError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("Saved."))
    return redirect("person", person.pk)


@screen("POST")
def reinvite(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """A new link for somebody who has set no password yet; for others it would be a way in."""
    person = _person_or_404(user, pk)
    if person.has_usable_password() or not person.is_active:
        messages.error(request, _("Only who has set no password yet can be invited again."))
        return redirect("person", person.pk)
    return invitations.show(request, person, by=user, workspace=None)
