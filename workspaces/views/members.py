"""Who belongs to a workspace, and with which role."""

from django.contrib import messages
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import provisioning
from workspaces.actors import Actor
from workspaces.doors import demand, screen, workspace_for
from workspaces.errors import HandoffError, Invalid
from workspaces.forms.entries import show
from workspaces.forms.people import MemberForm
from workspaces.models import Membership, Role, User, Workspace
from workspaces.permissions import can
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
    owns = bool(can(user, "own", workspace.pk))
    highest_first = Case(
        *(When(role=role, then=Value(-role.rank)) for role in Role), output_field=IntegerField()
    )
    context = {
        "form": form,
        "workspace": workspace,
        "members": workspace.memberships.select_related("user").order_by(
            highest_first, "user__name", "user__email"
        ),
        "may_change": bool(can(user, "administer", workspace.pk)),
        "owns": owns,
        "roles": roles_for(user, workspace),
        "section": "workspaces",
        "tab": "members",
    }
    return render(request, "workspaces/members.html", context)


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
    """Give a member another role, or (no role) take it away."""
    workspace = workspace_for(user, slug, "administer")
    # Through the people: a number that no column holds is then nobody, not an error.
    members = workspace.memberships.filter(user__in=User.objects.filter(pk=pk))
    membership = members.select_related("user").first()
    if membership is None:
        raise Http404
    wanted = request.POST.get("role", "")
    if wanted and wanted not in Role.values:
        raise Http404
    if Role.OWNER in (membership.role, wanted):
        demand(can(user, "own", workspace.pk))
    member = membership.user
    try:
        role = Role(wanted) if wanted else None
        provisioning.set_role(member, workspace, role, actor=Actor.user(user))
    except HandoffError as error:
        messages.error(request, error.detail)
    else:
        done = (
            _("%(name)s is now %(role)s.") % {"name": member, "role": role.label}
            if role
            else _("%(name)s is no member any more.") % {"name": member}
        )
        messages.success(request, done)
    if member == user and not can(user, "view", workspace.pk):
        return redirect("workspaces")
    return redirect("workspace-members", workspace.slug)
