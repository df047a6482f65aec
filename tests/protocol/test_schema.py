import base64
import copy
import json
import time
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import schema
from reviews.schema import default_decisions, shape, sources
from tests.protocol.conftest import EXAMPLES, NOW, handoff, problems
from workspaces import strictjson

ROOT = sources.load("handoff-v1")


@pytest.mark.parametrize("name", EXAMPLES["handoff_ok"])
def test_every_good_example_is_taken(name: str) -> None:
    value = EXAMPLES["handoff_ok"][name]
    document = schema.parse(value, now=NOW, origin="api")
    assert document.title == value["title"]
    assert document.warnings == ()


@pytest.mark.parametrize("name", EXAMPLES["handoff_bad"])
def test_every_bad_example_is_refused_with_a_sentence(name: str) -> None:
    found = problems(EXAMPLES["handoff_bad"][name])
    assert found
    for pointer, detail in found.items():
        assert not pointer or pointer.startswith("/")
        assert "anyOf" not in detail
        assert "valid under" not in detail


def test_all_problems_are_told_at_once_with_lines() -> None:
    source = b"""{"titel": "x", "confidence": {"score": 2},
 "actions": [{"name": "a", "id": "1"}, {"name": "b"}, {"nme": "c"}],
 "context": {"files": [{"path": "a", "content_base64": "#"}, "/etc/passwd"]},
 "callback": {"url": "http://u:p@x/", "events": ["nope"]}, "expires_at": "2020-01-01T00:00:00Z"}"""
    with pytest.raises(schema.InvalidDocument) as refused:
        schema.parse(strictjson.loads(source), now=NOW, origin="file", source=source)
    assert refused.value.status == 422
    lines = {each.pointer: each.line for each in refused.value.errors}
    assert lines == {
        "/title": 1,
        "/confidence/score": 1,
        "/actions/1": 2,
        "/actions/2/name": 2,
        "/context/files/0/content_base64": 3,
        "/context/files/1": 3,
        "/callback/url": 4,
        "/callback/events/0": 4,
        "/expires_at": 4,
    }
    assert 'did you mean "title"' in refused.value.detail


@pytest.mark.parametrize(
    ("members", "pointer", "sentence"),
    [
        ({"title": "x" * 201}, "/title", "title: must be a string of 1 to 200 characters"),
        ({"title": 5}, "/title", "title: must be a string of 1 to 200 characters"),
        ({"title": " \n"}, "/title", "title: must not be blank"),
        ({"confidence": True}, "/confidence",
         "confidence: must be a number from 0 to 1 or an object"),
        ({"error": {"message": ""}}, "/error/message",
         "error.message: must be a string of 1 to 20,000 characters"),
        ({"on_expiry": "explode"}, "/on_expiry",
         'on_expiry: must be one of "expire", "reject", "approve" or "escalate"'),
        ({"checkpoint": {}}, "/checkpoint", "checkpoint: must be an object of at least 1 member"),
        ({"target": {"kind": "agent"}}, "/target", "target: must have agent or agent_card_url"),
        ({"routing": {"tags": ["a", "a"]}}, "/routing/tags/1", 'routing.tags[1]: repeats "a"'),
        ({"error": {"message": "x", "retries": 1.5}}, "/error/retries",
         "error.retries: must be a whole number of 0 or more"),
        ({"expires_at": "tomorrow"}, "/expires_at",
         "expires_at: must be a date and time with its offset, like 2026-11-23T09:00:00Z"),
        ({"expires_at": "2026-11-22T10:00:00Z"}, "/expires_at", "expires_at: is in the past"),
        ({"actions": [{"name": "a"}, {"name": "b", "id": "0"}]}, "/actions/1/id",
         'actions[1].id: has the id "0", as actions[0] has'),
        ({"id": "run-1\n"}, "/id",
         "id: must be 1 to 128 letters, digits, dots, underscores, colons or hyphens, "
         "the first a letter or a digit"),
        ({"checkpoint": {"state": "x" * 262_145}}, "/checkpoint/state",
         "checkpoint.state: may have 256 KiB of JSON at most"),
    ],
)  # fmt: skip
def test_a_problem_is_a_sentence_that_names_the_field(
    members: dict[str, Any], pointer: str, sentence: str
) -> None:
    assert problems({"title": "x", **members}) == {pointer: sentence}


@pytest.mark.parametrize(
    "path",
    [
        "/a",
        "..",
        "a/..",
        "../a",
        "a/../b",
        "a\\b",
        "a\n",
        "\x01",
        "",
        "a\x7f",
        "a" * 1025,
        "a\n../x",
    ],
)
def test_a_path_that_leaves_the_root_or_hides_is_refused(path: str) -> None:
    assert list(problems({"title": "x", "context": {"files": [path]}})) == ["/context/files/0"]
    assert problems({"title": "x", "context": {"messages_file": path}})
    assert problems({"title": "x", "locks": {"held": [path]}})


@pytest.mark.parametrize("path", ["a", "a/b.c", "..a", "a..b/c", "ü/😀", "a b", "-", ".env"])
def test_an_ordinary_path_is_taken(path: str) -> None:
    assert handoff(context={"files": [path]}).files[0].path == path


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "http://", "http:///x", "https://u@x/", "http://[x/", "http://x:99999/",
     "http://a b/", "ftp://x/", "//x/", "http://x/\u202e", "x"],
)  # fmt: skip
def test_an_address_that_is_no_plain_web_address_is_refused(url: str) -> None:
    assert problems({"title": "x", "context": {"links": [{"url": url}]}})
    assert problems({"title": "x", "callback": {"url": url}})
    assert problems({"title": "x", "target": {"kind": "agent", "agent_card_url": url}})


def test_inline_files_are_decoded_strictly() -> None:
    data = bytes(range(256))
    encoded = base64.b64encode(data).decode()
    inline = [{"path": "a.bin", "content_base64": encoded}, {"path": "b.txt", "content": "ä\n"}]
    document = handoff(context={"files": [*inline, "c"]})
    assert [file.content for file in document.files] == [data, "ä\n".encode(), None]
    for bad in (encoded[:-1], encoded + "\n", "%%%%", "ä"):
        file = {"path": "a", "content_base64": bad}
        assert problems({"title": "x", "context": {"files": [file]}}) == {
            "/context/files/0/content_base64": "context.files[0].content_base64: is not base64"
        }


def test_one_path_with_two_contents_is_refused_and_the_same_twice_is_not() -> None:
    first, second = {"path": "a", "content": "1"}, {"path": "a", "content": "2"}
    assert problems({"title": "x", "context": {"files": [first, second]}})
    assert problems({"title": "x", "context": {"files": [first, "a"]}})
    assert len(handoff(context={"files": ["a", "a", "b"]}).files) == 3


@pytest.mark.parametrize(
    ("members", "trigger"),
    [
        ({}, "completion"),
        ({"error": "boom", "actions": [{"name": "a"}]}, "error"),
        ({"actions": [{"name": "a"}], "confidence": {"score": 0.1, "threshold": 0.5}},
         "critical_action"),
        ({"confidence": {"score": 0.1, "threshold": 0.5}}, "low_confidence"),
        ({"confidence": {"score": 0.5, "threshold": 0.5}}, "completion"),
        ({"confidence": {"score": 0.1}}, "completion"),
        ({"confidence": 0.1}, "completion"),
        ({"error": "boom", "trigger": "question"}, "question"),
    ],
)  # fmt: skip
def test_the_trigger_is_inferred_in_the_protocols_order(
    members: dict[str, Any], trigger: str
) -> None:
    assert handoff(**members).trigger == trigger


def test_default_decisions_follow_what_can_be_edited() -> None:
    plain = ("approve", "request_changes", "reject", "respond")
    assert handoff().allowed_decisions == plain
    assert handoff(context={"files": ["a.png"]}).allowed_decisions == plain
    assert handoff(context={"files": ["a.md"]}).allowed_decisions == (*plain, "edit")
    gone = {"path": "a.md", "change": "deleted"}
    assert handoff(context={"files": [gone]}).allowed_decisions == plain
    assert handoff(actions=[{"name": "a"}]).allowed_decisions == plain
    assert handoff(actions=[{"name": "a", "args": {}}]).allowed_decisions == (*plain, "edit")
    assert handoff(trigger="question").allowed_decisions == ("respond", "reject")
    assert default_decisions(trigger="error", has_args=False, has_text_file=True)[-1] == "edit"


def test_an_action_follows_its_own_decisions_else_the_handoffs() -> None:
    document = handoff(
        allowed_decisions=["approve", "request_changes"],
        actions=[{"name": "a"}, {"name": "b", "id": "x", "allowed_decisions": ["reject"]}],
    )
    assert [action.allowed_decisions for action in document.actions] == [("approve",), ("reject",)]
    assert [action.id for action in document.actions] == ["0", "x"]


def test_the_highest_risk_is_of_the_actions() -> None:
    risks = [{"name": "a", "risk": risk} for risk in ("medium", "critical", "low")]
    assert handoff(actions=risks).highest_risk == "critical"
    assert handoff(actions=risks).is_critical
    assert handoff(trigger="critical_action").highest_risk is None
    assert not handoff(trigger="critical_action").is_critical


def test_every_member_arrives_typed() -> None:
    document = handoff(
        id="run-1", summary="s", agent="bot", error="boom", confidence=0.5,
        context={
            "messages": [{"role": "user", "content": "hi"}], "messages_file": "h.jsonl",
            "logs": ["a.log"], "links": [{"url": "https://x.example/"}],
            "steps": ["one", {"action": "two", "at": "2026-11-22T11:00:00+01:00"}],
        },
        routing={"queue": "q", "tags": ["t"], "priority": "high", "assignees": ["ana"]},
        target={"kind": "agent", "agent": "writer"},
        checkpoint={"file": "c.json", "state": None, "step": 2.0},
        locks={"released": ["a"]}, callback={"url": "https://x.example/cb"},
        expires_at="2026-11-22T12:30:00.5+01:30", metadata={"thread": 1}, parent="ho_1",
        created_at="2026-11-22t09:00:00z", workspace="web", extra_member=[1],
    )  # fmt: skip
    assert document.external_id == "run-1"
    assert document.agent is not None
    assert document.agent.name == "bot"
    assert document.error is not None
    assert document.error.message == "boom"
    assert document.confidence is not None
    assert document.confidence.score == 0.5
    assert document.steps[1].at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert document.expires_at == datetime(2026, 11, 22, 11, 0, 0, 500_000, tzinfo=UTC)
    assert document.created_at == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert document.checkpoint is not None
    assert (document.checkpoint.has_state, document.checkpoint.step) == (True, 2)
    assert document.callback is not None
    assert document.callback.events == (
        "handoff.changes_requested", "handoff.decided", "handoff.expired",
    )  # fmt: skip
    assert document.routing.priority == "high"
    assert document.target.agent == "writer"
    assert document.locks.released == ("a",)
    assert document.metadata == {"thread": 1}
    assert document.unknown == {"extra_member": [1]}
    assert document.workspace == "web"


def test_a_file_does_not_choose_its_workspace() -> None:
    value = {"title": "x", "workspace": "web"}
    assert schema.parse(value, now=NOW, origin="file").workspace is None


def test_a_stored_document_is_loaded_as_it_was_even_after_it_expired() -> None:
    document = handoff(expires_at="2026-11-22T10:00:01Z", confidence=strictjson.loads(b"0.50"))
    loaded = schema.load(document.canonical)
    assert loaded == document
    assert '"confidence":0.50' in loaded.canonical


def test_near_misspellings_are_named_at_every_level_and_kept() -> None:
    steps = [{"action": "a", "stauts": "ok"}] * 9
    document = handoff(
        sumary="s", contex={}, allowedDecisions=["approve"], note="unlike any member",
        actions=[{"name": "a", "rsik": "high", "args": {"titel": 1}}],
        context={"files": [{"path": "a", "sha265": "x"}], "steps": steps},
        agent={"name": "a", "modell": "m"}, metadata={"titel": 1},
    )  # fmt: skip
    assert {each.pointer for each in document.warnings} == {
        "/sumary", "/contex", "/allowedDecisions", "/actions/0/rsik", "/context/files/0/sha265",
        "/context/steps/0/stauts", "/agent/modell",
    }  # fmt: skip
    assert document.warnings[0].detail == ('sumary: is not a known member; did you mean "summary"?')
    assert document.unknown["sumary"] == "s"


@pytest.mark.parametrize(
    ("args_schema", "pointer"),
    [
        ({"type": "strng"}, "/type"),
        ({"properties": []}, "/properties"),
        ({"required": "a"}, "/required"),
        ({"$ref": "https://example.org/x.json"}, "/$ref"),
        ({"$ref": "file:///etc/passwd"}, "/$ref"),
        ({"$ref": "#/$defs/gone"}, "/$ref"),
        ({"properties": {"a": {"pattern": "("}}}, "/properties/a/pattern"),
        ({"pattern": "((a{1000}){1000}){1000}"}, "/pattern"),
        ({"pattern": "a" * 501}, "/pattern"),
        ({"patternProperties": {"(": {}}}, "/patternProperties/("),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, "/properties/a/$dynamicRef"),
        ({"enum": ["x" * 70_000]}, ""),
        ({"properties": {f"p{i}": {} for i in range(600)}}, ""),
    ],
)
def test_an_args_schema_that_cannot_be_used_is_a_problem(
    args_schema: dict[str, Any], pointer: str
) -> None:
    found = problems({"title": "x", "actions": [{"name": "a", "args_schema": args_schema}]})
    assert "/actions/0/args_schema" + pointer in found


def test_an_args_schema_of_another_draft_is_taken() -> None:
    draft7 = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"x": {"type": "string"}},
        "properties": {"a": {"$ref": "#/definitions/x"}, "b": {"items": [{"type": "string"}]}},
    }
    assert handoff(actions=[{"name": "a", "args_schema": draft7}]).actions[0].args_schema == draft7


def test_many_large_schemas_in_one_handoff_are_refused_quickly() -> None:
    big = {"properties": {f"p{i}": {"type": "string"} for i in range(450)}}
    actions = [{"name": "a", "args_schema": {**big, "title": str(i)}} for i in range(50)]
    before = time.thread_time()
    assert problems({"title": "x", "actions": actions})
    assert time.thread_time() - before < 2


@pytest.mark.parametrize(
    "value",
    [
        {"title": "x", "context": {"files": ["a"] * 500_000}},
        {"title": "x", "context": {"messages": [{"role": "user", "content": [{}] * 500_000}]}},
        {"title": "x", "callback": {"url": "https://x/", "events": [{}] * 300_000}},
        {f"titel{i}": 1 for i in range(100_000)},
        {"title": "x", "actions": [[]] * 50, "x": [[]] * 500_000},
    ],
)
def test_a_document_of_two_mebibytes_is_judged_within_a_second(value: Any) -> None:
    before = time.thread_time()
    try:
        schema.parse(value, now=NOW, origin="api")
    except schema.InvalidDocument as error:
        assert len(error.errors) <= 100
    assert time.thread_time() - before < 1


def test_the_checker_knows_every_keyword_of_the_protocols_schema() -> None:
    assert shape.unknown_keywords(ROOT) == set()


def _mutants() -> st.SearchStrategy[Any]:
    """Good documents with some of their values swapped for others."""
    odd = st.sampled_from([
        None, True, 0, -1, 1.0, 0.5, 7, "", " ", "x", "a/../b", "x" * 300, [], ["a", "a"], {},
        {"name": "a"}, {"path": "a"}, {"url": "https://x/"}, {"kind": "agent"}, "agent", "approve",
        [{"role": "user"}], [1], {"score": 2}, {"message": "m"}, "https://x/", "2026-01-01",
    ])  # fmt: skip
    return st.tuples(
        st.sampled_from([*EXAMPLES["handoff_ok"].values(), *EXAMPLES["handoff_bad"].values()]),
        st.lists(st.tuples(st.integers(0, 60), odd), max_size=3),
        st.sampled_from([*ROOT["properties"]]),
        odd,
    ).map(_mutate)


def _mutate(drawn: tuple[Any, list[tuple[int, Any]], str, Any]) -> Any:
    value, swaps, member, added = drawn
    value = copy.deepcopy(value)
    for number, odd in swaps:
        places = list(_places(value))
        if places:
            holder, key = places[number % len(places)]
            holder[key] = copy.deepcopy(odd)
    if isinstance(value, dict):
        value.setdefault(member, copy.deepcopy(added))
    return value


def _places(value: Any) -> Any:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(inner):
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)


ORACLE = jsonschema.Draft202012Validator(ROOT)


@settings(max_examples=400, deadline=None)
@given(_mutants())
def test_the_checker_agrees_with_the_jsonschema_library(value: Any) -> None:
    value = json.loads(json.dumps(value))
    date_faults = [each for each in shape.faults(value, ROOT) if "date and time" in each.words]
    others = len(shape.faults(value, ROOT)) - len(date_faults)
    assert (others == 0) == ORACLE.is_valid(value)


def test_the_products_schemas_are_sound() -> None:
    for name in sources.NAMES:
        jsonschema.Draft202012Validator.check_schema(sources.load(name))
    with pytest.raises(KeyError):
        sources.text("../settings")


@pytest.mark.parametrize(("kind", "is_good"), [("ok", True), ("bad", False)])
@pytest.mark.parametrize("name", ["decision", "checkpoint"])
def test_the_other_examples_fit_their_schemas_as_marked(
    name: str, kind: str, is_good: bool
) -> None:
    validator = jsonschema.Draft202012Validator(sources.load(f"{name}-v1"))
    for value in EXAMPLES[f"{name}_{kind}"].values():
        assert validator.is_valid(value) == is_good
