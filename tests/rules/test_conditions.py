"""Conditions: what they mean, how they are told, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.conditions import (
    Facts,
    Names,
    Proposed,
    compiled,
    contradictions,
    evaluate,
    explain,
    sentence,
    validate,
)
from reviews.conditions.globs import matches, part_matches
from reviews.conditions.vocabulary import DEEPEST, MOST_NODES
from tests.rules import trees
from tests.rules.reference import means

NAMES = Names(agents={1: "etl-3"}, workspaces={1: "Acme"})
FACTS = Facts("error", 1, 1, datetime(2026, 3, 27, 12, tzinfo=UTC))


@settings(max_examples=400, deadline=None)
@given(trees.trees, trees.facts)
def test_evaluation_equals_the_reference(tree: Any, facts: Facts) -> None:
    assert validate(tree) == []
    assert evaluate(tree, facts) == means(tree, facts)


@settings(max_examples=200, deadline=None)
@given(trees.trees, trees.facts)
def test_explanation_agrees_with_evaluation_in_every_part(tree: Any, facts: Facts) -> None:
    told = explain(tree, facts, NAMES)
    assert told.holds == evaluate(tree, facts)
    assert told.sentence == sentence(tree, NAMES)
    waiting = [(told, tree)]
    while waiting:
        part, node = waiting.pop()
        assert part.holds == evaluate(node, facts)
        if part.parts:
            inner = node.get("and") or node.get("or") or [node["not"]]
            assert len(inner) == len(part.parts)
            waiting += zip(part.parts, inner, strict=True)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(), st.sampled_from(["and", "or", "not", "fact", "op", "value"])),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON, trees.facts)
def test_whatever_is_not_refused_can_be_evaluated_and_told(tree: Any, facts: Facts) -> None:
    if not validate(tree):
        assert explain(tree, facts).holds == evaluate(tree, facts)


@settings(max_examples=200, deadline=None)
@given(trees.leaves, st.sampled_from(["fact", "op", "value", "pointer"]), JSON, trees.facts)
def test_a_leaf_with_one_wrong_member_never_raises(
    leaf: Any, member: str, value: Any, facts: Facts
) -> None:
    broken = {**leaf, member: value}
    if not validate(broken):
        assert explain(broken, facts).holds == evaluate(broken, facts)


def test_the_sentence_names_names_and_not_ids() -> None:
    tree = {
        "and": [
            {"fact": "agent", "op": "eq", "value": 1},
            {"fact": "confidence", "op": "lt", "value": 0.6},
        ]
    }
    assert sentence(tree, NAMES) == "the agent is etl-3 and confidence is below 0.6"
    assert sentence({"fact": "agent", "op": "eq", "value": 7}, NAMES) == (
        "the agent is no. 7 (no longer there)"
    )


def test_a_hostile_name_stays_one_name_in_the_sentence() -> None:
    names = Names(agents={1: "x” or the risk is \u202elow\n<script>"})
    told = sentence({"fact": "agent", "op": "eq", "value": 1}, names)
    assert told == 'the agent is “x" or the risk is \\u202elow\\n<script>”'


@pytest.mark.parametrize(
    ("tree", "pointer"),
    [
        ([], ""),
        ("x", ""),
        ({}, "/fact"),
        ({"and": []}, "/and"),
        ({"and": [1]}, "/and/0"),
        ({"and": [], "or": []}, ""),
        ({"not": [1]}, "/not"),
        ({"or": [{"fact": "mood", "op": "eq", "value": 1}]}, "/or/0/fact"),
        ({"fact": ["trigger"], "op": "eq", "value": 1}, "/fact"),
        ({"fact": "trigger", "op": "lt", "value": "error"}, "/op"),
        ({"fact": "trigger", "op": "eq"}, "/value"),
        ({"fact": "trigger", "op": "eq", "value": "boredom"}, "/value"),
        ({"fact": "trigger", "op": "in", "value": ["error", "x"]}, "/value/1"),
        ({"fact": "trigger", "op": "eq", "value": "error", "a/b": 1}, "/a~1b"),
        ({"fact": "confidence", "op": "lt", "value": "0.6"}, "/value"),
        ({"fact": "confidence", "op": "lt", "value": True}, "/value"),
        ({"fact": "confidence", "op": "lt", "value": float("nan")}, "/value"),
        ({"fact": "agent", "op": "eq", "value": "etl-3"}, "/value"),
        ({"fact": "agent", "op": "eq", "value": True}, "/value"),
        ({"fact": "argument", "op": "eq", "value": 1}, "/pointer"),
        ({"fact": "argument", "pointer": "amount", "op": "eq", "value": 1}, "/pointer"),
        ({"fact": "argument", "pointer": "/~x", "op": "eq", "value": 1}, "/pointer"),
        ({"fact": "argument", "pointer": "/a", "op": "lt", "value": None}, "/value"),
        ({"fact": "argument", "pointer": "/a", "op": "eq", "value": [1]}, "/value"),
        ({"fact": "files", "op": "match", "value": ["/etc"]}, "/value/0"),
        ({"fact": "text", "op": "contains", "value": "…"}, "/value"),
        ({"fact": "text", "op": "contains", "value": "\ud800"}, "/value"),
        ({"fact": "time", "op": "within", "value": {"from": "9:00", "to": "10:00"}}, "/value/from"),
        ({"fact": "time", "op": "within", "value": {"zone": "../etc"}}, "/value/zone"),
        ({"fact": "time", "op": "within", "value": {"zone": "Mars/Base"}}, "/value/zone"),
        ({"fact": "time", "op": "within", "value": {"weekdays": ["so"]}}, "/value/weekdays"),
        ({"fact": "time", "op": "within", "value": {}}, "/value"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tree: Any, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in validate(tree)]


def test_deep_and_large_trees_are_refused_before_anything_walks_them() -> None:
    tree: Any = {"fact": "round", "op": "eq", "value": 1}
    for _ in range(100_000):
        tree = {"not": tree}
    assert "deep" in validate(tree)[0].detail
    leaf = {"fact": "round", "op": "eq", "value": 1}
    assert "parts" in validate({"or": [leaf] * (MOST_NODES + 1)})[0].detail
    assert "large" in validate({"or": ["x" * 1000] * 1000})[0].detail
    nested: Any = leaf
    for _ in range(DEEPEST - 1):
        nested = {"not": nested}
    assert validate(nested) == []
    assert validate({"not": nested}) != []


@settings(max_examples=300, deadline=None)
@given(
    st.lists(trees.leaves, min_size=1, max_size=5), st.lists(trees.facts, min_size=5, max_size=9)
)
def test_what_is_called_a_contradiction_never_holds(leaves: Any, many: list[Facts]) -> None:
    tree = {"and": leaves}
    if contradictions(tree):
        assert not any(evaluate(tree, facts) for facts in many)


@pytest.mark.parametrize(
    ("parts", "is_one"),
    [
        ([("trigger", "eq", "error"), ("trigger", "eq", "question")], True),
        ([("trigger", "in", ["error", "question"]), ("trigger", "ne", "error")], False),
        ([("confidence", "lt", 0.5), ("confidence", "ge", 0.5)], True),
        ([("confidence", "le", 0.5), ("confidence", "ge", 0.5)], False),
        ([("confidence", "gt", 1)], True),
        ([("confidence", "exists", False), ("confidence", "lt", 0.5)], True),
        ([("risk", "gt", "critical")], True),
        ([("risk", "ge", "high"), ("risk", "ne", "critical")], False),
        ([("round", "lt", 1)], True),
        ([("queue", "eq", "a"), ("queue", "contains", "b")], True),
        ([("tags", "eq", "a"), ("tags", "eq", "b")], False),
    ],
)
def test_contradictions_are_told(parts: list[tuple[str, str, Any]], is_one: bool) -> None:
    leaves = [{"fact": fact, "op": op, "value": value} for fact, op, value in parts]
    assert bool(contradictions({"and": [{"and": leaves}]})) is is_one
    assert [p.pointer for p in contradictions({"not": {"or": [{"and": leaves}]}})] == (
        ["/not/or/0"] if is_one else []
    )


def test_another_type_is_false_and_explained() -> None:
    facts = Facts(
        "error", 1, 1, FACTS.at, actions=(Proposed("pay", {"amount": "500", "paid": None}),)
    )
    leaf = {"fact": "argument", "pointer": "/amount", "op": "gt", "value": 100}
    told = explain(leaf, facts)
    assert not told.holds
    assert told.found == "found: “500” (of another type, so it is not compared)"
    assert explain({**leaf, "pointer": "/nothing"}, facts).found == "there is none"
    assert evaluate({**leaf, "pointer": "/paid", "op": "eq", "value": None}, facts)
    assert not evaluate({**leaf, "pointer": "/paid", "op": "eq", "value": False}, facts)


def test_an_explanation_shows_no_secret() -> None:
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    args = {"password": "swordfish", "note": f"use {key}"}
    facts = Facts("error", 1, 1, FACTS.at, actions=(Proposed("login", args),))
    for pointer in ("/password", "/note"):
        leaf = {"fact": "argument", "pointer": pointer, "op": "exists", "value": True}
        told = explain(leaf, facts).found
        assert "swordfish" not in told
        assert key not in told


def test_numbers_of_any_kind_are_compared_as_numbers() -> None:
    facts = Facts("error", 1, 1, FACTS.at, actions=(Proposed("pay", {"n": 10**99, "b": True}),))
    leaf = {"fact": "argument", "pointer": "/n", "op": "gt", "value": 1.5}
    assert evaluate(leaf, facts)
    assert not evaluate({**leaf, "pointer": "/b", "op": "eq", "value": 1}, facts)


def test_hours_over_midnight_belong_to_the_day_they_began_on() -> None:
    value = {"from": "22:00", "to": "06:00", "zone": "Europe/Berlin", "weekdays": ["fri"]}
    leaf = {"fact": "time", "op": "within", "value": value}
    asked = compiled(leaf)

    def at(text: str) -> bool:
        return asked(Facts("error", 1, 1, datetime.fromisoformat(text)))

    assert at("2026-03-27T23:00+01:00")  # Friday night
    assert at("2026-03-28T05:59+01:00")  # Saturday morning
    assert not at("2026-03-28T06:00+01:00")
    assert not at("2026-03-27T05:00+01:00")  # began on Thursday
    # The night when clocks go forward: 02:30 does not exist, 03:30 is 01:30 UTC.
    sunday = {**leaf, "value": {**value, "weekdays": ["sat"]}}
    assert evaluate(sunday, Facts("error", 1, 1, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)))


def test_globs_stay_within_a_part_and_never_take_long() -> None:
    assert matches("deep/in/a.sql", "*.sql")
    assert matches("src/a/b.py", "src/**/b.py")
    assert matches("src/b.py", "src/**/b.py")
    assert not matches("src/a/b.py", "src/*.py")
    assert matches("docs/a/b", "docs/")
    assert not part_matches("a" * 5000, "*a" * 100 + "b")
    assert not matches("/".join("a" * 500), "**/a/" * 50 + "b")


def test_a_tree_is_plain_json() -> None:
    tree = {"fact": "tags", "op": "in", "value": ["a"]}
    assert validate(json.loads(json.dumps(tree))) == []
