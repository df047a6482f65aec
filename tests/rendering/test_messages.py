"""Conversations of real agents as steps, and whatever torn or hostile files still hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering import messages, steps
from reviews.rendering.messages import load

DATA = Path(__file__).parents[2] / "reviews" / "demo_data" / "trajectories"
EVERY = ("pydicom__pydicom-1458.traj", "swe-agent__test-repo-i1.traj", "rock.traj",
         "function_calling_simple.traj", "openhands-basic-gui-mode.json",
         "openhands-resolver-output.jsonl")  # fmt: skip


def file(name: str) -> bytes:
    return (DATA / name).read_bytes()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_swe_agent_trajectory_has_its_prompts_turns_and_submission() -> None:
    found = load(file("pydicom__pydicom-1458.traj"), "pydicom__pydicom-1458.traj")
    assert (found.kind, found.total, found.note) == ("swe-agent", 16, "")
    assert [step.role for step in found.steps] == [
        "system",
        "user",
        "user",
        *["agent"] * 12,
        "result",
    ]
    assert found.steps[1].title == "Demonstration"
    turn = found.steps[3]
    assert turn.action == "create reproduce_bug.py\n"
    assert turn.observation.startswith("[File: /pydicom__pydicom/reproduce_bug.py")
    assert turn.thought.startswith("First, I'll create") and turn.thought not in turn.text
    assert found.steps[-1].status == "ok" and "diff --git" in found.steps[-1].observation


def test_tool_calls_carry_their_arguments_as_written_and_their_results_their_name() -> None:
    found = load(file("function_calling_simple.traj"), "function_calling_simple.traj")
    assert (found.kind, found.total) == ("swe-agent", 12)
    assert found.steps[2].action == 'find_file({"file_name":"missing_colon.py"})'
    assert (found.steps[3].role, found.steps[3].title) == ("tool", "find_file")
    assert found.steps[3].observation.startswith("Found 1 matches")


def test_openhands_events_join_what_was_done_with_what_was_seen() -> None:
    found = load(file("openhands-basic-gui-mode.json"), "x.json")
    assert (found.kind, found.total) == ("openhands", 6)
    assert "8 entries without words" in found.note
    run = found.steps[1]
    assert (run.role, run.title, run.status) == ("agent", "run", "ok")
    assert run.action == "mkdir -p /workspace/todo-app" and "exit code 0" in run.observation
    assert run.at == "2025-01-20T20:29:35.040676"
    assert found.steps[4].status == "failed"


def test_rows_of_the_openhands_resolver_have_issue_steps_and_patch() -> None:
    found = load(file("openhands-resolver-output.jsonl"), "output.jsonl")
    assert (found.kind, found.total) == ("openhands", 32)
    assert found.steps[0].title == "#5 Add MIT license"
    assert found.steps[2].action == "touch LICENSE" and found.steps[2].status == "ok"
    assert found.steps[6].title == "Patch" and found.steps[6].status == "ok"
    assert found.steps[6].observation.startswith("diff --git a/LICENSE")


CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url"}]},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": '{"p": "."}'}},
        {"id": "c2", "type": "function", "function": {"name": "cat", "arguments": "{torn"}}]},
    {"role": "tool", "tool_call_id": "c2", "content": "no such file"},
    {"role": "assistant", "content": "Done.", "reasoning_content": "Nothing left."},
]  # fmt: skip


@pytest.mark.parametrize("data", [
    as_json(CHAT), as_json({"messages": CHAT}), b"\n".join(map(as_json, CHAT)),
    json.dumps(CHAT, indent=2).encode("utf-16"),
], ids=["array", "object", "lines", "utf-16"])  # fmt: skip
def test_openai_messages_are_read_as_array_object_or_lines(data: bytes) -> None:
    found = load(data, "messages.json")
    assert (found.kind, found.total) == ("openai", 5)
    assert [step.index for step in found.steps] == [0, 1, 2, 3, 4]
    assert found.steps[1].text == "Look:\n[image_url]"
    assert found.steps[2].text == "" and found.steps[2].action == 'ls({"p": "."})\ncat({torn)'
    assert (found.steps[3].title, found.steps[3].observation) == ("cat", "no such file")
    assert (found.steps[4].text, found.steps[4].thought) == ("Done.", "Nothing left.")


def test_items_of_the_responses_api_are_read() -> None:
    found = load(as_json([
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "a.py"},
    ]), "x.json")  # fmt: skip
    assert [(s.thought, s.action, s.title, s.observation) for s in found.steps] == [
        ("hm", "", "", ""), ("", "ls({})", "", ""), ("", "", "ls", "a.py"),
    ]  # fmt: skip


def test_pages_say_which_steps_they_show() -> None:
    data = as_json([{"role": "user", "content": str(n)} for n in range(450)])
    first = load(data, "x")
    assert (len(first.steps), first.total, first.note) == (200, 450, "Shown: 1–200 of 450.")
    last = load(data, "x", start=400)
    assert [step.index for step in last.steps] == list(range(400, 450))
    assert last.note == "Shown: 401–450 of 450."
    assert load(data, "x", start=-5, limit=-5).steps == []
    assert "no step 451" in load(data, "x", start=450).note


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_a_torn_file_shows_what_it_still_holds(name: str, part: float) -> None:
    data = file(name)
    whole = load(data, name).total
    found = load(data[: int(len(data) * part)], name)
    assert found.note and found.total <= whole
    if part >= 0.5:
        assert found.total and found.kind != "unknown"


@pytest.mark.parametrize("data", [
    b"", b"null", b"42", b'"x"', b"[]", b"{}", b"[1, null, []]", b"\xff\xfe", b"\0\0", b"{",
    b"[" * 100_000, b'{"a":' * 100_000, b'[{"role": ' + b"[" * 100_000, b"9" * 10_000,
    b'{"history": 1}', b'{"trajectory": [1, null, {}]}', b'{"messages": {"a": 1}}',
    b'[{"role": {"a": 1}, "content": {"b": [1]}, "tool_calls": [1, {"function": 3}]}]',
    b'[{"type": ["x"]}, {"type": {"a": 1}, "role": "user"}]',
    b'[{"action": {"x": 1}, "args": 3, "id": [1]}, {"observation": 3, "cause": {"a": 1}}]',
    b'{"issue": 3, "git_patch": {"a": 1}, "history": [1, {"action": 3}]}',
], ids=range(21))  # fmt: skip
def test_json_of_the_wrong_shape_is_no_error(data: bytes) -> None:
    found = load(data, "x.traj")
    assert found.kind in {"openai", "swe-agent", "openhands", "unknown"}


def test_a_bad_line_among_json_lines_is_counted() -> None:
    found = load(as_json(CHAT[0]) + b"\n{torn\n" + as_json(CHAT[4]) + b"\n", "x.jsonl")
    assert found.total == 2 and "1 line is not JSON" in found.note


def test_long_words_are_cut_and_lone_surrogates_cannot_break_the_page() -> None:
    long = load(as_json([{"role": "user", "content": "x" * (steps.LIMIT_TEXT + 7)}]), "x")
    assert long.steps[0].text.endswith("… [7 more characters]")
    odd = load(b'[{"role": "user\\ud800", "content": "a\\ud800", "name": "\\udfff"}]', "x")
    for field in vars(odd.steps[0]).values():
        str(field).encode()


def test_more_than_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LIMIT_BYTES", 1 << 20)
    data = as_json([{"role": "user", "content": "x" * 1_000}] * 3_000)
    found = load(data, "x")
    assert 900 < found.total < 1_100 and "Only the first 1 MB" in found.note


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["role", "content", "type", "text", "tool_calls", "function", "name", "id",
                         "arguments", "action", "observation", "args", "extras", "cause", "outputs",
                         "history", "trajectory", "messages", "issue", "git_patch", "metadata",
                         "exit_code", "tool_call_ids", "info", "submission", "summary"]),
        inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@given(ANY, st.sampled_from(["x.traj", "x.json", "x.jsonl"]))
def test_no_json_raises_and_every_step_is_text_that_can_be_sent(value: object, name: str) -> None:
    found = load(json.dumps(value).encode(), name)
    for step in found.steps:
        assert all(isinstance(text, str) for key, text in vars(step).items() if key != "index")
        "".join(str(text) for text in vars(step).values()).encode()
