"""``manage.py desk``: everything in one process, started and stopped as a person would."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.runtime.sockets import connect, request
from tests.services.desk import ROOT, Installation
from tests.services.programs import Program

NewDesk = Callable[..., Installation]


def second(desk: Installation, tmp_path: Path, **env: str) -> Program:
    """Another ``manage.py desk`` beside ``desk``; returns it once it has ended."""
    program = Program(
        "second",
        [sys.executable, "manage.py", "desk"],
        log=tmp_path / "second.log",
        env={**desk.env, **env},
        cwd=ROOT,
    )
    program.start()
    assert program.process is not None
    program.process.wait(timeout=30)
    return program


@pytest.mark.parametrize(
    "stop_signal", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_it_stops_in_time_while_an_agent_waits(
    new_desk: NewDesk, stop_signal: signal.Signals
) -> None:
    desk = new_desk()
    desk.manage("create_workspace", "shop")
    token = token_of(desk.manage("create_agent", "bot", "--workspace", "shop"))
    headers = {"Authorization": f"Bearer {token}"}
    made = httpx.post(f"{desk.url}/api/v1/handoffs", json={"title": "Wait"}, headers=headers)
    program = desk.programs["desk"]
    program.stop_signal = stop_signal
    with connect(desk.port) as waiting:
        target = f"/api/v1/handoffs/{made.json()['id']}?wait=60"
        waiting.sendall(request("GET", target, f"Authorization: Bearer {token}"))
        assert httpx.get(f"{desk.url}/healthz").status_code == 200
        begun = monotonic()
        assert program.stop() == 0
        assert monotonic() - begun < 9
    assert "Traceback" not in program.tail()
    assert "was destroyed" not in program.tail()


def token_of(printed: str) -> str:
    return next(word for word in printed.split() if word.startswith("hdk_"))


def test_a_second_desk_on_the_same_data_is_refused_with_a_sentence(
    desk: Installation, tmp_path: Path
) -> None:
    other = second(desk, tmp_path)
    assert other.process is not None
    assert other.process.returncode == 1
    assert "A desk already runs on the data folder" in other.tail()
    assert "Traceback" not in other.tail()


def test_a_port_in_use_is_refused_with_a_sentence(desk: Installation, tmp_path: Path) -> None:
    other = second(desk, tmp_path, HANDOFF_DATA=str(tmp_path / "other"))
    assert other.process is not None
    assert other.process.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {desk.port}" in other.tail()
    assert "Traceback" not in other.tail()


@pytest.mark.slow
def test_the_idle_desk_keeps_within_its_memory(new_desk: NewDesk) -> None:
    """The bar of 120 MB is measured by the bench; this is the alarm for a heavy import."""
    desk = new_desk()
    pid = desk.programs["desk"].pid
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    assert pss < 120 * 1024
