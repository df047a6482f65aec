"""Making, changing and archiving a workspace."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import clock, provisioning
from workspaces.actors import Actor
from workspaces.doors import screen, site_admin_only, workspace_for
from workspaces.errors import HandoffError
from workspaces.forms.entries import show
from workspaces.forms.workspaces import NewWorkspaceForm, WorkspaceForm
from workspaces.models import Role, User, Workspace
from workspaces.paths import BadPath
from workspaces.permissions import can
from workspaces.storage import BadRoot
from workspaces.transactions import write


@screen("GET", "POST")
def new(request: HttpRequest, user: User) -> HttpResponse:
    site_admin_only(user)
    form = NewWorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workspace = _create(user, **form.cleaned_data)
        except BadRoot as error:
            form.add_error("path", error.detail)
        except HandoffError as error:
            show(form, error, "slug")
        else:
            messages.success(request, _("“%(name)s” is ready.") % {"name": workspace})
            return redirect("workspace-members", workspace.slug)
    context = {"form": form, "section": "workspaces"}
    return render(request, "workspaces/new.html", context)


def _create(user: User, *, slug: str, name: str, path: str) -> Workspace:
    """The workspace with its maker as owner: a site admin's rights alone make no reviewer."""
    with write():
        actor = Actor.user(user)
        workspace = provisioning.create_workspace(slug, name=name, path=path, actor=actor)
        provisioning.set_role(user, workspace, Role.OWNER, actor=actor)
    return workspace


@screen("GET", "POST")
def change(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Members may look; admins may change."""
    workspace = workspace_for(user, slug, "administer" if request.method == "POST" else "view")
    form = WorkspaceForm(
        request.POST or None,
        initial=WorkspaceForm.initial_of(workspace),
        may_choose_folder=user.is_site_admin,
    )
    if request.method == "POST" and form.is_valid() and _save(form, workspace, user):
        messages.success(request, _("Saved."))
        return redirect("workspace-settings", workspace.slug)
    may_change = bool(can(user, "administer", workspace.pk))
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "workspace": workspace,
        "may_change": may_change,
        "may_archive": bool(can(user, "own", workspace.pk)),
        "section": "workspaces",
        "tab": "settings",
    }
    return render(request, "workspaces/settings.html", context)


def _save(form: WorkspaceForm, workspace: Workspace, user: User) -> bool:
    changes = form.changes()
    if changes["root"] == workspace.root:
        del changes["root"]  # as it stands: not looked at again
    try:
        provisioning.change_workspace(workspace, actor=Actor.user(user), **changes)
    except BadRoot as error:
        form.add_error("root", error.detail)
    except BadPath as error:
        form.add_error("intake_folders", error.detail)
    except HandoffError as error:
        show(form, error)
    return not form.errors


@screen("POST")
def archive(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Put a workspace away, or take it out again; nothing in it is touched."""
    workspace = workspace_for(user, slug, "own")
    is_back = workspace.archived_at is not None
    provisioning.change_workspace(
        workspace, actor=Actor.user(user), archived_at=None if is_back else clock.now()
    )
    done = _("“%(name)s” is in use again.") if is_back else _("“%(name)s” is archived.")
    messages.success(request, done % {"name": workspace})
    return redirect("workspace-settings", workspace.slug)
