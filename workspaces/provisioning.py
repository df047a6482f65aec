"""Making and changing workspaces, people and agents: called by screens and commands alike.

Each function is one transaction with its Event.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from workspaces import auth, clock, event_kinds, events, file_agents, owners, paths, storage
from workspaces.actors import Actor
from workspaces.errors import Conflict, Invalid, Problem
from workspaces.models import (
    DESK,
    Agent,
    AgentToken,
    AgentWorkspace,
    FileAgent,
    Membership,
    Role,
    User,
    Workspace,
)
from workspaces.secrets import new_webhook_secret
from workspaces.transactions import write

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def create_workspace(slug: str, *, name: str = "", path: str = "", actor: Actor) -> Workspace:
    """A workspace with its folder and file agent; no ``path``: one in the data folder.

    Raises Invalid, Conflict (taken), storage.BadRoot.
    """
    if not _SLUG.fullmatch(slug) or slug == DESK:
        detail = _("Short name: lower-case letters, digits and hyphens, 63 at the most.")
        raise Invalid(detail, errors=[Problem("/slug", detail)])
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(_("There is a workspace “%(slug)s” already.") % {"slug": slug})
    root = folder_for(path or _own_folder(slug))
    try:
        with write():
            workspace = Workspace.objects.create(slug=slug, name=name or slug, root=root)
            file_agents.ensure_default(workspace)
            events.record(
                workspace.pk,
                event_kinds.WORKSPACE_CREATED,
                subject=("workspace", slug),
                actor=actor,
                payload={"slug": slug, "root": root},
            )
    except IntegrityError:
        raise Conflict(_("There is a workspace “%(slug)s” already.") % {"slug": slug}) from None
    return workspace


def _own_folder(slug: str) -> str:
    folder = Path(settings.DATA_DIR) / "workspaces" / slug
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def folder_for(path: str, *, but: Workspace | None = None) -> str:
    """``path`` resolved, when it may be a workspace's root. Raises storage.BadRoot."""
    others = Workspace.objects.exclude(root="")
    if but is not None:
        others = others.exclude(pk=but.pk)
    return storage.check_root(
        path,
        others=list(others.values_list("root", flat=True)),
        data_dir=str(settings.DATA_DIR),
        source_dir=str(settings.BASE_DIR),
    )


def change_workspace(workspace: Workspace, *, actor: Actor, **changes: object) -> Workspace:
    """Set columns (name, root, undo_seconds, allow_self_approval, must_view_files, intake_folders,
    preset_reasons, archived_at)."""
    if changes.get("root"):
        changes["root"] = folder_for(str(changes["root"]), but=workspace)
    if "intake_folders" in changes:
        given = changes["intake_folders"]
        assert isinstance(given, list)
        changes["intake_folders"] = [paths.normalise(folder) for folder in given]
    changed = sorted(k for k, v in changes.items() if getattr(workspace, k) != v)
    if not changed:
        return workspace
    with write():
        Workspace.objects.filter(pk=workspace.pk).update(**{k: changes[k] for k in changed})
        events.record(
            workspace.pk,
            event_kinds.WORKSPACE_CHANGED,
            subject=("workspace", workspace.slug),
            actor=actor,
            payload={"changed": changed},
        )
    workspace.refresh_from_db()
    return workspace


def create_user(
    email: str,
    *,
    name: str = "",
    password: str | None = None,
    is_site_admin: bool = False,
    is_demo: bool = False,
    actor: Actor,
) -> User:
    """A person. Without a password they set one by their invite link. Raises Invalid, Conflict."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        detail = _("“%(email)s” is not an e-mail address.") % {"email": email}
        raise Invalid(detail, errors=[Problem("/email", detail)]) from None
    taken = Conflict(_("Somebody has the e-mail address %(email)s already.") % {"email": email})
    if User.objects.filter(email__iexact=email).exists():
        raise taken
    try:
        with write():
            user = User.objects.create_user(
                email, password, name=name, is_site_admin=is_site_admin, is_demo=is_demo
            )
            events.record_on_desk(
                event_kinds.PERSON_CREATED,
                subject=("person", str(user.pk)),
                actor=actor,
                payload={"email": email},
            )
    except IntegrityError:
        raise taken from None
    return user


def change_user(user: User, *, actor: Actor, **changes: object) -> User:
    """Set columns (name, is_active, is_site_admin, time_zone, theme). Raises Conflict."""
    changed = sorted(k for k, v in changes.items() if getattr(user, k) != v)
    if not changed:
        return user
    with write():
        loses = {"is_active", "is_site_admin"} & set(changed)
        if user.is_site_admin and user.is_active and loses:
            _keep_a_site_admin(user)
        if "is_active" in changed:  # sessions of before stay ended when the account is on again
            changes["session_epoch"] = F("session_epoch") + 1
        User.objects.filter(pk=user.pk).update(**changes)
        events.record_on_desk(
            event_kinds.PERSON_CHANGED,
            subject=("person", str(user.pk)),
            actor=actor,
            payload={"changed": changed},
        )
    user.refresh_from_db()
    return user


def _keep_a_site_admin(user: User) -> None:
    """Raises Conflict for the last active one. Two at once: the second waits for the first."""
    admins = User.objects.select_for_update().filter(is_site_admin=True, is_active=True)
    if not any(admin.pk != user.pk for admin in admins.order_by("pk")):
        raise Conflict(_("The last site admin cannot be taken away."))


def set_role(user: User, workspace: Workspace, role: Role | None, *, actor: Actor) -> None:
    """Make ``user`` a member in person with ``role``, change it, or (None) take it away.

    Raises Conflict when the workspace would lose its last owner.
    """
    with write(), owners.kept([workspace.pk]):
        current = Membership.objects.filter(user=user, workspace=workspace).first()
        if (current.role if current else None) == role:
            return
        if role is None:
            Membership.objects.filter(user=user, workspace=workspace).delete()
        else:
            Membership.objects.update_or_create(
                user=user, workspace=workspace, defaults={"role": role}
            )
        events.record(
            workspace.pk,
            event_kinds.MEMBERSHIP_CHANGED,
            subject=("person", str(user.pk)),
            actor=actor,
            payload={
                "user": user.pk,
                "role": role.value if role else None,
                "before": current.role if current else None,
            },
        )


def create_agent(
    name: str,
    *,
    owner: User | None = None,
    callback_hosts: Sequence[str] = (),
    actor: Actor,
) -> Agent:
    """A desk-wide agent with a webhook secret. Raises Invalid, Conflict (name taken)."""
    name = name.strip()
    if not name or len(name) > 120:
        detail = _("An agent's name has 1 to 120 characters.")
        raise Invalid(detail, errors=[Problem("/name", detail)])
    taken = Conflict(_("There is an agent “%(name)s” already.") % {"name": name})
    if Agent.objects.filter(name=name).exists():
        raise taken
    try:
        with write():
            agent = Agent.objects.create(
                name=name,
                owner=owner,
                webhook_secret=new_webhook_secret(),
                callback_hosts=list(callback_hosts),
            )
            events.record_on_desk(
                event_kinds.AGENT_CREATED,
                subject=("agent", str(agent.pk)),
                actor=actor,
                payload={"name": name},
            )
    except IntegrityError:
        raise taken from None
    return agent


def change_agent(agent: Agent, *, actor: Actor, **changes: object) -> Agent:
    """Set columns (owner, callback_hosts, is_active, webhook_secret, old_webhook_secret)."""
    changed = sorted(k for k, v in changes.items() if getattr(agent, k) != v)
    if not changed:
        return agent
    with write():
        Agent.objects.filter(pk=agent.pk).update(**{k: changes[k] for k in changed})
        events.record_on_desk(
            event_kinds.AGENT_CHANGED,
            subject=("agent", str(agent.pk)),
            actor=actor,
            payload={"changed": changed},
        )
    agent.refresh_from_db()
    return agent


def rotate_webhook_secret(agent: Agent, *, actor: Actor) -> str:
    """A new secret, shown once; the old one signs too until the next rotation."""
    secret = new_webhook_secret()
    change_agent(agent, actor=actor, webhook_secret=secret, old_webhook_secret=agent.webhook_secret)
    return secret


def grant(agent: Agent, workspace: Workspace, *, actor: Actor) -> None:
    """Let ``agent`` submit to ``workspace``."""
    with write():
        _row, made = AgentWorkspace.objects.get_or_create(agent=agent, workspace=workspace)
        if made:
            events.record(
                workspace.pk,
                event_kinds.AGENT_GRANTED,
                subject=("agent", str(agent.pk)),
                actor=actor,
                payload={"agent": agent.pk},
            )


def ungrant(agent: Agent, workspace: Workspace, *, actor: Actor) -> None:
    """``agent`` may not submit to ``workspace`` any more; what it submitted stays."""
    with write():
        gone, _by_model = AgentWorkspace.objects.filter(agent=agent, workspace=workspace).delete()
        if gone:
            events.record(
                workspace.pk,
                event_kinds.AGENT_UNGRANTED,
                subject=("agent", str(agent.pk)),
                actor=actor,
                payload={"agent": agent.pk},
            )


def bind_folder(workspace: Workspace, prefix: str, agent: Agent, *, actor: Actor) -> FileAgent:
    """What is dropped below ``prefix`` is submitted by ``agent``. Raises paths.BadPath."""
    normal = paths.normalise(prefix) if prefix.strip("./ ") else ""
    with write():
        binding, _made = FileAgent.objects.update_or_create(
            workspace=workspace, path_prefix=normal, defaults={"agent": agent}
        )
        AgentWorkspace.objects.get_or_create(agent=agent, workspace=workspace)
        events.record(
            workspace.pk,
            event_kinds.WORKSPACE_CHANGED,
            subject=("workspace", workspace.slug),
            actor=actor,
            payload={"changed": ["file_agents"]},
        )
    return binding


def issue_token(
    agent: Agent,
    *,
    name: str = "",
    scopes: Sequence[str] = AgentToken.SCOPES,
    expires_at: datetime | None = None,
    actor: Actor,
) -> tuple[AgentToken, str]:
    """A token and its text, shown once. Raises Invalid for a scope that does not exist."""
    if unknown := set(scopes) - set(AgentToken.SCOPES) or (set() if scopes else {"none"}):
        detail = _("Scopes are %(known)s.") % {"known": ", ".join(AgentToken.SCOPES)}
        raise Invalid(detail, errors=[Problem("/scopes", f"{detail} ({', '.join(unknown)})")])
    with write():
        token, text = auth.issue(agent, name=name, scopes=scopes, expires_at=expires_at)
        events.record_on_desk(
            event_kinds.TOKEN_ISSUED,
            subject=("token", str(token.pk)),
            actor=actor,
            payload={"agent": agent.pk, "hint": token.hint, "scopes": list(scopes)},
        )
    return token, text


def revoke_token(token: AgentToken, *, actor: Actor) -> bool:
    """False when it was revoked before."""
    with write():
        won = AgentToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
        if won:
            events.record_on_desk(
                event_kinds.TOKEN_REVOKED,
                subject=("token", str(token.pk)),
                actor=actor,
                payload={"agent": token.agent_id, "hint": token.hint},
            )
    return bool(won)
