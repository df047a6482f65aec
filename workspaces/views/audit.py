"""The Event list of a workspace, and the check of its chain."""

from collections.abc import Iterable, Sequence
from itertools import islice
from time import monotonic

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from workspaces import events
from workspaces.doors import demand, screen, site_admin_only, workspace_for
from workspaces.models import DESK, Agent, Event, User, Workspace
from workspaces.permissions import can

PAGE, FAULTS = 100, 50


@screen("GET", "POST")
def page(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Members read the list; the check (a POST, as it reads all of it) is for admins."""
    workspace = _workspace(user, slug)
    is_desk = workspace.slug == DESK
    may_check = user.is_site_admin if is_desk else bool(can(user, "administer", workspace.pk))
    context: dict[str, object] = {}
    if request.method == "POST":
        if not is_desk:
            demand(can(user, "administer", workspace.pk))
        context = _checked(workspace)
    rows = _page_of(workspace, request.GET.get("before", ""))
    people, agents = _names(rows)
    for row in rows:
        names = people if row.actor_kind == "human" else agents
        row.actor_name = names.get(row.actor_id, "")  # type: ignore[attr-defined]
    context |= {
        "workspace": workspace,
        "is_desk": is_desk,
        "rows": rows,
        "may_check": may_check,
        "next_url": f"?before={rows[-1].seq}" if len(rows) == PAGE and rows[-1].seq > 1 else "",
        "section": "people" if is_desk else "workspaces",
        "tab": "audit",
    }
    return render(request, "workspaces/audit.html", context)


def _workspace(user: User, slug: str) -> Workspace:
    """``desk``, with sign-ins and tokens, is for site admins."""
    if slug != DESK or not user.is_site_admin:
        return workspace_for(user, slug)
    workspace = Workspace.objects.filter(slug=DESK).first()
    if workspace is None:
        raise Http404
    site_admin_only(user)
    return workspace


def _page_of(workspace: Workspace, before: str) -> Sequence[Event]:
    rows = workspace.events.order_by("-seq")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(seq__lt=int(before))
    return list(rows[:PAGE])


def _names(rows: Iterable[Event]) -> tuple[dict[str, str], dict[str, str]]:
    """Names of the people and the agents who did it, by id."""
    human = {row.actor_id for row in rows if row.actor_kind == "human"}
    agent = {row.actor_id for row in rows if row.actor_kind == "agent"}
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=human)}
    agents = {str(found.pk): found.name for found in Agent.objects.filter(pk__in=agent)}
    return people, agents


def _checked(workspace: Workspace) -> dict[str, object]:
    begun = monotonic()
    faults = list(islice(events.verify(workspace), FAULTS))
    workspace.refresh_from_db()
    return {
        "is_checked": True,
        "faults": faults,
        "count": workspace.event_seq,
        "seconds": monotonic() - begun,
    }
