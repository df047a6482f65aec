"""What these tests share: one workspace with its people and agent, handoffs and their answers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviews import intake, lifecycle, schema
from reviews.models import Answer, Delivery, Handoff, Outcome, Status
from workspaces import clock
from workspaces.actors import SYSTEM
from workspaces.models import Agent, AgentWorkspace, FileAgent, Membership, User, Workspace
from workspaces.transactions import write

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Stage:
    workspace: Workspace
    folder: Path
    ana: User
    ben: User
    stranger: User
    agent: Agent
    passed: timedelta = field(default_factory=timedelta)

    def hand_off(self, title: str = "Deploy the site", path: str = "", **document: Any) -> Handoff:
        """Submit a document by API, or as the file at ``path``; the same again is a new round."""
        parsed = schema.parse(
            {"title": title, **document}, now=clock.now(), origin="file" if path else "api"
        )
        submission = intake.Submission(
            workspace=self.workspace,
            submitter=self.agent,
            document=parsed,
            received_sha256="0" * 64,
            path=path,
        )
        return intake.submit(submission).handoff

    def answer(
        self, handoff: Handoff, status: Status = Status.DECIDED, document: str = '{"n":1.0}'
    ) -> Answer:
        """Release an answer to the current round, as the releaser would."""
        handoff.refresh_from_db()
        sent_back = status == Status.CHANGES_REQUESTED
        answer = Answer(
            handoff=handoff,
            revision=handoff.revisions.get(number=handoff.revision),
            status=status,
            outcome=Outcome.CHANGES_REQUESTED if sent_back else Outcome.APPROVED,
            document=document,
            created_at=clock.now(),
        )
        with write():
            lifecycle.finish(handoff, answer, verdict="", actor=SYSTEM, at=clock.now())
        handoff.refresh_from_db()
        return answer

    def pass_time(self, **span: float) -> None:
        """Move the database's clock on."""
        self.passed += timedelta(**span)


def deliveries(kind: str) -> list[Delivery]:
    return list(Delivery.objects.filter(channel__kind=kind).order_by("pk"))


def only(kind: str) -> Delivery:
    (delivery,) = deliveries(kind)
    return delivery


def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    folder = tmp_path / "acme"
    (folder / "runs").mkdir(parents=True)
    workspace = Workspace.objects.create(slug="acme", name="Acme site", root=str(folder))
    ana, ben, stranger = (
        User.objects.create_user(f"{name}@acme.example", name=name.title())
        for name in ("ana", "ben", "stranger")
    )
    for person in (ana, ben):
        Membership.objects.create(user=person, workspace=workspace, role="reviewer")
    agent = Agent.objects.create(name="builder", webhook_secret=SECRET)
    AgentWorkspace.objects.create(agent=agent, workspace=workspace)
    FileAgent.objects.create(workspace=workspace, path_prefix="", agent=agent)
    stage = Stage(workspace, folder, ana, ben, stranger, agent)
    real = clock.now

    def now() -> datetime:
        return real() + stage.passed

    monkeypatch.setattr(clock, "now", now)
    return stage
