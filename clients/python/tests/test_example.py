"""The example agent does what each answer says, over a real socket."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import deploy_agent
import handoff_client
from desk import Desk
from handoff_client import Client

ANSWERS: dict[str, dict[str, Any]] = {
    "approved": {"action_id": "deploy", "type": "approve"},
    "edited": {
        "action_id": "deploy",
        "type": "edit",
        "edited_action": {"name": "deploy", "args": {"environment": "staging"}},
    },
    "rejected": {"action_id": "deploy", "type": "reject", "message": "Not today"},
    "responded": {"action_id": "deploy", "type": "respond", "message": "Why 25 %?"},
}


@pytest.fixture(autouse=True)
def without_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's desk signs nothing; test_signatures covers the check."""
    monkeypatch.setattr(deploy_agent, "verify_decision", lambda decision, keys: None)


class Play:
    def __init__(self, desk: Desk, client: Client, work: Path) -> None:
        self.desk, self.work = desk, work
        self.said: list[str] = []
        self.door = deploy_agent.HttpDoor(client, None, work, self.said.append)

    def run(self, *answers: tuple[str, dict[str, Any]]) -> str:
        with ThreadPoolExecutor() as pool:
            playing = pool.submit(deploy_agent.play, self.door, self.work, self.said.append)
            for number, (outcome, entry) in enumerate(answers, 1):
                self.desk.wait_for(partial(self.has_round, number))
                self.desk.decide("ho_1", outcome, entry)
            return playing.result(20)

    def has_round(self, number: int) -> bool:
        return self.desk.handoffs.get("ho_1", {}).get("revision") == number

    def deployed(self) -> Any:
        path = self.work / "deployed.json"
        return json.loads(path.read_text())["args"] if path.exists() else None


@pytest.fixture
def agent(desk: Desk, client: Client, tmp_path: Path) -> Play:
    return Play(desk, client, tmp_path)


@pytest.mark.parametrize(
    ("outcome", "deployed", "applied"),
    [
        ("approved", deploy_agent.ARGS, True),
        ("edited", {"environment": "staging"}, True),
        ("rejected", None, False),
        ("responded", None, True),
    ],
)
def test_it_does_what_the_answer_says_and_acks_it(
    agent: Play, desk: Desk, outcome: str, deployed: Any, applied: bool
) -> None:
    assert agent.run((outcome, ANSWERS[outcome])) == outcome
    assert agent.deployed() == deployed
    assert [ack["applied"] for ack in desk.handoffs["ho_1"]["acks"]] == [applied]
    assert not (agent.work / "deploy.state").exists()


def test_a_request_for_changes_gets_a_second_round_with_a_mended_file(
    agent: Play, desk: Desk
) -> None:
    words = "Say how long the lock is held."
    comment = {"id": "r1-1", "path": "release-notes.md", "line": 4, "body": words}
    wish = {"action_id": None, "type": "request_changes", "comments": [comment]}
    verdict = agent.run(("changes_requested", wish), ("approved", ANSWERS["approved"]))
    context = desk.handoffs["ho_1"]["document"]["context"]
    notes = context["files"][0]["content"]
    assert context["resolves"] == [
        {"comment": "r1-1", "status": "done", "note": "Worked into the notes."}
    ]
    assert verdict == "approved"
    assert "- Say how long the lock is held. (line 4)\n" in notes
    assert notes.startswith(deploy_agent.NOTES)


def test_started_again_it_goes_on_with_the_same_handoff(
    agent: Play, desk: Desk, client: Client
) -> None:
    body = deploy_agent.document(
        1,
        {"path": "release-notes.md", "content": deploy_agent.NOTES},
        {"path": "build.log", "content": deploy_agent.LOG},
    )
    client.submit(**body, state=agent.work / "deploy.state")
    assert agent.run(("approved", ANSWERS["approved"])) == "approved"
    assert len(desk.handoffs) == 1
    assert "I go on with what I asked before." in agent.said


def test_by_files_it_asks_and_acks_beside_its_handoff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "deploy-agent"

    def desk(seconds: float) -> None:
        """Plays the desk whenever the client pauses: first the receipt, then the answer."""
        data = (folder / "handoff.json").read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        receipt = {"status": "accepted", "id": "ho_1", "revision": 1, "document_sha256": digest}
        answer = {"handoff": "ho_1", "revision": 1, "status": "decided", "outcome": "rejected"}
        answer["decisions"] = [ANSWERS["rejected"]]
        (folder / "handoff.decision.json").write_text(json.dumps(answer))
        (folder / "handoff.receipt.json").write_text(json.dumps(receipt))

    monkeypatch.setattr(handoff_client, "_sleep", desk)
    said: list[str] = []
    assert deploy_agent.play(deploy_agent.FileDoor(tmp_path, said.append), tmp_path, said.append)
    assert json.loads((folder / "handoff.ack.json").read_text())["applied"] is False
    files = json.loads((folder / "handoff.json").read_text())["context"]["files"]
    assert files == ["deploy-agent/release-notes.md"]
    assert (tmp_path / files[0]).read_text() == deploy_agent.NOTES
