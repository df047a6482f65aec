"""The server in a process of its own: limits, backpressure and stops, with a toy application."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.runtime.sockets import connect, handshake, request
from tests.services.desk import ROOT, environment
from tests.services.programs import Program, free_port, is_open

MEBIBYTE = 1024 * 1024


class Toy(Program):
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def resident(self) -> int:
        """Resident memory in bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    port = free_port()
    program = Toy(
        "toy",
        [sys.executable, "-m", "tests.runtime.toy", str(port)],
        log=tmp_path / "toy.log",
        env=environment({"HANDOFF_DATA": str(tmp_path / "data")}),
        cwd=ROOT,
    )
    program.port = port
    program.start()
    program.wait_until(lambda: is_open(port))
    yield program
    program.kill()


def test_a_body_within_the_limit_arrives(toy: Toy) -> None:
    answer = httpx.post(toy.url, content=b"x" * MEBIBYTE)
    assert (answer.status_code, answer.headers["x-length"]) == (200, str(MEBIBYTE))


def test_a_declared_body_above_the_limit_is_refused_before_it_is_sent(toy: Toy) -> None:
    with connect(toy.port) as client:
        client.sendall(request("POST", "/", f"Content-Length: {3 * MEBIBYTE}"))
        answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


@pytest.mark.parametrize("declared", [True, False])
def test_a_sender_who_sends_it_all_still_reads_the_refusal(toy: Toy, declared: bool) -> None:
    parts = (b"x" * 64 * 1024 for _ in range(48))
    answer = httpx.post(toy.url, content=b"".join(parts) if declared else parts)
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


@pytest.mark.slow
def test_unread_answers_and_sockets_take_no_memory(toy: Toy) -> None:
    assert httpx.get(toy.url).status_code == 200
    before = toy.resident()
    with connect(toy.port) as download, connect(toy.port) as flooded:
        download.sendall(request("GET", "/stream"))
        handshake(flooded, "/flood")
        with httpx.stream("GET", f"{toy.url}/stream") as read:
            size = sum(len(chunk) for chunk in read.iter_raw())
        assert size == 512 * MEBIBYTE
        assert toy.resident() - before < 30 * MEBIBYTE


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_time_with_a_socket_a_long_poll_and_a_stalled_download(
    toy: Toy, stop_signal: signal.Signals
) -> None:
    toy.stop_signal = stop_signal
    with connect(toy.port) as quiet, connect(toy.port) as waiting, connect(toy.port) as download:
        handshake(quiet, "/quiet")
        waiting.sendall(request("GET", "/api/v1/handoffs/ho_1?wait=60"))
        download.sendall(request("GET", "/stream"))
        assert download.recv(100)
        begun = monotonic()
        assert toy.stop() == 0
        assert monotonic() - begun < 8
        closing = quiet.recv(100)
        assert closing[:1] == b"\x88"  # a close frame …
        assert closing[2:4] == (1001).to_bytes(2, "big")  # … that says "going away"


def test_a_request_in_flight_is_answered_before_the_stop(toy: Toy) -> None:
    with connect(toy.port) as client:
        client.sendall(request("GET", "/slow"))
        toy.wait_until(lambda: "slow begun" in toy.tail())
        assert toy.stop() == 0
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")


def test_it_refuses_new_connections_once_it_stops(toy: Toy) -> None:
    assert toy.stop() == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", toy.port)) != 0


def test_a_port_in_use_is_a_sentence(toy: Toy, tmp_path: Path) -> None:
    second = Toy("second", toy.command, log=tmp_path / "second.log", env=toy.env, cwd=ROOT)
    second.start()
    assert second.process is not None
    assert second.process.wait(timeout=20) == 1
    assert f"Cannot listen on 127.0.0.1 port {toy.port}" in second.tail()
