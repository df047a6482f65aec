"""The small cast that tests share: an owner, a reviewer, a stranger, an agent, a second agent.

``cast`` makes them with one workspace, ``acme``, which has a folder; ``agent`` may submit to it
and owns what is dropped there, ``second_agent`` may submit too. The stranger belongs to nothing.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from reviews import intake, routing, schema
from reviews.models import Handoff
from workspaces import auth, clock, strictjson
from workspaces.models import (
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

PASSWORD = "correct horse battery"


@dataclass
class Cast:
    """The people and agents of one test, and the few things that every test does with them."""

    owner: User
    reviewer: User
    stranger: User
    workspace: Workspace
    agent: Agent
    second_agent: Agent
    token: str
    second_token: str
    tokens: dict[int, AgentToken] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return Path(self.workspace.root)

    def client(self, user: User | None = None) -> Client:
        """A browser, signed in as ``user``."""
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    def api(self, token: str | None = None) -> Client:
        """An agent's HTTP client with its bearer token; the first agent's by default."""
        return Client(headers={"authorization": f"Bearer {token or self.token}"})

    def submit(
        self, title: str = "Deploy?", *, agent: Agent | None = None, **members: Any
    ) -> Handoff:
        """Hand off by API, without HTTP: the same intake."""
        body = json.dumps({"title": title, **members}).encode()
        by = agent or self.agent
        taken = intake.submit(
            intake.Submission(
                workspace=self.workspace,
                submitter=by,
                document=schema.parse(strictjson.loads(body), now=clock.now(), origin="api"),
                received_sha256="0" * 64,
                token_id=self.tokens[by.pk].pk if by.pk in self.tokens else None,
            )
        )
        return taken.handoff

    def write(self, path: str, content: str | bytes) -> Path:
        """Put a file into the workspace's folder."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target


def make_user(email: str, *, name: str = "", **fields: Any) -> User:
    return User.objects.create_user(email, PASSWORD, name=name, **fields)


def make_workspace(slug: str, data_folder: Path) -> Workspace:
    """A workspace with an empty folder below the data folder."""
    folder = data_folder / "workspaces" / slug
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace.objects.create(slug=slug, name=slug.title(), root=str(folder.resolve()))
    routing.ensure_otherwise(workspace)
    return workspace


def make_agent(name: str, *workspaces: Workspace, owner: User | None = None) -> Agent:
    """An agent that may submit to ``workspaces``."""
    agent = Agent.objects.create(name=name, owner=owner, webhook_secret=new_webhook_secret())
    for workspace in workspaces:
        AgentWorkspace.objects.create(agent=agent, workspace=workspace)
    return agent


@pytest.fixture
def make_cast(data_folder: Path) -> Callable[[], Cast]:
    """Makes the cast; for tests that ask for a database of their own kind first."""

    def make() -> Cast:
        workspace = make_workspace("acme", data_folder)
        owner = make_user("owner@example.com", name="Olive Owner")
        reviewer = make_user("reviewer@example.com", name="Rae Reviewer")
        stranger = make_user("stranger@example.com", name="Sam Stranger")
        Membership.objects.create(user=owner, workspace=workspace, role=Role.OWNER)
        Membership.objects.create(user=reviewer, workspace=workspace, role=Role.REVIEWER)
        agent = make_agent("builder", workspace)
        second_agent = make_agent("writer", workspace)
        FileAgent.objects.create(workspace=workspace, path_prefix="", agent=agent)
        first, token = auth.issue(agent, name="test")
        second, second_token = auth.issue(second_agent, name="test")
        return Cast(
            owner=owner,
            reviewer=reviewer,
            stranger=stranger,
            workspace=workspace,
            agent=agent,
            second_agent=second_agent,
            token=token,
            second_token=second_token,
            tokens={agent.pk: first, second_agent.pk: second},
        )

    return make


@pytest.fixture
def cast(db: None, make_cast: Callable[[], Cast]) -> Cast:
    """The cast in a test that is rolled back. Race tests ask for ``transactional_cast``."""
    return make_cast()


@pytest.fixture
def transactional_cast(transactional_db: None, make_cast: Callable[[], Cast]) -> Cast:
    """The cast in a test whose commits are real: threads see them."""
    return make_cast()
