"""The client over a real socket, with a desk that fails on command."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import Desk, Handler, busy, cut_off, reset, serving
from handoff_client import (
    Client,
    Conflict,
    HandoffError,
    NotFound,
    SignatureInvalid,
    TooManyRequests,
    Unauthorised,
    Unavailable,
    Unreachable,
    WaitTimeout,
)


def keys_sent(desk: Desk) -> set[str]:
    return {headers["Idempotency-Key"] for _, _, headers, _ in desk.seen("POST")}


def test_a_submission_carries_the_document_the_token_and_a_key(desk: Desk, client: Client) -> None:
    handoff = client.submit("Deploy?", actions=[{"name": "deploy", "args": {"n": 1.0}}])
    _, path, headers, body = desk.seen("POST")[0]
    assert (handoff.id, handoff.status, handoff.replayed) == ("ho_1", "pending", False)
    assert path == "/api/v1/handoffs"
    assert headers["Authorization"] == "Bearer hdk_test"
    assert headers["Idempotency-Key"]
    assert body == b'{"title":"Deploy?","actions":[{"name":"deploy","args":{"n":1.0}}]}'


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_desk_is_asked_again_with_the_same_key(
    desk: Desk, client: Client, pauses: list[float], status: int
) -> None:
    desk.fail("POST", "/handoffs", busy(status), times=3)
    assert client.submit("x").id == "ho_1"
    assert len(desk.seen("POST")) == 4
    assert len(keys_sent(desk)) == 1
    assert len(desk.handoffs) == 1


def test_pauses_grow_and_are_not_alike(desk: Desk, client: Client, pauses: list[float]) -> None:
    desk.fail("POST", "/handoffs", busy(503), times=8)
    client.submit("x")
    assert [0.125 * 2**n <= p <= 0.25 * 2**n for n, p in enumerate(pauses[:5])] == [True] * 5
    assert max(pauses) <= 8
    assert len(set(pauses)) == 8


def test_retry_after_is_not_undercut(desk: Desk, client: Client, pauses: list[float]) -> None:
    desk.fail("POST", "/handoffs", busy(429, {"Retry-After": "7"}))
    client.submit("x")
    assert 7 <= pauses[0] <= 7.25


def test_a_retry_after_beyond_the_patience_is_an_error_at_once(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    desk.fail("POST", "/handoffs", busy(429, {"Retry-After": "3600"}))
    with pytest.raises(TooManyRequests) as caught:
        client.submit("x")
    assert caught.value.retry_after == 3600
    assert pauses == []


def test_an_answer_cut_off_in_the_middle_makes_no_second_handoff(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    desk.fail("POST", "/handoffs", cut_off)
    handoff = client.submit("x")
    assert handoff.id == "ho_1"
    assert handoff.replayed
    assert len(desk.handoffs) == 1


def test_a_reset_connection_is_tried_again(desk: Desk, client: Client, pauses: list[float]) -> None:
    desk.fail("POST", "/handoffs", reset, times=2)
    assert client.submit("x").id == "ho_1"
    assert len(keys_sent(desk)) == 1


def test_an_answer_that_is_not_json_is_tried_again(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    def login_page(handler: Handler) -> bool:
        handler.raw(200, b"<html>")
        return True

    desk.fail("GET", "/handoffs/ho_1", login_page, times=2)
    client.submit("x")
    assert client.get("ho_1").id == "ho_1"
    assert len(pauses) == 2


def test_a_slow_desk_is_given_up_after_the_timeout(desk: Desk) -> None:
    gate = threading.Event()

    def slow(handler: Handler) -> bool:
        gate.wait(20)
        return False

    desk.fail("POST", "/handoffs", slow)
    try:
        with pytest.raises(Unreachable):
            Client(desk.url, desk.token, timeout=0.1, patience=0).submit("x")
    finally:
        gate.set()


def test_a_desk_that_is_not_there_says_where_it_looked() -> None:
    with serving(Desk()) as server:
        port = server.server_address[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}"):
        Client(f"http://127.0.0.1:{port}", "t", patience=0).submit("x")


def test_an_error_carries_the_problem(desk: Desk, client: Client) -> None:
    def conflict(handler: Handler) -> bool:
        handler.problem(
            409,
            "An answer is on its way.",
            type="answer-on-its-way",
            errors=[{"pointer": "/id", "detail": "taken"}],
            headers={"Retry-After": "8"},
        )
        return True

    desk.fail("POST", "/handoffs", conflict)
    with pytest.raises(Conflict) as caught:
        client.submit("x")
    error = caught.value
    assert (error.status, error.title, error.type) == (409, "Refused", "answer-on-its-way")
    assert error.errors == [{"pointer": "/id", "detail": "taken"}]
    assert error.retry_after == 8
    assert str(error) == "An answer is on its way. (/id: taken)"
    assert len(desk.seen("POST")) == 1


def test_a_proxy_page_instead_of_a_problem_is_still_typed(desk: Desk, client: Client) -> None:
    def page(handler: Handler) -> bool:
        handler.raw(404, b"<h1>Not Found</h1>")
        return True

    desk.fail("POST", "/handoffs", page)
    with pytest.raises(NotFound, match="404"):
        client.submit("x")


def test_a_wrong_token_is_not_tried_again(desk: Desk) -> None:
    with pytest.raises(Unauthorised):
        Client(desk.url, "hdk_wrong").submit("x")
    assert len(desk.seen("POST")) == 1


def test_a_redirect_never_takes_the_token_along(desk: Desk, client: Client) -> None:
    other = Desk()
    with serving(other):

        def elsewhere(handler: Handler) -> bool:
            handler.answer(302, {}, {"Location": f"{other.url}/api/v1/keys"})
            return True

        desk.fail("GET", "/keys", elsewhere)
        with pytest.raises(HandoffError):
            client.keys()
    assert other.requests == []


@pytest.mark.parametrize(("url", "token"), [("", "t"), ("127.0.0.1:8000", "t"), ("http://x", "")])
def test_a_client_without_address_or_token_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, url: str, token: str
) -> None:
    monkeypatch.delenv("HANDOFF_URL", raising=False)
    monkeypatch.delenv("HANDOFF_TOKEN", raising=False)
    with pytest.raises(HandoffError, match="HANDOFF_"):
        Client(url, token)


def test_address_and_token_come_from_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_URL", f"{desk.url}/api/v1/")
    monkeypatch.setenv("HANDOFF_TOKEN", "hdk_test\n")
    assert Client().submit("x").id == "ho_1"


def test_a_loopback_desk_is_reached_past_a_proxy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Client(desk.url, desk.token, patience=0).submit("x").id == "ho_1"


# Waiting


def test_a_wait_returns_when_a_person_decides(desk: Desk, client: Client) -> None:
    handoff = client.submit("x")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(client.wait, handoff)
        desk.wait_for(lambda: any("?wait=" in r[1] for r in desk.requests))
        desk.decide("ho_1", "approved", {"action_id": None, "type": "approve"})
        decision = waiting.result(20)
    assert (decision.verdict, decision.handoff, decision.revision) == ("approved", "ho_1", 1)
    assert len(desk.seen("GET")) == 1


def test_a_wait_hears_claims_and_messages_on_the_way(desk: Desk, client: Client) -> None:
    handoff = client.submit("x")
    heard: list[tuple[str, int]] = []
    desk.hold = False

    def act(found: object) -> None:
        heard.append((found.status, len(found.messages)))  # type: ignore[attr-defined]
        step = [lambda: desk.claim("ho_1"), lambda: desk.say("ho_1", "Which region?")]
        step.append(lambda: desk.decide("ho_1", "rejected", {"type": "reject", "message": "no"}))
        if len(heard) <= len(step):
            step[len(heard) - 1]()

    decision = client.wait(handoff, on_update=act)
    assert heard == [("pending", 0), ("claimed", 0), ("claimed", 1), ("decided", 1)]
    assert decision.message == "no"


def test_a_wait_outlives_a_restart_of_the_desk(pauses: list[float]) -> None:
    desk = Desk()
    with ThreadPoolExecutor() as pool:
        with serving(desk) as server:
            port = server.server_address[1]
            client = Client(desk.url, desk.token)
            handoff = client.submit("x")
            desk.fail("GET", "wait=", reset)
            waiting = pool.submit(client.wait, handoff)
            desk.wait_for(lambda: any("?wait=" in r[1] for r in desk.requests))
        with serving(desk, port):
            desk.decide("ho_1", "approved", {"type": "approve"})
            assert waiting.result(20).verdict == "approved"
    assert pauses


def test_a_second_poll_asks_only_for_news(desk: Desk, client: Client, pauses: list[float]) -> None:
    desk.hold = False
    handoff = client.submit("x")
    polls: list[str] = []

    def note(handler: Handler) -> bool:
        polls.append(handler.headers.get("If-None-Match") or "")
        if len(polls) == 3:
            desk.decide("ho_1", "approved", {"type": "approve"})
        return False

    desk.fail("GET", "wait=", note, times=3)
    client.wait(handoff)
    assert polls[0] == ""
    assert polls[1] == polls[2] != ""


def test_a_desk_that_answers_at_once_is_not_stormed(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    desk.hold = False
    handoff = client.submit("x")

    def last(handler: Handler) -> bool:
        desk.decide("ho_1", "approved", {"type": "approve"})
        return False

    desk.fail("GET", "wait=", lambda handler: False, times=7)
    desk.fail("GET", "wait=", last)
    client.wait(handoff)
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]


def test_a_wait_with_a_time_limit_ends_and_can_go_on(desk: Desk, client: Client) -> None:
    handoff = client.submit("x")
    with pytest.raises(WaitTimeout, match="still open"):
        client.wait(handoff, timeout=0)
    desk.decide("ho_1", "approved", {"type": "approve"})
    assert client.wait("ho_1", timeout=0).verdict == "approved"


def test_a_wait_past_a_dead_desk_ends_with_the_reason(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    handoff = client.submit("x")
    desk.fail("GET", "wait=", busy(503))
    with pytest.raises(WaitTimeout, match=r"Busy\.") as caught:
        client.wait(handoff, timeout=0)
    assert isinstance(caught.value.__cause__, Unavailable)


def test_a_wait_for_what_is_not_there_is_an_error_not_a_loop(client: Client) -> None:
    with pytest.raises(NotFound):
        client.wait("ho_none")


def test_the_answer_to_an_earlier_round_is_not_taken_for_this_one(
    desk: Desk, client: Client
) -> None:
    handoff = client.submit("x")
    desk.decide("ho_1", "changes_requested", {"type": "request_changes", "message": "shorter"})
    first = client.wait(handoff)
    assert (first.verdict, first.message) == ("changes_requested", "shorter")
    second = client.revise(first, "x, shorter")
    desk.handoffs["ho_1"]["decision"] = first.document  # a desk that still shows the old one
    with pytest.raises(WaitTimeout):
        client.wait(second, timeout=0)
    desk.handoffs["ho_1"]["status"] = "changes_requested"
    with pytest.raises(WaitTimeout):
        client.wait(second, timeout=0)
    desk.decide("ho_1", "approved", {"type": "approve"})
    assert client.wait(second).revision == 2


# The other calls


def test_messages_withdrawal_and_acks_reach_the_desk(desk: Desk, client: Client) -> None:
    client.submit("x")
    client.message("ho_1", "The log is attached.")
    client.ack("ho_1", applied=True, result={"took": 3})
    client.withdraw("ho_1")
    known = desk.handoffs["ho_1"]
    assert known["messages"] == [{"text": "The log is attached."}]
    assert known["acks"] == [{"applied": True, "result": {"took": 3}}]
    assert known["status"] == "withdrawn"


def test_an_ack_whose_answer_was_lost_is_given_once(
    desk: Desk, client: Client, pauses: list[float]
) -> None:
    def lost(handler: Handler) -> bool:
        handler.change(desk.handoffs["ho_1"], "ack")
        return True

    client.submit("x")
    desk.fail("POST", "/ack", busy(503))
    client.ack("ho_1", applied=False)
    assert desk.handoffs["ho_1"]["acks"] == [{"applied": False}]


def test_a_list_goes_through_all_pages(desk: Desk, client: Client) -> None:
    for number in range(5):
        client.submit(f"x{number}")
    assert [h.id for h in client.list(limit=2)] == ["ho_1", "ho_2", "ho_3", "ho_4", "ho_5"]
    assert len(desk.seen("GET")) == 3


def test_a_download_is_checked_against_its_digest(desk: Desk, client: Client) -> None:
    client.submit("x")
    digest = hashlib.sha256(b"copy").hexdigest()
    desk.files[digest] = b"copy"
    assert client.download("ho_1", digest) == b"copy"
    desk.files[digest] = b"forged"
    with pytest.raises(SignatureInvalid):
        client.download("ho_1", digest)


def test_a_native_body_goes_out_as_it_is(desk: Desk, client: Client) -> None:
    client.submit_document({"action_requests": [], "review_configs": []})
    assert json.loads(desk.seen("POST")[0][3]) == {"action_requests": [], "review_configs": []}
