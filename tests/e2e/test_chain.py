"""The main chain: an agent hands off, a person decides in the browser's words, the agent goes on.

Over HTTP and files, on the one-process desk with SQLite and on the Procfile's processes with
PostgreSQL and Redis. Nothing here looks into the database.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import EMBEDDED, SLOW_STACK, STACK, Chain
from tests.services.players import page_of

ANSWER_SECONDS = 15
on_both = pytest.mark.parametrize("chain", [EMBEDDED, STACK], indirect=True)
on_both_in_the_slow_lane = pytest.mark.parametrize("chain", [EMBEDDED, SLOW_STACK], indirect=True)
ACTION = {"id": "deploy", "name": "deploy", "args": {"region": "eu-1", "percent": 10}}


@dataclass(frozen=True)
class Case:
    """One of the five decisions: what is asked, what the person does, what the agent gets."""

    verdict: str
    outcome: str
    note: str = ""
    edits: dict[str, str] | None = None
    status: str = "decided"
    document: dict[str, Any] = field(default_factory=lambda: {"actions": [ACTION]})


CASES = [
    Case("approve", "approved"),
    Case("edit", "edited", edits={"percent": "25"}),
    Case("reject", "rejected", note="Not on a Friday."),
    Case("respond", "responded", note="Take eu-1.", document={"trigger": "question"}),
    Case("request_changes", "changes_requested", note="Add a test.", status="changes_requested"),
]


def check(case: Case, decision: dict[str, Any]) -> None:
    """The decision document says what the person said."""
    assert (decision["status"], decision["outcome"]) == (case.status, case.outcome)
    assert decision["decided_by"]["kind"] == "human"
    (entry,) = decision["decisions"]
    assert entry["type"] == case.verdict
    if case.note:
        assert entry["message"] == case.note
    if case.edits:
        assert entry["edited_action"]["args"] == {"region": "eu-1", "percent": 25}


@on_both
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.verdict)
def test_a_decision_on_a_post_reaches_the_long_poll_and_the_webhook(
    chain: Chain, case: Case
) -> None:
    handoff = chain.agent.submit("Deploy?", callback=chain.callback, **case.document)
    page = page_of({"web_url": handoff.web_url})
    taken = chain.rae.decide(page, case.verdict, note=case.note, edits=case.edits)
    assert taken.status_code == 303, taken.text
    polled = chain.agent.wait(handoff, timeout=ANSWER_SECONDS).document
    check(case, polled)
    event = chain.webhook_of(handoff.id)
    assert event["type"] == f"handoff.{case.status}"
    assert event["data"] == polled
    chain.client.verify_decision(polled, chain.agent.keys())


@on_both
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.verdict)
def test_a_decision_on_a_file_reaches_the_folder_and_the_long_poll(
    chain: Chain, case: Case
) -> None:
    stem = f"ask-{case.verdict}"
    receipt = chain.client.drop(
        chain.site.folder, {"title": "Deploy?", **case.document}, stem=stem, timeout=30
    )
    page = page_of({"web_url": receipt.web_url})
    taken = chain.rae.decide(page, case.verdict, note=case.note, edits=case.edits)
    assert taken.status_code == 303, taken.text
    decision = chain.client.wait_decision_file(receipt, timeout=ANSWER_SECONDS)
    check(case, decision.document)
    chain.client.verify_decision(decision, chain.agent.keys())


@on_both_in_the_slow_lane
def test_what_is_undone_in_time_never_reaches_the_agent(chain: Chain) -> None:
    handoff = chain.agent.submit("Undo me", callback=chain.callback)
    page = page_of({"web_url": handoff.web_url})
    assert chain.rae.decide(page, "approve").status_code == 303
    assert chain.rae.undo(page).status_code == 303
    with pytest.raises(chain.client.WaitTimeout):
        chain.agent.wait(handoff, timeout=3)
    assert chain.agent.get(handoff).status in ("pending", "claimed")
    assert all(handoff.id.encode() not in call.body for call in chain.receiver.calls)
    assert chain.rae.decide(page, "reject", note="No.").status_code == 303
    assert chain.agent.wait(handoff, timeout=ANSWER_SECONDS).outcome == "rejected"


@on_both_in_the_slow_lane
def test_changes_requested_open_the_next_round_by_post(chain: Chain) -> None:
    handoff = chain.agent.submit("First words", id="rounds-by-post")
    page = page_of({"web_url": handoff.web_url})
    assert chain.rae.decide(page, "request_changes", note="Say more.").status_code == 303
    asked = chain.agent.wait(handoff, timeout=ANSWER_SECONDS)
    assert (asked.status, asked.message) == ("changes_requested", "Say more.")
    second = chain.agent.revise(handoff, "Better words")
    assert (second.id, second.revision) == (handoff.id, 2)
    assert "Better words" in chain.rae.http.get(page).text
    assert chain.rae.decide(page, "approve").status_code == 303
    answer = chain.agent.wait(second, timeout=ANSWER_SECONDS)
    assert (answer.revision, answer.outcome) == (2, "approved")


@on_both_in_the_slow_lane
def test_changes_requested_open_the_next_round_by_file(chain: Chain) -> None:
    folder, drop = chain.site.folder, chain.client.drop
    first = drop(folder, {"title": "First file"}, stem="rounds", timeout=30)
    page = page_of({"web_url": first.web_url})
    assert chain.rae.decide(page, "request_changes", note="Say more.").status_code == 303
    asked = chain.client.wait_decision_file(first, timeout=ANSWER_SECONDS)
    assert asked.outcome == "changes_requested"
    second = drop(folder, {"title": "Better file"}, stem="rounds", timeout=30)
    assert (second.id, second.revision) == (first.id, 2)
    assert not (folder / "rounds.decision.json").exists()
    assert (folder / f"rounds.{first.id}.r1.decision.json").exists()
    assert chain.rae.decide(page, "approve").status_code == 303
    answer = chain.client.wait_decision_file(second, timeout=ANSWER_SECONDS)
    assert (answer.revision, answer.outcome) == (2, "approved")


@on_both_in_the_slow_lane
def test_a_file_written_in_place_is_taken_when_it_stands_still(chain: Chain) -> None:
    receipt = chain.site.folder / "in-place.receipt.json"
    with (chain.site.folder / "in-place.handoff.json").open("w") as file:
        file.write('{"title": ')
        file.flush()
        file.write('"Written in place"}')
    chain.client._poll([receipt], lambda found: found["status"] == "accepted", 20, "no receipt")


@on_both_in_the_slow_lane
def test_what_the_agent_did_comes_back_to_the_page(chain: Chain) -> None:
    handoff = chain.agent.submit("Report back")
    page = page_of({"web_url": handoff.web_url})
    chain.rae.decide(page, "approve")
    decision = chain.agent.wait(handoff, timeout=ANSWER_SECONDS)
    chain.agent.ack(decision, True, {"url": "done"})
    assert "pplied" in chain.rae.http.get(page).text


@on_both
def test_of_two_reviewers_at_once_one_wins_and_the_other_learns_who_and_when(
    chain: Chain,
) -> None:
    for _ in range(3):
        handoff = chain.agent.submit("Two at once")
        page = page_of({"web_url": handoff.web_url})
        sent = [(person, person.form(page)) for person in (chain.rae, chain.sam)]
        with ThreadPoolExecutor(2) as pool:
            answers: list[httpx.Response] = list(
                pool.map(lambda each: each[0].send(each[1], "reject", "No."), sent)
            )
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        (loser,) = [answer for answer in answers if answer.status_code == 409]
        winner = "Rae" if answers[0].status_code == 303 else "Sam"
        assert f"{winner} decided this at " in loser.text and " UTC" in loser.text


@on_both_in_the_slow_lane
def test_the_same_post_fifty_times_is_one_handoff(chain: Chain) -> None:
    with chain.site.api() as api, ThreadPoolExecutor(10) as pool:
        key = {"Idempotency-Key": "fifty"}
        body = {"title": "Once"}
        answers = list(pool.map(lambda _: api.post("/handoffs", json=body, headers=key), range(50)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.status_code for answer in answers} <= {200, 201}


@on_both
def test_all_that_must_hold_holds_afterwards(chain: Chain) -> None:
    chain.invariants()
