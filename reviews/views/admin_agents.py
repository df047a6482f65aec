"""Agents with what came from them: the list, one agent, and "waiting for the first handoff…"."""

from typing import Any

from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.models import Delivery
from reviews.permissions import visible_to
from reviews.views import first_steps
from workspaces import clock
from workspaces.doors import admins_only, agent_for, may_change, screen, visible_agents
from workspaces.models import Agent, AgentToken, User
from workspaces.permissions import administered_workspaces

SHOWN = 10


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    admins_only(user)
    agents = list(
        visible_agents(user)
        .select_related("owner")
        .prefetch_related("grants__workspace")
        .order_by("-is_active", "name")
    )
    by_agent = visible_to(user).filter(submitter__in=agents).order_by().values_list("submitter")
    firsts = dict(by_agent.annotate(first=Min("pk")))
    used = dict(
        AgentToken.objects.filter(agent__in=agents)
        .order_by()
        .values_list("agent")
        .annotate(at=Max("last_used_at"))
    )
    mine = set(administered_workspaces(user).values_list("pk", flat=True))
    rows: list[dict[str, Any]] = []
    for agent in agents:
        granted = [grant.workspace for grant in agent.grants.all()]
        rows.append(
            {
                "agent": agent,
                "workspaces": [workspace for workspace in granted if workspace.pk in mine],
                "elsewhere": sum(workspace.pk not in mine for workspace in granted),
                "first": firsts.get(agent.pk),
                "number": f"HO-{firsts.get(agent.pk)}",
                "used_at": used.get(agent.pk),
            }
        )
    context = {"rows": rows, "section": "agents"}
    return render(request, "reviews/admin/agents.html", context)


@screen("GET")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    agent = agent_for(user, pk)
    now = clock.now()
    tokens = list(agent.tokens.order_by("-pk"))
    live = [t for t in tokens if not t.revoked_at and (not t.expires_at or t.expires_at > now)]
    mine = administered_workspaces(user)
    granted = [grant.workspace for grant in agent.grants.select_related("workspace")]
    handoffs = visible_to(user).filter(submitter=agent).select_related("workspace")
    context = {
        "agent": agent,
        "tokens": live,
        "ended": [token for token in tokens if token not in live],
        "granted": [workspace for workspace in granted if workspace in mine],
        "elsewhere": sum(workspace not in mine for workspace in granted),
        "grantable": mine.filter(archived_at=None)
        .exclude(pk__in=[workspace.pk for workspace in granted])
        .order_by("name"),
        "handoffs": handoffs.order_by("-pk")[:SHOWN],
        "handoff_count": handoffs.count(),
        "dead": Delivery.objects.filter(
            status=Delivery.Status.DEAD, handoff__in=handoffs.values("pk")
        ).count(),
        "bindings": agent.file_bindings.filter(workspace__in=mine).select_related("workspace"),
        "answer": may_change(user, agent),
        "section": "agents",
        **_first(user, agent),
    }
    if agent.is_active and not context["first"] and granted:
        context["curl"] = first_steps.curl(request, granted[0] if len(granted) > 1 else None)
    return render(request, "reviews/admin/agent.html", context)


@screen("GET")
def received(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The fragment that asks again every two seconds, until a handoff is there."""
    agent = agent_for(user, pk)
    token = request.GET.get("token", "")
    context = {"agent": agent, **_first(user, agent, token if token.isdecimal() else "")}
    is_fragment = "HX-Request" in request.headers
    name = "_received" if is_fragment else "received"
    return render(request, f"reviews/admin/{name}.html", context)


def _first(user: User, agent: Agent, token: str = "") -> dict[str, Any]:
    """The first handoff of the agent, or of one token of it; with how it is asked for again."""
    handoffs = visible_to(user).filter(submitter=agent)
    if token and len(token) < 19:
        handoffs = handoffs.filter(submitter_token_id=int(token))
    return {"first": handoffs.order_by("pk").first(), "token_pk": token}
