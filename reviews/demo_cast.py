"""The demo's people, workspaces and agents, each made once and left alone afterwards."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviews.demo_files import Plan
from workspaces import auth, file_agents, provisioning
from workspaces.actors import SYSTEM
from workspaces.errors import Conflict
from workspaces.models import Agent, AgentToken, Role, User, Workspace

# No vowels and nothing that looks like something else: 12 of these are 57 bits.
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"


@dataclass(frozen=True)
class Person:
    email: str
    name: str
    role: Role


PEOPLE = (
    Person("mara@example.com", "Mara Lindqvist", Role.OWNER),
    Person("jonas@example.com", "Jonas Weber", Role.REVIEWER),
    Person("priya@example.com", "Priya Nair", Role.REVIEWER),
)


def people(passwords: dict[str, str]) -> dict[str, User]:
    """The demo's people by address. ``passwords`` are those of the notes; who has none there
    gets a new one, which is added to it. The owner is the desk's administrator too."""
    return {person.email: _user(person, passwords) for person in PEOPLE}


def _user(person: Person, passwords: dict[str, str]) -> User:
    found = User.objects.filter(email__iexact=person.email).first()
    if found is not None and person.email in passwords:
        return found
    password = passwords[person.email] = _new_password()
    if found is None:
        return provisioning.create_user(
            person.email,
            name=person.name,
            password=password,
            is_site_admin=person.role == Role.OWNER,
            is_demo=True,
            actor=SYSTEM,
        )
    found.set_password(password)
    found.save(update_fields=["password"])
    return found


def _new_password() -> str:
    letters = [secrets.choice(_LETTERS) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def workspace(plan: Plan, data_dir: Path) -> Workspace:
    """The demo workspace of ``plan``, its folder below ``data_dir``/workspaces.

    Raises Conflict when a workspace of that name is somebody else's.
    """
    folder = data_dir.resolve() / "workspaces" / plan.slug
    folder.mkdir(parents=True, exist_ok=True)
    found = Workspace.objects.filter(slug=plan.slug).first()
    if found is None:
        return provisioning.create_workspace(
            plan.slug, name=plan.name, path=str(folder), actor=SYSTEM
        )
    if found.root != str(folder):
        raise Conflict(f"There is a workspace “{plan.slug}” already, and it is not the demo's.")
    return found


def admit(users: Iterable[User], to: Workspace) -> None:
    """Give the demo's people their roles; a role that was changed since stays."""
    roles = {person.email: person.role for person in PEOPLE}
    for user in users:
        if not to.memberships.filter(user=user).exists():
            provisioning.set_role(user, to, roles[user.email], actor=SYSTEM)


def agent(said: dict[str, Any], to: Workspace, owners: dict[str, User]) -> Agent:
    """An agent as ``workspace.json`` says it, allowed to submit to ``to``.

    With ``is_file_agent`` it is the one that files dropped in the folder belong to.
    """
    found = Agent.objects.filter(name=said["name"]).first()
    if found is None:
        owner = owners[said["owner"]] if "owner" in said else None
        if said.get("is_file_agent"):
            default = file_agents.ensure_default(to)
            found = provisioning.change_agent(default, actor=SYSTEM, name=said["name"], owner=owner)
        else:
            found = provisioning.create_agent(said["name"], owner=owner, actor=SYSTEM)
    provisioning.grant(found, to, actor=SYSTEM)
    return found


def token(of: Agent, known: str) -> str:
    """``known`` while it is a live token of this agent, else a new one."""
    live = AgentToken.objects.filter(
        agent=of, sha256=auth.hash_token(known), revoked_at=None, expires_at=None
    )
    if known and live.exists():
        return known
    return provisioning.issue_token(of, name="demo", actor=SYSTEM)[1]
