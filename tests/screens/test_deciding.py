"""Deciding on the page: each answer reaches the domain, each refusal keeps the words."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from reviews import claims
from reviews.models import Decision, Handoff
from tests.cast import Cast
from workspaces import strictjson

DEPLOY: dict[str, Any] = {"id": "d1", "name": "deploy", "args": {"version": "1.4", "pods": 3}}
SCHEMA = {"type": "object", "properties": {"pods": {"type": "integer", "maximum": 5}}}


def post(client: Client, handoff: Handoff, verdict: str, **more: str) -> HttpResponse:
    form = {
        "verdict": verdict,
        "revision": str(handoff.revision),
        "digest": handoff.current.package_sha256,
        **more,
    }
    return client.post(f"{handoff.get_absolute_url()}decide/", form)  # type: ignore[return-value]


def entries(handoff: Handoff) -> list[dict[str, Any]]:
    found = strictjson.loads(Decision.objects.get(handoff=handoff, undone_at=None).entries.encode())
    assert isinstance(found, list)
    return found


@pytest.fixture
def reviewer(cast: Cast) -> Client:
    return cast.client(cast.reviewer)


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("approve", "approved"),
        ("reject", "rejected"),
        ("respond", "responded"),
        ("request_changes", "changes_requested"),
    ],
)
def test_each_button_gives_its_verdict_with_the_note(
    cast: Cast, reviewer: Client, verdict: str, outcome: str
) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    assert post(reviewer, handoff, verdict, note="Because.").status_code == 303
    decision = Decision.objects.get(handoff=handoff)
    assert decision.outcome == outcome
    said = decision.comment or entries(handoff)[0]["message"]
    assert said == "Because."


def test_the_next_handoff_comes_up_with_the_undo_bar(cast: Cast, reviewer: Client) -> None:
    first, second = cast.submit("First"), cast.submit("Second")
    answer = post(reviewer, first, "approve")
    assert answer["Location"] == second.get_absolute_url()
    html = reviewer.get(answer["Location"]).content.decode()
    assert f"Approved · {first.number}" in html
    assert f'action="/h/{first.number}/undo/"' in html


def test_the_undo_bar_is_on_the_queue_when_nothing_is_left(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    answer = post(reviewer, handoff, "approve")
    assert answer["Location"] == "/"
    assert f'action="/h/{handoff.number}/undo/"' in reviewer.get("/").content.decode()


def test_undo_brings_the_handoff_back(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    post(reviewer, handoff, "approve")
    answer = reviewer.post(f"{handoff.get_absolute_url()}undo/")
    assert answer.status_code == 303
    handoff.refresh_from_db()
    assert handoff.verdict == ""


def test_only_the_person_who_decided_can_undo(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    post(reviewer, handoff, "approve")
    answer = cast.client(cast.owner).post(f"{handoff.get_absolute_url()}undo/")
    assert answer.status_code == 403
    assert "Rae Reviewer" in answer.content.decode()


def test_hovering_over_the_bar_answers_the_seconds_left(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    post(reviewer, handoff, "approve")
    left = reviewer.post(f"{handoff.get_absolute_url()}hold/").json()["seconds"]
    assert 0 < left <= 30


def test_a_request_for_changes_needs_its_words(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    answer = post(reviewer, handoff, "request_changes")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_newer_round_refuses_the_decision_and_keeps_the_words(
    cast: Cast, reviewer: Client
) -> None:
    handoff = cast.submit("First", id="job")
    digest = handoff.current.package_sha256
    cast.submit("Second", id="job")
    answer = reviewer.post(
        f"{handoff.get_absolute_url()}decide/",
        {"verdict": "approve", "revision": "1", "digest": digest, "note": "Long thoughts"},
    )
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Not saved" in html
    assert "Long thoughts</textarea>" in html
    assert "Second" in html


def test_the_slower_reviewer_is_told_who_was_faster(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    assert post(cast.client(cast.owner), handoff, "reject").status_code == 303
    answer = post(reviewer, handoff, "approve", note="Mine")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Olive Owner decided this at" in html
    assert "Mine</textarea>" in html


def test_a_handoff_that_somebody_holds_can_be_taken_over(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit()
    claims.claim(handoff=handoff, user=cast.owner)
    url = handoff.get_absolute_url()
    assert "Olive Owner has claimed this" in reviewer.get(url).content.decode()
    reviewer.post(f"{url}claim/", {"take_over": "1"})
    assert 'data-claim="mine"' in reviewer.get(url).content.decode()
    reviewer.post(f"{url}release/")
    assert 'data-claim=""' in reviewer.get(url).content.decode()


def test_a_critical_action_asks_for_its_name_first(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "risk": "critical"}])
    asked = post(reviewer, handoff, "approve", note="Fine")
    assert asked.status_code == 200
    html = asked.content.decode()
    assert "To confirm, type" in html
    assert 'name="note" value="Fine"' in html
    assert post(reviewer, handoff, "approve", **{"confirm-d1": "deplo"}).status_code == 422
    assert not Decision.objects.exists()
    assert post(reviewer, handoff, "approve", **{"confirm-d1": "deploy "}).status_code == 303
    assert Decision.objects.get().released_at is not None


def test_the_script_gets_the_confirmation_as_a_dialog(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "risk": "critical"}])
    form = {"verdict": "approve", "revision": "1", "digest": handoff.current.package_sha256}
    answer = reviewer.post(
        f"{handoff.get_absolute_url()}decide/", form, headers={"HX-Request": "true"}
    )
    assert answer["HX-Retarget"] == "#overlay"
    assert b"<dialog" in answer.content


def test_a_message_reaches_the_conversation_and_an_empty_one_is_refused(
    cast: Cast, reviewer: Client
) -> None:
    handoff = cast.submit()
    url = f"{handoff.get_absolute_url()}message/"
    assert reviewer.post(url, {"text": "Which region?"}).status_code == 303
    assert handoff.comments.get().body == "Which region?"
    refused = reviewer.post(url, {"text": " "})
    assert refused.status_code == 422
    assert "A message has" in refused.content.decode()


@pytest.mark.parametrize("what", ["decide", "undo", "hold", "seen", "claim", "release", "message"])
def test_a_stranger_can_do_nothing_and_looking_changes_nothing(cast: Cast, what: str) -> None:
    url = f"{cast.submit().get_absolute_url()}{what}/"
    assert cast.client(cast.stranger).post(url).status_code == 404
    assert cast.client(cast.reviewer).get(url).status_code == 405
    assert cast.client().post(url).status_code == 302


def test_each_of_several_actions_has_its_own_verdict(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "id": each} for each in "abc"])
    chosen = {"verdict-a": "approve", "verdict-b": "reject", "note-b": "Not this one"}
    incomplete = post(reviewer, handoff, "each", **chosen)
    assert incomplete.status_code == 422
    asked = post(reviewer, handoff, "approve", **chosen)
    assert "Approve 2 actions?" in asked.content.decode()
    assert not Decision.objects.exists()
    assert post(reviewer, handoff, "approve", listed="1", **chosen).status_code == 303
    found = [(entry["type"], entry.get("message", "")) for entry in entries(handoff)]
    assert found == [("approve", ""), ("reject", "Not this one"), ("approve", "")]
