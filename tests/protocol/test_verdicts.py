import time
from typing import Any

import pytest

from reviews import verdicts
from reviews.verdicts import EditedFile, Given, InvalidVerdict, LineComment, Verdict
from tests.protocol.conftest import handoff
from workspaces import strictjson

SHA = "0" * 64
DEPLOY = {
    "id": "call_7",
    "name": "deploy",
    "args": {"env": "production", "count": 1},
    "args_schema": {
        "type": "object",
        "required": ["env"],
        "properties": {"env": {"enum": ["staging", "production"]}, "count": {"type": "integer"}},
    },
}
NOTIFY = {"id": "call_8", "name": "notify", "args": {"who": "ops"}}


def entries(document: Any, given: Given) -> list[dict[str, Any]]:
    return verdicts.as_json(verdicts.check(document, given)[0])


def refusal(document: Any, given: Given) -> dict[str, str]:
    with pytest.raises(InvalidVerdict) as refused:
        verdicts.check(document, given)
    assert refused.value.status == 422
    return {each.pointer: each.detail for each in refused.value.errors}


def whole(kind: str, **more: Any) -> Given:
    split = {key: more.pop(key) for key in ("edited_files", "comments") if key in more}
    return Given((Verdict(kind, **more),), **split)


@pytest.mark.parametrize(
    ("kind", "message", "outcome"),
    [("approve", "", "approved"), ("reject", "no", "rejected"), ("respond", "B", "responded")],
)
def test_a_handoff_without_actions_gets_one_entry(kind: str, message: str, outcome: str) -> None:
    found, result = verdicts.check(handoff(), whole(kind, message=message))
    assert result == outcome
    expected = {"action_id": None, "type": kind} | ({"message": message} if message else {})
    assert verdicts.as_json(found) == [expected]


def test_one_verdict_for_the_handoff_becomes_one_entry_per_action() -> None:
    document = handoff(actions=[DEPLOY, NOTIFY])
    assert entries(document, whole("reject", message="not now")) == [
        {"action_id": "call_7", "type": "reject", "message": "not now"},
        {"action_id": "call_8", "type": "reject", "message": "not now"},
    ]


def test_a_verdict_per_action_keeps_the_documents_order() -> None:
    given = Given((Verdict("reject", "call_8", "no"), Verdict("approve", "call_7", "fine")))
    found, outcome = verdicts.check(handoff(actions=[DEPLOY, NOTIFY]), given)
    assert [entry.action_id for entry in found] == ["call_7", "call_8"]
    assert outcome == "mixed"
    assert given.comment == "call_7: fine"


def test_edited_arguments_keep_their_types_and_numbers() -> None:
    args = verdicts.parse_args_text('{"env": "staging", "count": 2, "ratio": 1.50, "on": true}')
    document = handoff(actions=[DEPLOY])
    found = entries(document, whole("edit", edited_args=args, message="staging first"))
    assert strictjson.dumps(found) == (
        '[{"action_id":"call_7","edited_action":{"args":{"count":2,"env":"staging","on":true,'
        '"ratio":1.50},"name":"deploy"},"type":"edit"}]'
    )


def test_edited_arguments_must_fit_their_schema() -> None:
    given = whole("edit", edited_args={"env": "moon", "count": "1"})
    assert refusal(handoff(actions=[DEPLOY]), given) == {
        "/verdicts/0/edited_args/env": 'env: must be one of "staging" or "production".',
        "/verdicts/0/edited_args/count": "count: must be a whole number.",
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "^(a+)+$"}}},
        {"properties": {"a": {"pattern": "^(a|aa)+$"}}},
        {"patternProperties": {"^(x|xx)+$": {}}, "additionalProperties": False},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#/$defs/d0"}],
         "$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{min(i + 1, 40)}"}] * 2}
                   for i in range(40)} | {"d40": {}}},
    ],
)  # fmt: skip
def test_a_schema_that_would_take_for_ever_is_given_up(schema: dict[str, Any]) -> None:
    document = handoff(actions=[{"name": "a", "args": {}, "args_schema": schema}])
    args = {"a": "a" * 50_000 + "!", "x" * 50_000 + "!": 1}
    before = time.thread_time()
    assert refusal(document, whole("edit", edited_args=args))
    assert time.thread_time() - before < 3


def test_edited_files_stand_in_the_first_edit() -> None:
    document = handoff(actions=[DEPLOY, NOTIFY], context={"files": ["copy.md"]})
    edited = (EditedFile("copy.md", SHA),)
    given = Given((Verdict("approve", "call_7"), Verdict("edit", "call_8")), edited_files=edited)
    found = entries(document, given)
    assert found[0] == {"action_id": "call_7", "type": "approve"}
    assert found[1]["edited_files"] == [{"path": "copy.md", "sha256": SHA}]
    both, outcome = verdicts.check(document, whole("edit", edited_files=edited))
    assert [entry.type for entry in both] == ["edit", "approve"]
    assert outcome == "mixed"


def test_a_file_can_be_edited_without_any_action() -> None:
    document = handoff(context={"files": ["copy.md"]})
    given = whole("edit", edited_files=(EditedFile("copy.md", SHA),), message="typo")
    assert entries(document, given) == [
        {"action_id": None, "type": "edit", "edited_files": [{"path": "copy.md", "sha256": SHA}]}
    ]
    assert given.comment == "typo"


def test_a_request_for_changes_is_one_entry_for_the_whole_handoff() -> None:
    document = handoff(actions=[DEPLOY, NOTIFY], context={"files": ["copy.md"]})
    given = whole("request_changes", comments=(LineComment("Use the glossary.", "copy.md", 12),))
    found, outcome = verdicts.check(document, given)
    assert outcome == "changes_requested"
    assert verdicts.as_json(found) == [
        {"action_id": None, "type": "request_changes",
         "comments": [{"body": "Use the glossary.", "path": "copy.md", "line": 12}]}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "given", "pointer"),
    [
        ({}, Given(()), "/verdicts"),
        ({}, whole("explode"), "/verdicts/0/type"),
        ({}, whole("respond", message=" "), "/verdicts/0/message"),
        ({}, whole("request_changes", message=" "), "/verdicts/0/message"),
        ({}, whole("edit"), "/verdicts/0/type"),
        ({}, whole("edit", edited_args={}), "/verdicts/0/edited_args"),
        ({}, whole("reject", message="x" * 20_001), "/verdicts/0/message"),
        ({}, whole("approve", edited_args={}), "/verdicts/0/edited_args"),
        ({}, whole("approve", edited_files=(EditedFile("a.md", SHA),)), "/edited_files"),
        ({}, whole("approve", comments=(LineComment("x"),)), "/comments"),
        ({}, whole("request_changes", comments=(LineComment(" "),)), "/comments/0/body"),
        ({}, whole("request_changes", comments=(LineComment("x", "no.md"),)), "/comments/0/path"),
        ({}, whole("request_changes", comments=(LineComment("x", None, 3),)), "/comments/0/line"),
        ({"trigger": "question"}, whole("approve"), "/verdicts/0/type"),
        ({"allowed_decisions": ["approve"]}, whole("request_changes", message="x"),
         "/verdicts/0/type"),
        ({"actions": [DEPLOY]}, Given((Verdict("request_changes", "call_7", "x"),)),
         "/verdicts/0/type"),
        ({"actions": [DEPLOY]}, Given((Verdict("approve", "nope"),)), "/verdicts/0"),
        ({"actions": [DEPLOY, NOTIFY]}, Given((Verdict("approve", "call_7"),)), "/verdicts"),
        ({"actions": [DEPLOY]}, Given((Verdict("approve", "call_7"),) * 2), "/verdicts/1"),
        ({"actions": [DEPLOY]}, Given((Verdict("approve", "call_7"), Verdict("approve"))),
         "/verdicts"),
        ({"actions": [DEPLOY, NOTIFY]}, whole("edit", edited_args={"env": "staging"}),
         "/verdicts/0/edited_args"),
        ({"actions": [{"name": "a", "allowed_decisions": ["reject"]}]}, whole("approve"),
         "/verdicts/0/type"),
        ({"context": {"files": [{"path": "a.md"}]}},
         whole("edit", edited_files=(EditedFile("b.md", SHA),)), "/edited_files/0"),
    ],
)  # fmt: skip
def test_what_the_handoff_does_not_allow_is_refused_with_a_sentence(
    members: dict[str, Any], given: Given, pointer: str
) -> None:
    found = refusal(handoff(**members), given)
    assert pointer in found
    assert all(detail.strip() for detail in found.values())


def test_an_actions_own_decisions_win_over_the_handoffs() -> None:
    action = {**NOTIFY, "allowed_decisions": ["edit"]}
    document = handoff(allowed_decisions=["reject"], actions=[action])
    assert verdicts.allowed(document) == ("edit",)
    assert entries(document, whole("edit", edited_args={}))[0]["edited_action"]["args"] == {}


def test_the_text_of_arguments_is_read_strictly() -> None:
    with pytest.raises(InvalidVerdict) as refused:
        verdicts.parse_args_text('{\n"a": 1,\n"a": 2}')
    problem = refused.value.errors[0]
    assert (problem.pointer, problem.line) == ("/edited_args/a", 3)
    for text in ("[]", "", "1", '{"a": "\ud800"}'):
        with pytest.raises(InvalidVerdict):
            verdicts.parse_args_text(text)
