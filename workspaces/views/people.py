"""People of the desk: inviting, site admins, switching accounts off and on."""

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import provisioning
from workspaces.actors import Actor
from workspaces.doors import admins_only, demand, screen, site_admin_only
from workspaces.errors import HandoffError
from workspaces.forms.entries import show
from workspaces.forms.people import InviteForm
from workspaces.models import Membership, Role, User, Workspace
from workspaces.permissions import administered_workspaces, can
from workspaces.transactions import write
from workspaces.views import invitations

CHANGES: dict[str, dict[str, bool]] = {
    "deactivate": {"is_active": False},
    "reactivate": {"is_active": True},
    "make-site-admin": {"is_site_admin": True},
    "end-site-admin": {"is_site_admin": False},
}


def people_of(user: User) -> QuerySet[User]:
    """Site admins see everybody, an admin the members of the workspaces they administer."""
    mine = administered_workspaces(user)
    roles = Membership.objects.filter(workspace__in=mine).select_related("workspace")
    people = User.objects.prefetch_related(
        Prefetch("memberships", queryset=roles.order_by("workspace__name"), to_attr="roles")
    ).order_by("-is_active", "name", "email")
    if user.is_site_admin:
        return people
    return people.filter(memberships__workspace__in=mine).distinct()


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    admins_only(user)
    context = {"people": people_of(user), "section": "people"}
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
    if not people_of(user).filter(pk=pk).exists():
        raise Http404
    site_admin_only(user)
    return people_of(user).get(pk=pk)


@screen("GET")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    person = _person_or_404(user, pk)
    return render(request, "workspaces/person.html", {"person": person, "section": "people"})


@screen("POST")
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Switch an account off or on, make or end a site admin; the last one stays."""
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
