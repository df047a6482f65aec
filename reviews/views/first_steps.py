"""What a screen with nothing on it says to who has just begun: whom to ask, what to paste."""

from typing import Any

from django.http import HttpRequest

from reviews.models import Handoff
from workspaces.models import AgentToken, Role, User, Workspace
from workspaces.permissions import is_admin_somewhere, visible_workspaces

CURL = """curl {url} \\
  -H "Authorization: Bearer $HANDOFF_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{{{workspace}"title": "Nightly report is ready"}}'"""
MOST_NAMED = 3


def curl(request: HttpRequest, workspace: Workspace | None = None) -> str:
    """A line for the terminal of who writes an agent; its token is in the environment.

    Without a workspace it works for an agent that may submit to one only.
    """
    url = request.build_absolute_uri("/api/v1/handoffs")
    return CURL.format(url=url, workspace=f'"workspace": "{workspace.slug}", ' if workspace else "")


def of(request: HttpRequest, user: User) -> dict[str, Any]:
    """For a person who has never had a handoff to see."""
    visible = visible_workspaces(user)
    admins = User.objects.filter(
        is_active=True,
        memberships__workspace__in=visible,
        memberships__role__in=[Role.ADMIN, Role.OWNER],
    )
    return {
        "first_run": True,
        "no_workspace": not user.is_site_admin and not visible.exists(),
        "may_make_tokens": user.is_site_admin or is_admin_somewhere(user),
        "admins": list(admins.order_by("pk").distinct()[:MOST_NAMED]),
        "has_token": AgentToken.objects.filter(revoked_at=None).exists(),
        "curl": curl(request),
    }


def of_workspace(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """The line to paste, as long as nothing was handed off there."""
    is_new = not Handoff.objects.filter(workspace=workspace).exists()
    return {"curl": curl(request, workspace)} if is_new else {}
