"""What could not be taken, over all workspaces one administers; trying again, and setting aside."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from reviews import channel_rights, problems, scan
from reviews.models import Problem
from workspaces import paths
from workspaces.actors import Actor
from workspaces.doors import admins_only, demand, screen
from workspaces.models import User
from workspaces.permissions import administered_workspaces, can, visible_workspaces

SHOWN = 100


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    admins_only(user)
    found = (
        Problem.objects.filter(resolved_at=None, workspace__in=administered_workspaces(user))
        .select_related("workspace")
        .order_by("-created_at", "-pk")
    )
    context = {
        "problems": marked(found[:SHOWN]),
        "problem_count": found.count(),
        "may_change": True,
        "failed_channels": channel_rights.shared(user).filter(off_because="error"),
        "section": "problems",
    }
    return render(request, "reviews/admin/problems.html", context)


def _problem_for(user: User, pk: int) -> Problem:
    """An open problem of a workspace that ``user`` administers. Raises Http404, Forbidden."""
    problem = (
        Problem.objects.filter(pk=pk, workspace__in=visible_workspaces(user))
        .select_related("workspace")
        .first()
    )
    if problem is None:
        raise Http404
    demand(can(user, "administer", problem.workspace_id))
    return problem


def marked(found: Iterable[Problem]) -> list[Problem]:
    """Each with ``may_be_read_again``, for its button."""
    rows = list(found)
    for problem in rows:
        setattr(problem, "may_be_read_again", may_be_read_again(problem))  # noqa: B010
    return rows


def may_be_read_again(problem: Problem) -> bool:
    """Is it a file that agents drop? Our own answers and receipts are never taken as one."""
    name = problem.path.rpartition("/")[2]
    is_source = problem.kind not in (Problem.Kind.TAMPERED, Problem.Kind.FOREIGN_FILE)
    return is_source and (not name or paths.is_intake(name) or paths.is_ack(name))


@screen("POST")
def retry(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Read the file again, now; a folder that could not be read is scanned again."""
    problem = _problem_for(user, pk)
    workspace, path = problem.workspace, problem.path
    if problem.resolved_at is not None:
        messages.info(request, _("This was resolved meanwhile."))
    elif not may_be_read_again(problem):
        messages.error(request, _("There is nothing to read again here; set it aside instead."))
    elif not path:
        scan.scan_workspace(workspace)
        _tell(request, problem)
    else:
        problems.forget_file(workspace, path)
        outcome = scan.take_path(workspace, path)
        if outcome.word == "gone":
            problems.resolve(workspace, path, actor=Actor.user(user))
        _tell(request, problem)
    return _back(request, problem)


def _tell(request: HttpRequest, problem: Problem) -> None:
    problem.refresh_from_db()
    name = problem.path or problem.workspace.root
    if problem.resolved_at is not None:
        messages.success(request, _("“%(name)s” is in order now.") % {"name": name})
    else:
        told = _("“%(name)s” still cannot be taken: %(why)s")
        messages.error(request, told % {"name": name, "why": problem.detail})


@screen("POST")
def set_aside(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Close a problem without mending it; it opens again if the desk meets it again."""
    problem = _problem_for(user, pk)
    kind = Problem.Kind(problem.kind)
    problems.resolve(problem.workspace, problem.path, kinds=[kind], actor=Actor.user(user))
    messages.success(request, _("Set aside."))
    return _back(request, problem)


def _back(request: HttpRequest, problem: Problem) -> HttpResponse:
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("workspace", args=[problem.workspace.slug])
    return redirect(back)
