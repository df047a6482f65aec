"""Workspaces with what goes on in them: the list, and one workspace's overview."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.models import Handoff, Problem, Status
from reviews.views import first_steps
from reviews.views.admin_problems import marked
from workspaces import roles
from workspaces.doors import screen, workspace_for
from workspaces.models import Role, User, Workspace
from workspaces.permissions import can, role_in, visible_workspaces

SHOWN = 25


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    visible = visible_workspaces(user)
    reasons = roles.sources_of([user], visible)[user.pk]
    found = _with_counts(visible)
    for workspace in found:
        why = reasons.get(workspace)
        setattr(workspace, "own_role", why[0].role.label if why else "")  # noqa: B010
    context = {
        "rows": [workspace for workspace in found if workspace.archived_at is None],
        "archived": [workspace for workspace in found if workspace.archived_at is not None],
        "section": "workspaces",
    }
    return render(request, "reviews/admin/workspaces.html", context)


def _with_counts(workspaces: QuerySet[Workspace]) -> list[Workspace]:
    """Each with ``open``, ``problem_count`` and ``member_count``; one query a count."""
    found = list(workspaces.order_by("name"))
    open_ = Q(status=Status.PENDING, verdict="")
    counts = {
        "open": Handoff.objects.filter(open_, workspace__in=found),
        "problem_count": Problem.objects.filter(resolved_at=None, workspace__in=found),
    }
    for name, rows in counts.items():
        by_workspace = dict(rows.order_by().values_list("workspace").annotate(n=Count("pk")))
        for workspace in found:
            setattr(workspace, name, by_workspace.get(workspace.pk, 0))
    members = roles.member_counts(found)
    for workspace in found:
        setattr(workspace, "member_count", members[workspace.pk])  # noqa: B010
    return found


@screen("GET")
def page(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    workspace = workspace_for(user, slug)
    handoffs = Handoff.objects.filter(workspace=workspace).select_related(
        "workspace", "submitter", "claimed_by", "assigned_to"
    )
    problems = Problem.objects.filter(workspace=workspace, resolved_at=None)
    owners = roles.people_in([workspace], Role.OWNER).filter(is_active=True)
    role = role_in(user, workspace.pk)
    open_ = handoffs.open()
    context = {
        "workspace": workspace,
        "open": list(open_.order_by("-priority", "pk")[:SHOWN]),
        "open_count": open_.count(),
        "latest": handoffs.exclude(pk__in=open_.values("pk"))
        .prefetch_related("decisions__reviewer")
        .order_by("-updated_at", "-pk")[:SHOWN],
        "problems": marked(problems.order_by("-created_at", "-pk")[: SHOWN * 2]),
        "problem_count": problems.count(),
        "owners": list(owners.order_by("name", "email")),
        "agents": workspace.agent_grants.select_related("agent").order_by("agent__name"),
        "role": role.label if role else "",
        "may_change": bool(can(user, "administer", workspace.pk)),
        "section": "workspaces",
        "tab": "overview",
        **first_steps.of_workspace(request, workspace),
    }
    return render(request, "reviews/admin/workspace.html", context)
