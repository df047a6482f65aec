"""An agent is killed with SIGKILL at every step; the same call goes on with the same handoff."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk import AfterWork, Desk, Gate
from handoff_client import Client, StateMismatch

AGENT = """
import sys
from handoff_client import Client
url, state, stop = sys.argv[1:]
client = Client(url, "hdk_test")
decision = client.ask("Deploy?", summary="é 1.0", state=state, actions=[{"name": "deploy"}])
print(decision.handoff, decision.verdict, decision.resumed, flush=True)
if stop == "before-ack":
    sys.stdin.read()
client.ack(decision, applied=True)
print("acked", flush=True)
"""


class Agent:
    def __init__(self, desk: Desk, state: Path, stop: str = "never") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", AGENT, desk.url, str(state), stop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parent.parent)},
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def finish(self) -> list[str]:
        out, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return out.splitlines()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "deploy.state"


def approve(desk: Desk) -> None:
    desk.wait_for(lambda: "ho_1" in desk.handoffs)
    desk.decide("ho_1", "approved", {"type": "approve"})


def assert_a_second_run_finishes_the_same_handoff(desk: Desk, state: Path) -> None:
    approve(desk)
    said = Agent(desk, state).finish()
    assert said == ["ho_1 approved True", "acked"]
    assert len(desk.handoffs) == 1
    assert not state.exists()


def test_killed_while_the_desk_has_the_request_but_has_done_nothing(
    desk: Desk, state: Path
) -> None:
    gate = Gate()
    desk.fail("POST", "/handoffs", lambda handler: gate(handler) or True)
    agent = Agent(desk, state)
    assert gate.reached.wait(20)
    agent.kill()
    gate.open()
    assert desk.handoffs == {}
    with ThreadPoolExecutor() as pool:
        deciding = pool.submit(approve, desk)
        assert Agent(desk, state).finish()[0] == "ho_1 approved True"
        deciding.result(20)
    assert len({h["Idempotency-Key"] for _, p, h, _ in desk.seen("POST") if "ack" not in p}) == 1
    assert not state.exists()


def test_killed_after_the_desk_committed_and_before_its_answer(desk: Desk, state: Path) -> None:
    gate = AfterWork()
    desk.fail("POST", "/handoffs", gate)
    agent = Agent(desk, state)
    assert gate.reached.wait(20)
    agent.kill()
    gate.open()
    assert json.loads(state.read_text())["handoff"] == ""
    assert_a_second_run_finishes_the_same_handoff(desk, state)


def test_killed_so_late_that_the_desk_has_forgotten_the_key(desk: Desk, state: Path) -> None:
    gate = AfterWork()
    desk.fail("POST", "/handoffs", gate)
    agent = Agent(desk, state)
    assert gate.reached.wait(20)
    agent.kill()
    gate.open()
    desk.answers.clear()  # 24 hours later
    assert_a_second_run_finishes_the_same_handoff(desk, state)


def test_killed_while_it_waits(desk: Desk, state: Path) -> None:
    agent = Agent(desk, state)
    desk.wait_for(lambda: any("?wait=" in r[1] for r in desk.requests))
    agent.kill()
    assert json.loads(state.read_text())["handoff"] == "ho_1"
    assert_a_second_run_finishes_the_same_handoff(desk, state)
    assert len([r for r in desk.seen("POST") if r[1].endswith("/handoffs")]) == 1


def test_killed_with_the_answer_in_hand(desk: Desk, state: Path) -> None:
    agent = Agent(desk, state, stop="before-ack")
    approve(desk)
    assert agent.process.stdout is not None
    assert agent.process.stdout.readline() == "ho_1 approved False\n"
    agent.kill()
    assert_a_second_run_finishes_the_same_handoff(desk, state)
    assert desk.handoffs["ho_1"]["acks"] == [{"applied": True}]


def test_killed_while_it_acks(desk: Desk, state: Path) -> None:
    gate = AfterWork()
    desk.fail("POST", "/ack", gate)
    agent = Agent(desk, state)
    approve(desk)
    assert gate.reached.wait(20)
    agent.kill()
    gate.open()
    assert_a_second_run_finishes_the_same_handoff(desk, state)


def test_an_answered_state_file_is_not_taken_for_another_question(
    desk: Desk, client: Client, state: Path
) -> None:
    client.submit("Deploy?", state=state)
    with pytest.raises(StateMismatch, match="another document"):
        client.submit("Delete the database?", state=state)
    assert len(desk.handoffs) == 1


def test_the_order_of_members_does_not_make_another_document(
    desk: Desk, client: Client, state: Path
) -> None:
    client.submit("x", summary="s", trigger="question", state=state)
    assert client.submit("x", trigger="question", summary="s", state=state).id == "ho_1"


def test_a_foreign_file_is_never_taken_for_a_state_file(
    desk: Desk, client: Client, state: Path
) -> None:
    state.write_text("my notes")
    with pytest.raises(StateMismatch, match="not a state file"):
        client.submit("x", state=state)
    assert state.read_text() == "my notes"
    assert desk.handoffs == {}


def test_two_runs_with_one_state_file_at_once_make_one_handoff(
    desk: Desk, client: Client, state: Path
) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(client.submit, "x", state=state) for _ in range(8)]
        assert {run.result(20).id for run in runs} == {"ho_1"}
    assert len(desk.handoffs) == 1
    assert [p.name for p in state.parent.iterdir()] == [state.name]


def test_done_forgets_so_that_the_next_run_asks_a_person_anew(
    desk: Desk, client: Client, state: Path
) -> None:
    handoff = client.submit("Nightly deploy?", state=state)
    desk.decide("ho_1", "approved", {"type": "approve"})
    client.wait(handoff).done()
    assert client.submit("Nightly deploy?", state=state).id == "ho_2"


def test_a_second_round_goes_on_after_a_crash(desk: Desk, client: Client, state: Path) -> None:
    desk_says = {"type": "request_changes", "message": "staging first"}
    handoff = client.submit("x", state=state)
    desk.decide("ho_1", "changes_requested", desk_says)
    client.revise(client.wait(handoff), "x on staging")
    desk.decide("ho_1", "approved", {"type": "approve"})
    decision = client.ask("x", state=state)
    assert (decision.handoff, decision.revision, decision.verdict) == ("ho_1", 2, "approved")


def test_the_ack_of_a_later_round_forgets_the_state_file(
    desk: Desk, client: Client, state: Path
) -> None:
    handoff = client.submit("x", state=state)
    desk.decide("ho_1", "changes_requested", {"type": "request_changes", "message": "shorter"})
    second = client.revise(client.wait(handoff), "y")
    desk.decide("ho_1", "approved", {"type": "approve"})
    client.ack(client.wait(second), applied=True)
    assert not state.exists()
