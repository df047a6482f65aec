"""Native answers out: each decision in the framework's own words, in the order of the requests."""

from collections.abc import Sequence
from typing import Any

import pytest

from reviews import dialects, schema, verdicts
from reviews.given import Given, Verdict
from tests.dialects.payloads import (
    BODIES,
    LANGCHAIN,
    LANGGRAPH,
    OPENAI_AGENTS,
    PYDANTIC_AI,
    function_call,
)

Answers = Sequence[tuple[str, Any]]


def check(body: Any, answers: Answers) -> tuple[str, list[dict[str, Any]], str]:
    """(dialect, entries, outcome) of one answer a request: (word, message or edited args)."""
    found = dialects.translate(body)
    assert found is not None
    document = schema.parse(found.document, now=None, origin="api")
    given = Given(
        tuple(
            Verdict(kind, action.id, edited_args=with_)
            if kind == "edit"
            else Verdict(kind, action.id, message=with_ or "")
            for (kind, with_), action in zip(answers, document.actions, strict=True)
        )
    )
    entries, outcome = verdicts.check(document, given)
    return found.dialect, verdicts.as_json(entries), outcome


def answer(body: Any, answers: Answers) -> Any:
    dialect, entries, outcome = check(body, answers)
    return dialects.native(dialect, body, entries, outcome)


def test_langchain_gets_its_decisions() -> None:
    edited = {"to": "b@example.com", "subject": "Hi"}
    assert answer(
        LANGCHAIN,
        [("edit", edited), ("reject", "Keep it."), ("respond", "Blue."), ("approve", None)],
    ) == {
        "decisions": [
            {"type": "edit", "edited_action": {"name": "send_email", "args": edited}},
            {"type": "reject", "message": "Keep it."},
            {"type": "respond", "message": "Blue."},
            {"type": "approve"},
        ]
    }


def test_langgraph_gets_human_responses() -> None:
    assert answer(
        LANGGRAPH,
        [("approve", None), ("edit", {"command": "ls"}), ("reject", "No."), ("respond", "Wait.")],
    ) == {
        "resume": [
            {"type": "accept", "args": None},
            {"type": "edit", "args": {"action": "rm", "args": {"command": "ls"}}},
            {"type": "ignore", "args": None},
            {"type": "response", "args": "Wait."},
        ]
    }


def test_pydantic_ai_gets_deferred_tool_results() -> None:
    assert answer(
        PYDANTIC_AI,
        [("approve", None), ("edit", {"path": "z"}), ("reject", "Keep c."),
         ("respond", "forty-two"), ("reject", None)],
    ) == {
        "approvals": {
            "p1": True,
            "p2": {"kind": "tool-approved", "override_args": {"path": "z"}},
            "p3": {"kind": "tool-denied", "message": "Keep c."},
        },
        "calls": {
            "p4": "forty-two",
            "p5": {"kind": "tool-failed", "message": "A person declined this call."},
        },
    }  # fmt: skip
    denied = answer({"approvals": PYDANTIC_AI["approvals"][:1]}, [("reject", None)])
    assert denied["approvals"] == {"p1": {"kind": "tool-denied"}}


def test_the_openai_sdk_is_told_call_by_call() -> None:
    assert answer(OPENAI_AGENTS, [("reject", "Too much."), ("approve", None)]) == {
        "decisions": [
            {"call_id": "call_0", "type": "reject", "rejection_message": "Too much."},
            {"call_id": "call_1", "type": "approve"},
        ]
    }
    assert answer(function_call("c"), [("reject", None)]) == {
        "decisions": [{"call_id": "c", "type": "reject"}]
    }


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        (OPENAI_AGENTS, [("edit", {"to": "y"}), ("approve", None)]),
        (OPENAI_AGENTS, [("respond", "Ask Ann."), ("approve", None)]),
        (LANGGRAPH[2:3], [("edit", {"command": "x"})]),
        (LANGGRAPH[3:4], [("reject", "No.")]),
        ({"calls": PYDANTIC_AI["calls"][:1]}, [("edit", {"q": "!"})]),
        ({"calls": PYDANTIC_AI["calls"][:1]}, [("approve", None)]),
        ({"approvals": PYDANTIC_AI["approvals"][:1]}, [("respond", "x")]),
    ],
)
def test_what_a_peer_cannot_do_is_refused(body: Any, answers: Answers) -> None:
    with pytest.raises(verdicts.InvalidVerdict) as caught:
        check(body, answers)
    assert [each.pointer for each in caught.value.errors] == ["/verdicts/0/type"]


def test_an_edit_is_held_to_the_frameworks_args_schema() -> None:
    answers = [
        ("approve", None), ("approve", None), ("respond", "x"), ("edit", {"name": 7}),
    ]  # fmt: skip
    with pytest.raises(verdicts.InvalidVerdict) as caught:
        check(LANGCHAIN, answers)
    assert [each.pointer for each in caught.value.errors] == ["/verdicts/3/edited_args/name"]


@pytest.mark.parametrize("name", BODIES)
def test_changes_cannot_be_requested_of_a_run_that_waits_in_memory(name: str) -> None:
    found = dialects.translate(BODIES[name])
    assert found is not None
    document = schema.parse(found.document, now=None, origin="api")
    with pytest.raises(verdicts.InvalidVerdict):
        verdicts.check(document, Given((Verdict("request_changes", message="Again."),)))


@pytest.mark.parametrize("outcome", ["none", "changes_requested"])
@pytest.mark.parametrize("name", BODIES)
def test_without_an_answer_there_is_nothing_to_resume_with(name: str, outcome: str) -> None:
    assert dialects.native(name, BODIES[name], [], outcome) is None


def test_an_expiry_that_rejects_answers_every_request() -> None:
    assert dialects.native("openai-agents", OPENAI_AGENTS, [], "rejected") == {
        "decisions": [
            {"call_id": "call_0", "type": "reject"},
            {"call_id": "call_1", "type": "reject"},
        ]
    }
