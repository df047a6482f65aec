"""The file door: what the client writes and what it believes. The desk is played by the test."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import handoff_client
from handoff_client import (
    DocumentRefused,
    Receipt,
    WaitTimeout,
    ack_file,
    drop,
    wait_decision_file,
)


def put(path: Path, document: object) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(document))
    temporary.replace(path)


def receipt_for(data: bytes, **more: object) -> dict[str, object]:
    taken = {"status": "accepted", "id": "ho_1", "revision": 1, "warnings": []}
    return {**taken, "document_sha256": hashlib.sha256(data).hexdigest(), **more}


@pytest.fixture
def on_pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """The desk acts exactly when the client has looked in vain and pauses."""

    def arrange(act: Callable[[], None]) -> None:
        monkeypatch.setattr(handoff_client, "_sleep", lambda seconds: act())

    return arrange


def decision(**more: object) -> dict[str, object]:
    plain = {"handoff": "ho_1", "revision": 1, "status": "decided", "outcome": "approved"}
    return {**plain, "decisions": [{"type": "approve"}], **more}


def test_a_drop_is_a_document_under_its_final_name_and_gives_the_receipt(
    tmp_path: Path, on_pause: Callable[[Callable[[], None]], None]
) -> None:
    def desk() -> None:
        data = (tmp_path / "handoff.json").read_bytes()
        put(tmp_path / "handoff.receipt.json", receipt_for(data, web_url="http://desk/h/HO-1/"))

    on_pause(desk)
    receipt = drop(tmp_path, {"title": "Report", "confidence": 1.0})
    assert (receipt.id, receipt.revision, receipt.web_url) == ("ho_1", 1, "http://desk/h/HO-1/")
    document = json.loads((tmp_path / "handoff.json").read_text())
    assert document == {"title": "Report", "confidence": 1.0}


def test_a_drop_never_shows_a_half_written_intake_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an observer sees under an intake name at any fsync is whole."""
    seen: list[list[str]] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        seen.append([p.name for p in tmp_path.iterdir() if p.name.endswith("handoff.json")])
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    with pytest.raises(WaitTimeout):
        drop(tmp_path, {"title": "x"}, stem="run", timeout=0)
    assert seen == [[], ["run.handoff.json"]]  # before the rename, and at the folder's fsync
    assert [p.name for p in tmp_path.iterdir()] == ["run.handoff.json"]


def test_equal_words_dropped_again_do_not_take_the_old_receipt(tmp_path: Path) -> None:
    with pytest.raises(WaitTimeout, match="No receipt"):
        drop(tmp_path, {"title": "Nightly report"}, timeout=0)
    first = (tmp_path / "handoff.json").read_bytes()
    put(tmp_path / "handoff.receipt.json", receipt_for(first))
    with pytest.raises(WaitTimeout, match="No receipt"):
        drop(tmp_path, {"title": "Nightly report"}, timeout=0)
    second = (tmp_path / "handoff.json").read_bytes()
    assert first != second
    assert json.loads(first) == json.loads(second)


def test_a_torn_receipt_is_looked_at_again(
    tmp_path: Path, on_pause: Callable[[Callable[[], None]], None]
) -> None:
    looks: list[int] = []

    def desk() -> None:
        looks.append(1)
        data = (tmp_path / "handoff.json").read_bytes()
        whole = json.dumps(receipt_for(data))
        text = whole[: len(whole) // 2] if len(looks) == 1 else whole
        (tmp_path / "handoff.receipt.json").write_text(text)

    on_pause(desk)
    assert drop(tmp_path, {"title": "x"}).id == "ho_1"
    assert len(looks) == 2


def test_a_refused_document_says_why(
    tmp_path: Path, on_pause: Callable[[Callable[[], None]], None]
) -> None:
    errors = [{"pointer": "/title", "detail": "is missing", "line": 1, "column": 1}]

    def desk() -> None:
        data = (tmp_path / "handoff.json").read_bytes()
        put(tmp_path / "handoff.receipt.json", receipt_for(data, status="invalid", errors=errors))

    on_pause(desk)
    with pytest.raises(DocumentRefused, match="/title: is missing") as caught:
        drop(tmp_path, {"summary": "x"})
    assert caught.value.errors == errors


@pytest.mark.parametrize(
    "name", ["run.decision.json", "run.ho_1.decision.json", "run.ho_1.r1.decision.json"]
)
def test_the_answer_is_found_under_every_name_the_desk_may_use(tmp_path: Path, name: str) -> None:
    receipt = Receipt(tmp_path, "run", receipt_for(b""))
    put(tmp_path / name, decision())
    assert wait_decision_file(receipt, timeout=0).verdict == "approved"


@pytest.mark.parametrize("other", [{"handoff": "ho_0"}, {"revision": 1}])
def test_an_answer_to_something_else_is_not_taken(tmp_path: Path, other: dict[str, object]) -> None:
    receipt = Receipt(tmp_path, "handoff", receipt_for(b"", revision=2))
    put(tmp_path / "handoff.decision.json", decision(**{"revision": 2, **other}))
    with pytest.raises(WaitTimeout, match="still open"):
        wait_decision_file(receipt, timeout=0)


def test_a_decision_that_comes_later_ends_the_wait(tmp_path: Path) -> None:
    receipt = Receipt(tmp_path, "handoff", receipt_for(b""))
    late = threading.Timer(0.1, put, (tmp_path / "handoff.decision.json", decision()))
    late.start()
    assert wait_decision_file(receipt, timeout=20).verdict == "approved"


def test_an_ack_is_a_file_beside_the_decision(tmp_path: Path) -> None:
    ack_file(Receipt(tmp_path, "run", receipt_for(b"")), applied=True, result="deployed")
    written = json.loads((tmp_path / "run.ack.json").read_text())
    assert written == {"applied": True, "result": "deployed"}
