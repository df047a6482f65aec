"""Native bodies in: what the desk makes of them, and what it refuses, where."""

import json
from typing import Any

import pytest

from reviews import dialects, schema
from reviews.schema import HandoffDocument, InvalidDocument
from tests.dialects.payloads import (
    BODIES,
    LANGCHAIN,
    LANGGRAPH,
    OPENAI_AGENTS,
    PYDANTIC_AI,
    approval_item,
    changed,
    function_call,
    human_interrupt,
    tool_call,
    without,
)
from workspaces import strictjson


def document(body: Any, dialect: str = "") -> HandoffDocument:
    value = strictjson.loads(json.dumps(body).encode())
    found = dialects.translate(value)
    assert found is not None
    assert not dialect or found.dialect == dialect
    return schema.parse(found.document, now=None, origin="api")


def refusals(body: Any) -> dict[str, str]:
    with pytest.raises(InvalidDocument) as caught:
        dialects.translate(strictjson.loads(json.dumps(body).encode()))
    return {problem.pointer: problem.detail for problem in caught.value.errors}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_becomes_a_handoff_of_its_framework(name: str) -> None:
    found = document(BODIES[name], name)
    assert found.warnings == ()
    assert found.trigger == "critical_action"
    assert found.agent is not None
    assert found.agent.framework
    assert "request_changes" not in found.allowed_decisions


def test_langchain_calls_keep_order_words_and_what_each_may_be_answered() -> None:
    found = document(LANGCHAIN)
    assert found.title == "send_email, delete_file, ask_user, drop_table"
    assert [action.allowed_decisions for action in found.actions] == [
        ("approve", "edit", "reject", "respond"),
        ("approve", "reject"),
        ("respond",),
        ("approve", "edit"),
    ]
    assert found.actions[0].args == {"to": "a@example.com", "subject": "Hi"}
    assert found.actions[1].description == "Delete it"
    assert found.actions[3].args_schema == LANGCHAIN["review_configs"][3]["args_schema"]


def test_langchain_configs_may_be_one_a_name_in_any_order() -> None:
    body = {
        "action_requests": [{"name": "b", "args": {}}, {"name": "a", "args": {}},
                            {"name": "b", "args": {}}],
        "review_configs": [{"action_name": "a", "allowed_decisions": ["approve"]},
                           {"action_name": "b", "allowed_decisions": ["reject", "approve"]}],
    }  # fmt: skip
    found = document(body)
    assert [action.allowed_decisions for action in found.actions] == [
        ("approve", "reject"), ("approve",), ("approve", "reject"),
    ]  # fmt: skip
    assert found.title == "b × 2, a"


def test_langchain_configs_in_the_order_of_the_requests_may_differ_under_one_name() -> None:
    body: dict[str, Any] = {
        "action_requests": [{"name": "a", "args": {}}, {"name": "a", "args": {}}],
        "review_configs": [{"action_name": "a", "allowed_decisions": ["approve"]},
                           {"action_name": "a", "allowed_decisions": ["reject"]}],
    }  # fmt: skip
    assert [each.allowed_decisions for each in document(body).actions] == [
        ("approve",), ("reject",),
    ]  # fmt: skip
    assert refusals({**body, "action_requests": body["action_requests"][:1]}) == {
        "/review_configs/1": 'review_configs[1]: contradicts an earlier entry for "a"'
    }


def test_langgraph_switches_become_words_and_one_interrupt_needs_no_list() -> None:
    found = document(LANGGRAPH)
    assert [action.name for action in found.actions] == ["ls", "rm", "cp", "mv"]
    assert set(found.actions[2].allowed_decisions) == {"approve", "reject", "respond"}
    assert set(found.actions[3].allowed_decisions) == {"approve", "edit", "respond"}
    single = document(LANGGRAPH[0], "langgraph")
    assert single.actions[0].args == {"command": "ls"}
    assert single.actions[0].description.startswith("Please review")


def test_langgraph_takes_a_missing_switch_as_off_and_null_as_no_description() -> None:
    body = {**LANGGRAPH[0], "config": {"allow_respond": True}, "description": None}
    found = document(body)
    assert found.actions[0].allowed_decisions == ("respond",)
    assert found.trigger == "question"


def test_pydantic_ai_approvals_come_first_and_calls_wait_for_words() -> None:
    found = document(PYDANTIC_AI)
    assert [action.id for action in found.actions] == ["p1", "p2", "p3", "p4", "p5"]
    assert found.actions[0].allowed_decisions == ("approve", "edit", "reject")
    assert found.actions[3].allowed_decisions == ("reject", "respond")
    assert found.actions[4].args == {}
    assert found.metadata == {"p1": {"reason": "protected"}}
    only_calls = document({"approvals": [], "calls": PYDANTIC_AI["calls"]})
    assert only_calls.trigger == "question"


def test_openai_interruptions_are_taken_in_every_form() -> None:
    whole = document(OPENAI_AGENTS, "openai-agents")
    assert [action.id for action in whole.actions] == ["call_0", "call_1"]
    assert whole.agent is not None
    assert whole.agent.name == "Treasurer"
    plain = {"call_id": "call_0", "name": "wire", "arguments": '{"to": "x", "amount": 1.50}'}
    script = {
        "type": "tool_approval_item",
        "rawItem": {"type": "function_call", "callId": "call_0", "name": "wire",
                    "arguments": '{"to": "x", "amount": 1.50}'},
    }  # fmt: skip
    for body in (
        [approval_item("call_0")], approval_item("call_0"), function_call("call_0"),
        [function_call("call_0")], plain, [plain], script,
    ):  # fmt: skip
        found = document(body, "openai-agents")
        assert found.actions[0].id == "call_0"
        assert found.actions[0].name == "wire"
        assert found.actions[0].args["to"] == "x"
        assert found.actions[0].allowed_decisions == ("approve", "reject")


def test_openai_built_in_tools_show_what_they_would_do() -> None:
    shell = {"type": "shell_call", "call_id": "s1", "action": {"commands": ["ls"]}}
    hosted = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "search",
              "server_label": "docs", "arguments": '{"q": "x"}'}  # fmt: skip
    items = [{"type": "tool_approval_item", "raw_item": each} for each in (shell, hosted)]
    found = document({"interruptions": items})
    assert [(each.id, each.name, each.args) for each in found.actions] == [
        ("s1", "shell", {"action": {"commands": ["ls"]}}),
        ("mcpr_1", "search", {"q": "x"}),
    ]


@pytest.mark.parametrize("body", [OPENAI_AGENTS, PYDANTIC_AI])
def test_numbers_in_json_strings_keep_the_text_they_were_written_with(body: Any) -> None:
    assert "1.50" in document(body).canonical


@pytest.mark.parametrize("text", ["", "{}"])
def test_a_call_without_arguments_has_none(text: str) -> None:
    assert document(function_call("c", text)).actions[0].args == {}


@pytest.mark.parametrize("members", [{"title": "Deploy?"}, {"schema": "handoff/v1"}])
@pytest.mark.parametrize("name", ["langchain", "pydantic-ai", "openai-agents"])
def test_what_says_it_is_a_handoff_is_never_guessed_to_be_native(
    name: str, members: dict[str, str]
) -> None:
    assert dialects.translate({**BODIES[name], **members}) is None


@pytest.mark.parametrize("body", [None, 1, "x", [], {}, [1], [[]], {"config": {}}, {"name": "a"}])
def test_what_bears_no_mark_is_left_to_handoff_v1(body: Any) -> None:
    assert dialects.translate(body) is None


def test_two_frameworks_at_once_are_refused() -> None:
    assert refusals({**LANGCHAIN, **PYDANTIC_AI}) == {
        "": "the document could be a body of LangChain and Pydantic AI: send that of one"
    }
    assert list(refusals([LANGGRAPH[0], function_call("c")])) == [""]


TORN = {
    "no configs": (without(LANGCHAIN, "review_configs"), "/review_configs"),
    "no requests": (without(LANGCHAIN, "action_requests"), "/action_requests"),
    "empty": ({"action_requests": [], "review_configs": []}, "/action_requests"),
    "a request without a config": (
        changed(LANGCHAIN, "review_configs", to=LANGCHAIN["review_configs"][:3]),
        "/review_configs",
    ),
    "no name": (without(LANGCHAIN, "action_requests", 0, "name"), "/action_requests/0/name"),
    "blank title": (
        {"action_requests": [{"name": " ", "args": {}}],
         "review_configs": [{"action_name": " ", "allowed_decisions": ["approve"]}]},
        "/action_requests/0/name",
    ),
    "args a list": (
        changed(LANGCHAIN, "action_requests", 1, "args", to=[]), "/action_requests/1/args",
    ),
    "an unknown word": (
        changed(LANGCHAIN, "review_configs", 1, "allowed_decisions", 1, to="ignore"),
        "/review_configs/1/allowed_decisions/1",
    ),
    "no word": (
        changed(LANGCHAIN, "review_configs", 1, "allowed_decisions", to=[]),
        "/review_configs/1/allowed_decisions",
    ),
    "a broken args_schema": (
        changed(LANGCHAIN, "review_configs", 3, "args_schema", "type", to="objekt"),
        "/review_configs/3/args_schema/type",
    ),
    "a long description": (
        changed(LANGCHAIN, "action_requests", 0, "description", to="x" * 20_001),
        "/action_requests/0/description",
    ),
    "two requests at once": ([LANGCHAIN, LANGCHAIN], "/1"),
    "51 interrupts": ([human_interrupt("x")] * 51, ""),
    "one item of another kind": ([LANGGRAPH[0], {"x": 1}], "/1/action_request"),
    "one item no object": ([LANGGRAPH[0], 7], "/1"),
    "no switch": (without(LANGGRAPH[0], "config"), "/config"),
    "every switch off": (changed(LANGGRAPH[0], "config", to={}), "/config"),
    "a switch of text": (
        changed(LANGGRAPH, 0, "config", "allow_edit", to="yes"), "/0/config/allow_edit",
    ),
    "no action": (without(LANGGRAPH, 1, "action_request", "action"), "/1/action_request/action"),
    "nothing deferred": ({"calls": [], "approvals": []}, "/calls"),
    "a repeated id": (
        changed(PYDANTIC_AI, "calls", 0, "tool_call_id", to="p1"), "/calls/0/tool_call_id",
    ),
    "torn arguments": (
        changed(PYDANTIC_AI, "approvals", 0, "args", to='{"path": '), "/approvals/0/args",
    ),
    "arguments of a list": (function_call("c", "[1]"), "/arguments"),
    "no arguments": (without(function_call("c"), "arguments"), "/arguments"),
    "half a surrogate within the string": (function_call("c", r'{"a": "\ud800"}'), "/arguments"),
    "a long id": (function_call("c" * 257), "/call_id"),
    "no id": (
        {"interruptions": [{"raw_item": {"name": "x", "arguments": "{}"}}]},
        "/interruptions/0/raw_item/call_id",
    ),
    "metadata a list": (changed(PYDANTIC_AI, "metadata", to=[]), "/metadata"),
    "an agent's long name": (
        changed(OPENAI_AGENTS, "interruptions", 0, "agent", "name", to="x" * 201),
        "/interruptions/0/agent/name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TORN)
def test_a_torn_body_is_refused_at_its_place(name: str) -> None:
    body, pointer = TORN[name]
    assert pointer in refusals(body)


def test_every_problem_is_named_at_once_with_its_line() -> None:
    source = b'{"action_requests": [\n {"name": 1, "args": []}],\n "review_configs": 3}'
    with pytest.raises(InvalidDocument) as caught:
        dialects.translate(strictjson.loads(source), source=source)
    assert [(each.pointer, each.line) for each in caught.value.errors] == [
        ("/action_requests/0/name", 2),
        ("/review_configs", 3),
        ("/action_requests/0/args", 2),
    ]


def test_arguments_that_nest_too_deeply_are_refused_in_a_string_too() -> None:
    deep = "{}"
    for _ in range(62):
        deep = f'{{"a": {deep}}}'
    assert "nested too deeply" in str(refusals(function_call("c", deep)))
    args = json.loads(deep[len('{"a": ') : -1])
    body = changed(LANGGRAPH[0], "action_request", "args", to=args)
    assert "nested too deeply" in str(refusals(body))


def test_a_long_title_is_cut() -> None:
    calls = [tool_call(f"{'n' * 90}{index}", {}, str(index)) for index in range(4)]
    found = document({"approvals": calls})
    assert len(found.title) == 200
    assert found.title.endswith("…")
