"""What the desk keeps when a part of it goes away: a kill, a restart, Redis, the watcher."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Chain, chained, embedded_desk, separate_desk
from tests.services.players import page_of
from tests.services.postgres import Postgres
from tests.services.redis import RedisServer

ANSWER_SECONDS = 30


@pytest.fixture
def started(handoff_client: Any, tmp_path: Path) -> Iterator[Any]:
    """Starts desks of the test's own: ``started(HANDOFF_…="…")`` gives a `Chain`."""
    with ExitStack() as stack:

        def start(**env: str) -> Chain:
            leases = {"HANDOFF_LEASE_SECONDS": "5"}  # a killed desk's run out sooner
            desk = stack.enter_context(embedded_desk(tmp_path / "desk", **leases, **env))
            return stack.enter_context(chained(desk, handoff_client))

        yield start


def restart(chain: Chain) -> None:
    chain.desk.stop()
    chain.desk.start()


@pytest.mark.slow
def test_killed_inside_the_undo_window_the_decision_still_goes_out(started: Any) -> None:
    chain = started(HANDOFF_UNDO_SECONDS="3")
    by_post = chain.agent.submit("Killed", callback=chain.callback)
    by_file = chain.client.drop(chain.site.folder, {"title": "Killed too"}, timeout=30)
    for web_url in (by_post.web_url, by_file.web_url):
        assert chain.rae.decide(page_of({"web_url": web_url}), "approve").status_code == 303
    chain.desk.kill()
    assert not (chain.site.folder / "handoff.decision.json").exists()
    chain.desk.start()
    answer = chain.agent.wait(by_post, timeout=ANSWER_SECONDS)
    assert answer.outcome == "approved"
    decision = chain.client.wait_decision_file(by_file, timeout=ANSWER_SECONDS)
    assert decision.outcome == "approved"
    assert chain.webhook_of(by_post.id, within=ANSWER_SECONDS)["data"] == answer.document
    chain.invariants()


@pytest.mark.slow
def test_a_restart_loses_nothing(started: Any) -> None:
    chain = started()
    handoffs = [chain.agent.submit(f"Kept {n}") for n in range(5)]
    chain.client.drop(chain.site.folder, {"title": "Kept file"}, timeout=30)
    decided = handoffs[0]
    assert chain.rae.decide(page_of({"web_url": decided.web_url}), "approve").status_code == 303
    restart(chain)
    assert chain.agent.wait(decided, timeout=ANSWER_SECONDS).outcome == "approved"
    listed = {found.id for found in chain.agent.list()}
    assert {handoff.id for handoff in handoffs} <= listed
    page = chain.rae.http.get("/").text  # the session outlives the restart too
    assert "Kept 4" in page and "Kept file" in page
    chain.invariants()


@pytest.mark.slow
def test_what_was_dropped_while_the_desk_was_down_is_found(started: Any) -> None:
    chain = started()
    chain.desk.stop()
    (chain.site.folder / "night.handoff.json").write_text(json.dumps({"title": "By night"}))
    chain.desk.start()
    chain.client._poll(
        [chain.site.folder / "night.receipt.json"],
        lambda found: found["status"] == "accepted",
        30,
        "no receipt",
    )
    chain.invariants()


@pytest.mark.slow
def test_without_the_watcher_the_rescan_finds_a_file_within_thirty_seconds(
    started: Any,
) -> None:
    chain = started(HANDOFF_WATCH="false")
    receipt = chain.client.drop(chain.site.folder, {"title": "Unwatched"}, timeout=30)
    assert chain.rae.decide(page_of({"web_url": receipt.web_url}), "approve").status_code == 303
    assert chain.client.wait_decision_file(receipt, timeout=ANSWER_SECONDS).outcome == "approved"


@pytest.fixture
def stacked(
    handoff_client: Any, tmp_path: Path, postgres: Postgres, redis_server: RedisServer
) -> Iterator[Chain]:
    with (
        separate_desk(tmp_path / "stack", postgres, redis_server) as desk,
        chained(desk, handoff_client) as chain,
    ):
        yield chain


@pytest.mark.slow
@pytest.mark.services
def test_with_redis_away_handing_off_and_deciding_go_on(
    stacked: Chain, redis_server: RedisServer
) -> None:
    chain = stacked
    redis_server.stop()
    try:
        by_post = chain.agent.submit("Without Redis", callback=chain.callback)
        by_file = chain.client.drop(chain.site.folder, {"title": "File too"}, timeout=30)
        for web_url in (by_post.web_url, by_file.web_url):
            assert chain.rae.decide(page_of({"web_url": web_url}), "approve").status_code == 303
        assert chain.agent.wait(by_post, timeout=ANSWER_SECONDS).outcome == "approved"
        decision = chain.client.wait_decision_file(by_file, timeout=ANSWER_SECONDS)
        assert decision.outcome == "approved"
        assert chain.webhook_of(by_post.id, within=ANSWER_SECONDS)
    finally:
        redis_server.start()
    after = chain.agent.submit("Redis is back")
    assert chain.rae.decide(page_of({"web_url": after.web_url}), "approve").status_code == 303
    assert chain.agent.wait(after, timeout=ANSWER_SECONDS).outcome == "approved"
    chain.invariants()


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.parametrize("name", ["web", "worker", "beat", "watcher"])
def test_each_program_may_be_killed_and_started_again(stacked: Chain, name: str) -> None:
    chain = stacked
    program = chain.desk.programs[name]
    before = chain.agent.submit("Before the kill")
    assert chain.rae.decide(page_of({"web_url": before.web_url}), "approve").status_code == 303
    program.kill()
    program.start()
    chain.desk.wait_until_healthy()
    assert chain.agent.wait(before, timeout=ANSWER_SECONDS).outcome == "approved"
    dropped = chain.client.drop(chain.site.folder, {"title": "After"}, timeout=40)
    assert chain.rae.decide(page_of({"web_url": dropped.web_url}), "approve").status_code == 303
    assert chain.client.wait_decision_file(dropped, timeout=ANSWER_SECONDS).outcome == "approved"
    chain.invariants()
