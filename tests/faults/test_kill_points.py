"""Killed at the worst moments, a restart and a retry leave exactly one of everything."""

import json
import uuid
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.faults.conftest import Mortal
from tests.services.players import Person, page_of

ANSWER_SECONDS = 30


def post(mortal: Mortal, key: str) -> httpx.Response:
    with mortal.site.api() as api:
        return api.post("/handoffs", json={"title": key}, headers={"Idempotency-Key": key})


@pytest.mark.slow
def test_after_intake_a_retry_with_the_same_key_gives_the_same_handoff(mortal: Mortal) -> None:
    key = f"key-{uuid.uuid4()}"
    mortal.arm("intake.committed")
    with pytest.raises(httpx.TransportError):
        post(mortal, key)
    mortal.await_death()
    mortal.revive()
    again, once_more = post(mortal, key), post(mortal, key)
    assert again.status_code == 200 and again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["id"] == once_more.json()["id"]
    assert len([h for h in mortal.agent().list() if h.document["title"] == key]) == 1
    mortal.hold_invariants()


@pytest.mark.slow
def test_after_intake_of_a_file_its_receipt_is_written_by_the_next_desk(mortal: Mortal) -> None:
    mortal.arm("intake.committed")
    name = mortal.site.folder / "killed.handoff.json"
    temporary = name.with_suffix(".tmp")
    temporary.write_text(json.dumps({"title": "Killed before its receipt"}))
    temporary.rename(name)
    mortal.await_death()
    assert not (mortal.site.folder / "killed.receipt.json").exists()
    mortal.revive()
    receipt = mortal.client._poll(
        [mortal.site.folder / "killed.receipt.json"], lambda found: True, 30, "no receipt"
    )
    assert receipt["status"] == "accepted" and receipt["revision"] == 1
    mortal.hold_invariants()


def decided(mortal: Mortal, rae: Person, taken: Any, point: str) -> None:
    """Approve, and see the desk die of it at ``point``, at once or when the window closes."""
    form = rae.form(page_of({"web_url": taken.web_url}))
    mortal.arm(point)
    try:
        rae.send(form, "approve")
    except httpx.TransportError:
        assert point == "verdict.committed"
    mortal.await_death()
    mortal.revive()


@pytest.mark.parametrize(
    "point", ["verdict.committed", pytest.param("release.marked", marks=pytest.mark.slow)]
)
def test_a_verdict_given_before_the_kill_reaches_the_agent(
    mortal: Mortal, rae: Person, point: str
) -> None:
    taken = mortal.agent().submit("Decided before the kill")
    decided(mortal, rae, taken, point)
    answer = mortal.agent().wait(taken, timeout=ANSWER_SECONDS)
    assert answer.outcome == "approved"
    mortal.hold_invariants()


@pytest.mark.slow
def test_a_decision_file_written_before_the_kill_is_written_once(
    mortal: Mortal, rae: Person
) -> None:
    taken = mortal.client.drop(mortal.site.folder, {"title": "Twice?"}, stem="twice", timeout=30)
    decided(mortal, rae, taken, "answer_file.written")
    answer = mortal.site.folder / "twice.decision.json"
    assert json.loads(answer.read_text())["handoff"] == taken.id
    mortal.site.beside("await_deliveries", ANSWER_SECONDS)
    beside = [path.name for path in mortal.site.folder.glob("twice.*decision.json")]
    assert beside == ["twice.decision.json"]
    mortal.hold_invariants()


@pytest.mark.slow
def test_an_event_fanned_out_before_the_kill_is_told_once(mortal: Mortal, rae: Person) -> None:
    mortal.arm("event.fanned_out")
    key = f"Told once {uuid.uuid4()}"
    with suppress(httpx.TransportError):  # the dispatcher may be faster than the answer
        post(mortal, key)
    mortal.await_death()
    mortal.revive()
    taken = post(mortal, key)
    assert taken.status_code == 200  # the first one was kept
    mortal.site.beside("await_deliveries", ANSWER_SECONDS)
    assert mortal.site.beside("bells", taken.json()["id"]) == 2  # one a reviewer
    mortal.hold_invariants()
