"""A rule that approves by itself, and the sample that people still review."""

from typing import Any

import pytest

from reviews import auto_approval, invariants, signing
from reviews.answers import signing_key
from reviews.models import Answer, Handoff
from tests.cast import Cast
from tests.policy.stage import OVERCONFIDENT, demand, state, vote
from tests.rules.stage import publish, rule, run_of
from workspaces import strictjson
from workspaces.models import Event, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_from_the_confidence_on_the_rule_approves_and_says_so(cast: Cast) -> None:
    demand(cast, auto={"approve_from": 0.9, "sample": 0})
    actions = [{"id": "a", "name": "tag"}, {"id": "b", "name": "push"}]
    handoff = cast.submit(confidence={"score": 0.95}, actions=actions)
    assert state(handoff) == ("decided", "approved", "")
    document = strictjson.loads(Answer.objects.get().document.encode())
    assert isinstance(document, dict)
    assert document["decided_by"]["kind"] == "rule"
    assert document["decided_by"]["name"] == "Careful"
    assert document["decisions"] == [
        {"action_id": "a", "type": "approve"},
        {"action_id": "b", "type": "approve"},
    ]
    assert signing.verify(document, [signing_key().public])
    event = Event.objects.get(kind="handoff.decided")
    assert event.actor_kind == "rule"
    assert not run_of(handoff).reviewers.exists()  # nobody is troubled
    assert not any(list(check()) for check in invariants.CHECKS.values())


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"confidence": {"score": 0.89}}, "confidence"),
        ({}, "confidence"),
        ({**OVERCONFIDENT, "trigger": "question"}, "words"),
        (
            {**OVERCONFIDENT, "trigger": "error", "error": {"type": "E", "message": "m"}},
            "words",
        ),
        ({**OVERCONFIDENT, "actions": [{"name": "drop", "risk": "critical"}]}, "critical"),
        ({**OVERCONFIDENT, "allowed_decisions": ["respond", "reject"]}, "not-allowed"),
        (
            {
                **OVERCONFIDENT,
                "actions": [{"name": "login", "args": {"password": "hunter2-hunter2"}}],
            },
            "secrets",
        ),
    ],
)
def test_what_needs_a_person_goes_to_people(cast: Cast, members: dict[str, Any], why: str) -> None:
    demand(cast, auto={"approve_from": 0.9})
    handoff = cast.submit(**members)
    assert state(handoff) == ("pending", "none", "")
    assert run_of(handoff).effects["auto"]["why"] == why
    assert run_of(handoff).reviewers.exists()


def test_the_sample_goes_to_people_and_says_so(cast: Cast) -> None:
    demand(cast, auto={"approve_from": 0.9, "sample": 100})
    handoff = cast.submit(confidence={"score": 0.95})
    assert state(handoff)[0] == "pending"
    assert "of the 100 % that people still review" in run_of(handoff).reason
    vote(handoff, cast.reviewer)


def test_the_sample_is_of_the_share_it_says_and_the_same_whenever_asked() -> None:
    ids = [f"ho_{n:026}" for n in range(4000)]
    drawn = [each for each in ids if auto_approval.is_sampled(each, 10)]
    assert 320 < len(drawn) < 480
    assert drawn == [each for each in ids if auto_approval.is_sampled(each, 10)]
    assert not any(auto_approval.is_sampled(each, 0) for each in ids)
    assert all(auto_approval.is_sampled(each, 100) for each in ids)


def test_a_round_that_people_asked_for_is_theirs(cast: Cast) -> None:
    demand(cast, auto={"approve_from": 0.9})
    Workspace.objects.update(undo_seconds=0)
    handoff = cast.submit("One", id="a", confidence={"score": 0.5})
    vote(handoff, cast.reviewer, "request_changes", "More.")
    cast.submit("Two", id="a", **OVERCONFIDENT)
    assert state(handoff)[0] == "pending"
    assert run_of(Handoff.objects.get(pk=handoff.pk)).effects["auto"]["why"] == "round"


def test_thresholds_differ_by_what_the_rules_fit(cast: Cast) -> None:
    sure = {"fact": "agent", "op": "eq", "value": cast.agent.pk}
    publish(
        cast.workspace,
        rule("Builder", sure, auto={"approve_from": 0.5}),
        rule("Others", None, auto={"approve_from": 0.99}),
    )
    assert state(cast.submit(confidence={"score": 0.6}))[0] == "decided"
    theirs = cast.submit(agent=cast.second_agent, confidence={"score": 0.6})
    assert state(theirs)[0] == "pending"


def test_the_agent_gets_the_answer_at_once_over_http(cast: Cast) -> None:
    demand(cast, auto={"approve_from": 0.9})
    body = {"title": "Report", "confidence": {"score": 1.0}}
    posted = cast.api().post("/api/v1/handoffs", body, content_type="application/json")
    assert (posted.status_code, posted.json()["status"]) == (201, "decided")
    seen = cast.api().get(f"/api/v1/handoffs/{posted.json()['id']}").json()
    assert seen["decision"]["decided_by"]["kind"] == "rule"
