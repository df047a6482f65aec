"""Changing agents: making one, its tokens and secret (each shown once), owner, hosts, grants."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import clock, provisioning, roles
from workspaces.actors import Actor
from workspaces.doors import admins_only, agent_for, screen
from workspaces.errors import HandoffError
from workspaces.forms.agents import AgentForm, NewAgentForm, TokenForm
from workspaces.forms.entries import show
from workspaces.models import Agent, AgentToken, User, Workspace
from workspaces.permissions import administered_workspaces
from workspaces.transactions import write

CURL = """curl -sS {url}/api/v1/handoffs \\
  -H 'Authorization: Bearer {token}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"workspace": "{workspace}", "title": "Hello from {agent}"}}'"""


@screen("GET", "POST")
def new(request: HttpRequest, user: User) -> HttpResponse:
    """An agent with its first token: what one needs to hand off, in one step."""
    admins_only(user)
    form = NewAgentForm(
        request.POST or None,
        workspaces=administered_workspaces(user),
        initial={"workspace": request.GET.get("workspace", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            agent, token, text = _create(user, **form.cleaned_data)
        except HandoffError as error:
            show(form, error, "name")
        else:
            return _shown_once(request, agent, token=token, text=text, secret=agent.webhook_secret)
    return render(request, "workspaces/agent_new.html", {"form": form, "section": "agents"})


def _create(by: User, *, name: str, workspace: Workspace) -> tuple[Agent, AgentToken, str]:
    actor = Actor.user(by)
    with write():
        agent = provisioning.create_agent(name, owner=by, actor=actor)
        provisioning.grant(agent, workspace, actor=actor)
        token, text = provisioning.issue_token(agent, name=_("first"), actor=actor)
    return agent, token, text


def _shown_once(
    request: HttpRequest,
    agent: Agent,
    *,
    token: AgentToken | None = None,
    text: str = "",
    secret: str = "",
    old: AgentToken | None = None,
) -> HttpResponse:
    """The answer to the POST itself, so that no session or database keeps the secret."""
    grant = agent.grants.select_related("workspace").order_by("workspace__name").first()
    curl = CURL.format(
        url=settings.SITE_URL,
        token=text,
        workspace=grant.workspace.slug if grant else "WORKSPACE",
        agent=_for_shell(agent.name),
    )
    context = {
        "agent": agent,
        "token": token,
        "text": text,
        "secret": secret,
        "old": old,
        "curl": curl if text else "",
        "can_submit": token is not None and "submit" in token.scopes,
        "section": "agents",
    }
    return render(request, "workspaces/shown_once.html", context)


def _for_shell(name: str) -> str:
    """What may stand in JSON inside single quotes; the rest of a name is left out."""
    return "".join(sign for sign in name if sign.isalnum() or sign in " -_.") or "my agent"


@screen("GET", "POST")
def issue(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    agent = agent_for(user, pk, to_change=True)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        try:
            token, text = provisioning.issue_token(
                agent,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=clock.now() + timedelta(days=int(days)) if days.isdigit() else None,
                actor=Actor.user(user),
            )
        except HandoffError as error:
            show(form, error)
        else:
            return _shown_once(request, agent, token=token, text=text)
    context = {"form": form, "agent": agent, "section": "agents"}
    return render(request, "workspaces/token_new.html", context)


def _token_of(agent: Agent, pk: int) -> AgentToken:
    token = agent.tokens.filter(pk=pk).first()
    if token is None:
        raise Http404
    return token


@screen("POST")
def rotate(request: HttpRequest, user: User, pk: int, token_pk: int) -> HttpResponse:
    """A token like the old one, for as long; the old one works until it is revoked on that page."""
    agent = agent_for(user, pk, to_change=True)
    old = _token_of(agent, token_pk)
    if old.revoked_at is not None:
        messages.error(request, _("That token was revoked; issue a new one."))
        return redirect("agent", agent.pk)
    life = old.expires_at - old.created_at if old.expires_at else None
    token, text = provisioning.issue_token(
        agent,
        name=old.name,
        scopes=old.scopes,
        expires_at=clock.now() + life if life else None,
        actor=Actor.user(user),
    )
    return _shown_once(request, agent, token=token, text=text, old=old)


@screen("POST")
def revoke(request: HttpRequest, user: User, pk: int, token_pk: int) -> HttpResponse:
    agent = agent_for(user, pk, to_change=True)
    token = _token_of(agent, token_pk)
    if provisioning.revoke_token(token, actor=Actor.user(user)):
        messages.success(request, _("%(hint)s works no longer.") % {"hint": token.hint})
    else:
        messages.info(request, _("%(hint)s was revoked before.") % {"hint": token.hint})
    return redirect("agent", agent.pk)


@screen("POST")
def new_secret(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    agent = agent_for(user, pk, to_change=True)
    secret = provisioning.rotate_webhook_secret(agent, actor=Actor.user(user))
    return _shown_once(request, agent, secret=secret)


@screen("GET", "POST")
def change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    agent = agent_for(user, pk, to_change=True)
    owners = User.objects.filter(is_active=True)
    if not user.is_site_admin:
        owners = owners.filter(pk__in=roles.people_in(administered_workspaces(user)).values("pk"))
    form = AgentForm(
        request.POST or None,
        owners=owners,
        by_site_admin=user.is_site_admin,
        initial={"owner": agent.owner, "callback_hosts": "\n".join(agent.callback_hosts)},
    )
    if request.method == "POST" and form.is_valid():
        provisioning.change_agent(agent, actor=Actor.user(user), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("agent", agent.pk)
    context = {"form": form, "agent": agent, "section": "agents"}
    return render(request, "workspaces/agent_change.html", context)


@screen("POST")
def switch(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Deactivate or reactivate; what it submitted stays."""
    agent = agent_for(user, pk, to_change=True)
    is_active = not agent.is_active
    provisioning.change_agent(agent, actor=Actor.user(user), is_active=is_active)
    done = _("%(agent)s may hand off again.") if is_active else _("%(agent)s is switched off.")
    messages.success(request, done % {"agent": agent})
    return redirect("agent", agent.pk)


@screen("POST")
def grant(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Let the agent submit to a workspace that one administers, or (``take``) no longer."""
    agent = agent_for(user, pk)
    slug = request.POST.get("workspace", "")
    workspace = administered_workspaces(user).filter(slug=slug).first()
    if workspace is None:
        raise Http404
    where = {"agent": agent, "workspace": workspace}
    if request.POST.get("take"):
        provisioning.ungrant(agent, workspace, actor=Actor.user(user))
        messages.success(request, _("%(agent)s may not submit to %(workspace)s any more.") % where)
    else:
        provisioning.grant(agent, workspace, actor=Actor.user(user))
        messages.success(request, _("%(agent)s may submit to %(workspace)s.") % where)
    if not user.is_site_admin and not agent.grants.filter(
        workspace__in=administered_workspaces(user)
    ):
        return redirect("agents")
    return redirect("agent", agent.pk)
