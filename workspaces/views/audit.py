"""The Event list of a workspace, and the check of its chain."""

import re
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
_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


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
        setattr(row, "actor_name", names.get(row.actor_id, ""))  # noqa: B010
        setattr(row, "facts", _facts(row))  # noqa: B010
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


def _facts(row: Event) -> list[tuple[str, str]]:
    """The payload for reading: digests, moments (UTC) and long texts are cut."""
    found = []
    for name, value in (row.payload or {}).items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if _DIGEST.fullmatch(text):
            text = f"{text.removeprefix('sha256:')[:8]}…"
        elif _MOMENT.match(text):
            text = text[:19].replace("T", " ")
        if value is not None and text:
            found.append((name, text if len(text) <= 80 else f"{text[:79]}…"))
    return found


def _checked(workspace: Workspace) -> dict[str, object]:
    begun = monotonic()
    faults = list(islice(events.verify(workspace), FAULTS))
    workspace.refresh_from_db()
    return {
        "is_checked": True,
        "faults": faults,
        "entry_count": workspace.event_seq,
        "milliseconds": max(1, round((monotonic() - begun) * 1000)),
    }
