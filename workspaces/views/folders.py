"""Which agents may submit to a workspace, and who submits what is dropped into its folder."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import provisioning
from workspaces.actors import Actor
from workspaces.doors import screen, visible_agents, workspace_for
from workspaces.errors import HandoffError
from workspaces.forms.entries import show
from workspaces.forms.workspaces import BindingForm
from workspaces.models import User
from workspaces.permissions import can


@screen("GET", "POST")
def page(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    workspace = workspace_for(user, slug, "administer" if request.method == "POST" else "view")
    form = BindingForm(request.POST or None, agents=visible_agents(user))
    if request.method == "POST" and form.is_valid():
        prefix, agent = form.cleaned_data["folder"], form.cleaned_data["agent"]
        try:
            provisioning.bind_folder(workspace, prefix, agent, actor=Actor.user(user))
        except HandoffError as error:
            show(form, error, "folder")
        else:
            where = prefix.strip("./ ") or _("the whole folder")
            told = _("%(agent)s submits what is dropped below %(where)s.")
            messages.success(request, told % {"agent": agent, "where": where})
            return redirect("workspace-agents", workspace.slug)
    context = {
        "form": form,
        "workspace": workspace,
        "bindings": workspace.file_agents.select_related("agent").order_by("path_prefix"),
        "grants": workspace.agent_grants.select_related("agent__owner").order_by("agent__name"),
        "may_change": bool(can(user, "administer", workspace.pk)),
        "section": "workspaces",
        "tab": "agents",
    }
    return render(request, "workspaces/folders.html", context)
