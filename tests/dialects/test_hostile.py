"""Whatever stands where a native body should: taken, or refused with a pointer into it."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews import dialects, schema
from reviews.schema import InvalidDocument
from tests.dialects.payloads import BODIES
from workspaces import strictjson

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(["{}", "{", "[]", '{"a": 1}', "approve", "function_call", "x" * 300]),
)  # fmt: skip
MEMBERS = st.sampled_from([
    "action_requests", "review_configs", "action_name", "allowed_decisions", "args_schema", "name",
    "args", "action_request", "action", "config", "description", "calls", "approvals", "metadata",
    "tool_name", "tool_call_id", "interruptions", "raw_item", "rawItem", "call_id", "callId", "id",
    "arguments", "type", "agent", "title", "allow_accept", "",
])  # fmt: skip
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if not isinstance(value, dict | list):
        return [at]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return [at, *(each for key, part in inner for each in places(part, (*at, key)))]


def take(body: Any) -> None:
    """Either a document that handoff/v1 takes and the store reads back, or a refusal in place."""
    try:
        found = dialects.translate(body)
    except InvalidDocument as refusal:
        assert refusal.errors
        for problem in refusal.errors:
            assert problem.detail
            assert problem.pointer == "" or problem.pointer.startswith("/")
            assert not problem.pointer.startswith(("/title", "/actions/"))
        return
    if found is not None:
        document = schema.parse(found.document, now=None, origin="api")
        again = schema.load(document.canonical)
        assert again.actions == document.actions
        entries = [{"type": "reject"} for _ in document.actions]
        native = dialects.native(found.dialect, body, entries, "rejected")
        assert native is not None
        strictjson.dumps(native)


@settings(max_examples=300, deadline=None)
@given(JUNK)
def test_junk_is_refused_or_left_alone(body: Any) -> None:
    take(body)


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_real_body_with_one_wrong_value_never_fails_otherwise(
    name: str, data: st.DataObject
) -> None:
    body = copy.deepcopy(BODIES[name])
    *path, last = data.draw(st.sampled_from([each for each in places(body) if each]))
    place = body
    for part in path:
        place = place[part]
    place[last] = data.draw(JUNK)
    take(body)


@pytest.mark.parametrize("name", BODIES)
def test_each_value_missing_in_turn_never_fails_otherwise(name: str) -> None:
    for path in places(BODIES[name]):
        if path:
            body = copy.deepcopy(BODIES[name])
            place = body
            for part in path[:-1]:
                place = place[part]
            del place[path[-1]]
            take(body)


@pytest.mark.parametrize(
    "body",
    [
        {"action_requests": [{"name": str(n), "args": {}} for n in range(30_000)],
         "review_configs": []},
        {"action_requests": [], "review_configs": [{"action_name": "a"}] * 30_000},
        {"approvals": [{"tool_name": "a", "tool_call_id": str(n)} for n in range(30_000)]},
        [{"action_request": {}}] * 30_000,
        [{"x": 1}] * 30_000,
    ],
)  # fmt: skip
def test_very_many_requests_are_not_looked_at_one_by_one(body: Any) -> None:
    take(body)
