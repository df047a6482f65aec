"""Runs in a process of the desk under test (``manage.py shell``): its first people and agents."""

from typing import Any

from workspaces import provisioning
from workspaces.actors import SYSTEM
from workspaces.models import Role, User, Workspace

PASSWORD = "correct horse battery"


def found(
    slug: str,
    *,
    reviewers: list[str],
    agents: list[str],
    undo_seconds: int | None,
    callback_hosts: list[str],
) -> dict[str, Any]:
    """A workspace with these reviewers (e-mail addresses) and agents; tokens by agent."""
    workspace = provisioning.create_workspace(slug, actor=SYSTEM)
    Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=undo_seconds)
    people = {}
    for email in reviewers:
        user = User.objects.filter(email=email).first() or provisioning.create_user(
            email, name=email.partition("@")[0].title(), password=PASSWORD, actor=SYSTEM
        )
        provisioning.set_role(user, workspace, Role.REVIEWER, actor=SYSTEM)
        people[email] = user.pk
    tokens, secrets = {}, {}
    for name in agents:
        agent = provisioning.create_agent(name, callback_hosts=callback_hosts, actor=SYSTEM)
        provisioning.grant(agent, workspace, actor=SYSTEM)
        _token, tokens[name] = provisioning.issue_token(agent, actor=SYSTEM)
        secrets[name] = agent.webhook_secret
    return {
        "workspace": workspace.pk,
        "folder": workspace.root,
        "people": people,
        "tokens": tokens,
        "secrets": secrets,
    }
