"""Every example of docs/routing.md is valid and reads as it is printed there."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reviews import conditions, rule_actions
from reviews.conditions.vocabulary import TERMS

PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.+?)\n```\n\n> (.+)\n", PAGE)
NAMES = conditions.Names({3: "etl-3"}, {1: "Acme"}, {7: "Ann"}, {2: "Data"}, {4: "On call"})


@pytest.mark.parametrize(("text", "told"), EXAMPLES)
def test_an_example_is_valid_and_reads_as_printed(text: str, told: str) -> None:
    value = json.loads(text)
    if "assign" not in value:
        assert conditions.validate(value) == []
        assert conditions.sentence(value, NAMES) == told
    else:
        assert rule_actions.validate(value, needs_people=True) == []
        assert rule_actions.sentence(value, NAMES, place="Acme") == told


def test_every_fact_op_and_action_is_told() -> None:
    assert len(EXAMPLES) == PAGE.count("```json")
    rows = {
        name: {op.strip() for op in ops.split(",")}
        for names, ops in re.findall(r"^\| (`.+?`) \| (.+?) \|", PAGE, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    assert rows == {name: set(term.ops) for name, term in TERMS.items()}
    asked: set[str] = set()
    done: set[str] = set()
    for text, _told in EXAMPLES:
        value: Any = json.loads(text)
        if "assign" not in value:
            asked |= {leaf["fact"] for leaf in conditions.leaves(value)}
        else:
            done |= set(value)
    assert asked == set(TERMS)
    assert done == set(rule_actions.NAMES)
