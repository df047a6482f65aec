"""The desk in processes of its own: as one program, and as the Procfile says."""

import json

import httpx
import pytest

from tests.services.desk import Installation, procfile
from tests.services.fixtures import NewDesk
from tests.services.programs import is_open


def hand_off(desk: Installation, token: str) -> httpx.Response:
    return httpx.post(
        f"{desk.url}/api/v1/handoffs",
        json={"title": "Nightly report is ready"},
        headers={"Authorization": f"Bearer {token}"},
    )


def token_of(desk: Installation, workspace: str) -> str:
    """Made by commands beside the running desk."""
    desk.manage("create_workspace", workspace)
    printed = desk.manage("create_agent", f"agent-of-{workspace}", "--workspace", workspace)
    return next(word for word in printed.split() if word.startswith("hdk_"))


def test_an_agent_made_beside_the_running_desk_hands_off_at_once(desk: Installation) -> None:
    answer = hand_off(desk, token_of(desk, "beside"))
    assert answer.status_code == 201, answer.text


@pytest.mark.slow
def test_the_desk_stops_cleanly_and_keeps_what_it_took(new_desk: NewDesk) -> None:
    desk = new_desk()
    token = token_of(desk, "kept")
    taken = hand_off(desk, token).json()
    program = desk.programs["desk"]
    assert program.stop(within=10) == 0
    assert not is_open(desk.port)
    desk.start()
    found = httpx.get(
        f"{desk.url}/api/v1/handoffs/{taken['id']}", headers={"Authorization": f"Bearer {token}"}
    )
    assert found.json()["status"] == "pending"


@pytest.mark.slow
def test_the_demo_loads_beside_a_running_desk(new_desk: NewDesk) -> None:
    desk = new_desk()
    desk.manage("demo")
    notes = json.loads((desk.data / "demo.json").read_text())
    assert hand_off(desk, notes["token"]).status_code == 201


@pytest.mark.slow
@pytest.mark.services
def test_every_program_of_the_procfile_runs_on_postgresql_and_redis(stack: Installation) -> None:
    assert list(stack.programs) == list(procfile())
    assert hand_off(stack, token_of(stack, "stacked")).status_code == 201
    assert all(program.is_running for program in stack.programs.values()), stack.logs()
