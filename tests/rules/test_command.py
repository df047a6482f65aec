"""``manage.py rules``: rules printed, exported and imported."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from reviews.models import RuleVersion
from reviews.rule_forms import draft_of, published
from tests.cast import Cast
from tests.rules.stage import publish, rule
from workspaces.models import Agent

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("rules", *args, stdout=out, **options)
    return out.getvalue()


def test_rules_are_printed_as_sentences(cast: Cast) -> None:
    low = {
        "and": [
            {"fact": "agent", "op": "eq", "value": cast.agent.pk},
            {"fact": "confidence", "op": "lt", "value": 0.6},
        ]
    }
    assert run("print", "desk") == "No rules of the whole desk yet.\n"
    publish(cast.workspace, rule("Low", low, assign={"to": [{"user": cast.owner.pk}]}))
    assert run("print", "acme").splitlines() == [
        "Version 2, published",
        "1. Low: the agent is builder and confidence is below 0.6 → “Olive Owner”",
        "2. Otherwise → the reviewers of Acme",
    ]
    assert run("print", "acme", number=1).splitlines()[0] == "Version 1, retired"
    with pytest.raises(CommandError, match="no such version"):
        run("print", "acme", "--draft")
    with pytest.raises(CommandError, match="no workspace"):
        run("print", "nowhere")


def test_what_is_exported_is_imported_as_a_draft_or_published(cast: Cast, tmp_path: Path) -> None:
    publish(cast.workspace, rule("Low", {"fact": "confidence", "op": "lt", "value": 0.6}))
    text = run("export", "acme")
    document = json.loads(text)
    document["rules"][0]["name"] = "Very low"
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(document))
    assert run("import", "acme", str(file)) == "2 rules kept as a draft\n"
    draft = draft_of(cast.workspace)
    assert draft is not None
    assert [row.name for row in draft.rules.all()] == ["Very low", "Otherwise"]
    assert run("import", "acme", str(file), "--publish", note="From a file") == (
        "2 rules published as version 3\n"
    )
    version = published(cast.workspace)
    assert version is not None
    assert version.note == "From a file"
    assert json.loads(run("export", "acme")) == document


def test_a_document_without_otherwise_keeps_the_one_there_is(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    rules = [{"name": "All", "actions": {"assign": {"to": [{"role": "owner"}]}}}]
    file.write_text(json.dumps({"rules": rules}))
    assert run("import", "acme", str(file), "--publish") == "2 rules published as version 2\n"
    assert run("import", "desk", str(file), "--publish") == "1 rules published as version 1\n"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"[", "JSON"),
        (b"[]", "list “rules”"),
        (b'{"rules": [1]}', "/rules/0: A rule must be an object"),
        (b'{"rules": [{"name": "A"}]}', "/rules/0/actions: “actions” is missing"),
        (b'{"rules": [{"name": "A", "actions": {}, "mood": 1}]}', "“mood” is not known"),
        (b'{"rules": [{"name": 1, "actions": {}}]}', "/rules/0/name: This is of the wrong type"),
        (b'{"rules": [{"name": "A", "actions": {}}]}', "/rules/0/actions/assign: Say who"),
        (b'{"rules": [{"name": "A", "condition": {"and": []}, "actions": {}}]}', "/condition/and"),
    ],
)
def test_what_is_not_valid_is_refused_and_nothing_is_published(
    cast: Cast, tmp_path: Path, document: bytes, told: str
) -> None:
    file = tmp_path / "rules.json"
    file.write_bytes(document)
    with pytest.raises(CommandError, match=told):
        run("import", "acme", str(file), "--publish")
    assert RuleVersion.objects.filter(status="published").count() == 1
    assert Agent.objects.count() == 2
