"""A framework's body by POST, a person's decision, and GET with what the framework resumes with."""

import json
from typing import Any

import jsonschema
import pytest

from reviews import decisions
from reviews.given import Given, Verdict
from reviews.models import Answer, Handoff, Revision
from reviews.schema import sources
from tests.api.test_handoffs import check_problem, post
from tests.cast import Cast, make_workspace
from tests.dialects.payloads import BODIES, LANGCHAIN, LANGGRAPH, OPENAI_AGENTS, function_call
from tests.domain.test_intake import let_go
from workspaces.actors import Actor
from workspaces.models import AgentWorkspace

pytestmark = pytest.mark.django_db
URL = "/api/v1/handoffs"


def decide(cast: Cast, *verdicts: tuple[str, Any]) -> Handoff:
    """One answer a call, released; an edit comes with its arguments, the rest with words."""
    handoff = Handoff.objects.get()
    revision = handoff.current
    given = Given(
        tuple(
            Verdict(kind, action.id, edited_args=with_)
            if kind == "edit"
            else Verdict(kind, action.id, message=with_ or "")
            for (kind, with_), action in zip(verdicts, revision.parsed.actions, strict=True)
        )
    )
    let_go(
        decisions.decide(
            handoff=handoff, user=cast.reviewer, revision=revision.number,
            digest=revision.package_sha256, given=given,
        )
    )  # fmt: skip
    return handoff


def decision(cast: Cast) -> dict[str, Any]:
    """As the agent reads it; checked against the protocol."""
    body = cast.api().get(f"{URL}/{Handoff.objects.get().public_id}").json()
    jsonschema.Draft202012Validator(sources.load("decision-v1")).validate(body["decision"])
    found: dict[str, Any] = body["decision"]
    return found


@pytest.mark.parametrize("name", BODIES)
def test_a_native_body_is_taken_as_it_is_and_kept(cast: Cast, name: str) -> None:
    response = post(cast.api(), BODIES[name])
    assert response.status_code == 201, response.content
    assert response.json()["warnings"] == []
    revision = Revision.objects.get()
    assert revision.dialect == name
    assert json.loads(revision.native) == BODIES[name]
    assert "request_changes" not in revision.parsed.allowed_decisions


def test_the_decision_carries_what_langchain_resumes_with(cast: Cast) -> None:
    post(cast.api(), LANGCHAIN)
    edited = {"to": "b@example.com", "subject": "Hi", "retries": 3}
    decide(cast, ("edit", edited), ("reject", "Keep it."), ("respond", "Blue."), ("approve", None))
    found = decision(cast)
    assert found["outcome"] == "mixed"
    assert found["native"] == {
        "decisions": [
            {"type": "edit", "edited_action": {"name": "send_email", "args": edited}},
            {"type": "reject", "message": "Keep it."},
            {"type": "respond", "message": "Blue."},
            {"type": "approve"},
        ]
    }


def test_numbers_of_an_edit_reach_the_framework_as_they_were_typed(cast: Cast) -> None:
    post(cast.api(), b'{"approvals": [{"tool_name": "pay", "tool_call_id": "1", "args": "{}"}]}')
    from reviews.verdicts import parse_args_text

    decide(cast, ("edit", parse_args_text('{"amount": 1.50}')))
    assert '"override_args":{"amount":1.50}' in Answer.objects.get().document


def test_one_verdict_for_all_answers_every_call(cast: Cast) -> None:
    post(cast.api(), OPENAI_AGENTS)
    handoff = Handoff.objects.get()
    let_go(
        decisions.decide(
            handoff=handoff, user=cast.reviewer, revision=1,
            digest=handoff.current.package_sha256, given=Given((Verdict("approve"),)),
        )
    )  # fmt: skip
    assert [each["type"] for each in decision(cast)["native"]["decisions"]] == ["approve"] * 2


def test_a_withdrawn_handoff_has_nothing_to_resume_with(cast: Cast) -> None:
    post(cast.api(), LANGGRAPH)
    decisions.withdraw(handoff=Handoff.objects.get(), actor=Actor.agent(cast.agent))
    assert "native" not in decision(cast)


def test_a_handoff_of_the_protocol_has_no_native_answer(cast: Cast) -> None:
    post(cast.api(), {"title": "Deploy?", "actions": [{"name": "deploy"}]})
    decide(cast, ("approve", None))
    assert "native" not in decision(cast)


def test_a_torn_body_is_a_problem_with_pointers_and_lines(cast: Cast) -> None:
    body = b'{"action_requests": [{"name": "x", "args": {}}],\n "review_configs": 1}'
    problem = check_problem(post(cast.api(), body), 422)
    assert problem["errors"] == [
        {"pointer": "/review_configs", "detail": "review_configs: must be a list",
         "line": 2, "column": 20}
    ]  # fmt: skip
    assert Handoff.objects.count() == 0


def test_the_same_key_and_body_give_the_same_handoff(cast: Cast) -> None:
    first = post(cast.api(), LANGGRAPH, **{"Idempotency-Key": "run-1"})
    again = post(cast.api(), LANGGRAPH, **{"Idempotency-Key": "run-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_the_next_round_of_a_native_handoff_is_native_too(cast: Cast) -> None:
    handoff = post(cast.api(), function_call("call_1")).json()["id"]
    response = post(cast.api(), function_call("call_2"), f"{URL}/{handoff}/revisions")
    assert (response.status_code, response.json()["revision"]) == (201, 2)
    decide(cast, ("approve", None))
    assert decision(cast)["native"] == {"decisions": [{"call_id": "call_2", "type": "approve"}]}


def test_the_address_names_the_workspace_of_a_native_body(cast: Cast, data_folder: Any) -> None:
    other = make_workspace("other", data_folder)
    AgentWorkspace.objects.create(agent=cast.agent, workspace=other)
    problem = check_problem(post(cast.api(), LANGGRAPH), 422)
    assert "?workspace=" in problem["detail"]
    assert post(cast.api(), LANGGRAPH, f"{URL}?workspace=other").status_code == 201
    assert Handoff.objects.get().workspace == other


@pytest.mark.parametrize(
    ("slug", "status"), [("nowhere", 403), ("%00", 400), ("%ED%A0%80", 403), ("x" * 500, 403)]
)
def test_a_workspace_that_the_agent_may_not_use_is_refused(
    cast: Cast, slug: str, status: int
) -> None:
    check_problem(post(cast.api(), LANGGRAPH, f"{URL}?workspace={slug}"), status)


def test_a_protocol_document_says_its_workspace_itself(cast: Cast) -> None:
    assert post(cast.api(), {"title": "x"}, f"{URL}?workspace=nowhere").status_code == 201
