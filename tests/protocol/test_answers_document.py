from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from reviews import answers_document, verdicts
from reviews.schema import HandoffDocument, sources
from reviews.verdicts import EditedFile, Given, LineComment, Verdict
from tests.protocol.conftest import handoff
from workspaces import strictjson

SHA = "0" * 64
AT = datetime(2026, 11, 22, 10, 0, 0, 123_456, tzinfo=UTC)
ANA = {"kind": "human", "id": "7", "name": "Ana"}
FILES = [{"path": "copy.md", "size": 12, "sha256": SHA, "note": "left out"}]
SCHEMA = jsonschema.Draft202012Validator(sources.load("decision-v1"))
ACTION = {"id": "call_7", "name": "deploy", "args": {"env": "production"}}


def built(document: HandoffDocument, **members: Any) -> dict[str, Any]:
    body = answers_document.build(document, **{
        "handoff": "ho_01J", "status": "decided", "outcome": "approved", "entries": [],
        "revision": 1, "revision_sha256": SHA, "files": FILES, "decided_at": AT,
        "decided_by": ANA, **members,
    })  # fmt: skip
    read = strictjson.loads(strictjson.dumps(body).encode())
    SCHEMA.validate(read)
    return body


def decided(document: HandoffDocument, given: Given, **members: Any) -> dict[str, Any]:
    entries, outcome = verdicts.check(document, given)
    status = "changes_requested" if outcome == "changes_requested" else "decided"
    return built(
        document, status=status, outcome=outcome, entries=verdicts.as_json(entries),
        comment=given.comment, **members,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["approve", "reject", "respond", "edit"])
@pytest.mark.parametrize("actions", [[], [ACTION], [ACTION, {"name": "b", "args": {}}]])
def test_every_verdict_gives_a_valid_document(kind: str, actions: list[Any]) -> None:
    document = handoff(actions=actions, context={"files": ["copy.md"]}, id="run-1")
    files = (EditedFile("copy.md", SHA),) if kind == "edit" else ()
    body = decided(document, Given((Verdict(kind, message="why"),), edited_files=files))
    assert len(body["decisions"]) == max(len(actions), 1)
    assert body["id"] == "run-1"
    assert body["decided_at"] == "2026-11-22T10:00:00.123Z"
    assert body["files"] == [{"path": "copy.md", "size": 12, "sha256": SHA}]


def test_the_note_is_a_message_for_a_rejection_and_a_comment_for_an_approval() -> None:
    rejected = decided(handoff(), Given((Verdict("reject", message="no"),)))
    assert (rejected["decisions"][0]["message"], rejected.get("comment")) == ("no", None)
    approved = decided(handoff(), Given((Verdict("approve", message="go"),)))
    assert (approved["decisions"][0].get("message"), approved["comment"]) == (None, "go")


def test_a_request_for_changes_carries_its_comments() -> None:
    document = handoff(context={"files": ["copy.md"]})
    comments = (LineComment("Use the glossary.", "copy.md", 12),)
    body = decided(document, Given((Verdict("request_changes"),), comments=comments))
    assert body["status"] == body["outcome"] == "changes_requested"


def test_an_expiry_and_a_withdrawal_have_no_entries() -> None:
    document = handoff(actions=[ACTION])
    system = {"kind": "system"}
    for status in ("expired", "withdrawn"):
        body = built(document, status=status, outcome="none", decided_by=system, files=None)
        assert body["decisions"] == []
        assert "files" not in body


def test_an_expiry_that_rejects_says_so_for_every_action_and_names_no_person() -> None:
    body = built(
        handoff(actions=[ACTION, {"name": "b"}]), status="expired", outcome="rejected",
        decided_by={"kind": "system"},
    )  # fmt: skip
    assert [entry["action_id"] for entry in body["decisions"]] == ["call_7", "1"]
    assert {entry["type"] for entry in body["decisions"]} == {"reject"}


def test_metadata_comes_back_unchanged_and_only_where_there_was_some() -> None:
    metadata = strictjson.loads(b'{"z": 1.50, "a": [null]}')
    assert '"metadata":{"a":[null],"z":1.50}' in strictjson.dumps(
        built(handoff(metadata=metadata), entries=[{"action_id": None, "type": "approve"}])
    )
    approved = [{"action_id": None, "type": "approve"}]
    assert built(handoff(metadata={}), entries=approved)["metadata"] == {}
    assert "metadata" not in built(handoff(), entries=approved)


def test_votes_and_native_bodies_go_along() -> None:
    body = built(
        handoff(), entries=[{"action_id": None, "type": "approve"}],
        votes=[{**ANA, "type": "approve", "at": AT}], native={"decisions": []},
        reason_codes=["policy"],
    )  # fmt: skip
    assert body["votes"][0]["at"] == "2026-11-22T10:00:00.123Z"
    assert body["native"] == {"decisions": []}
    assert body["reason_codes"] == ["policy"]


def test_edited_files_name_the_path_that_was_written() -> None:
    entries = [{"type": "edit", "edited_files": [{"path": "a.md", "sha256": SHA}]}]
    found = answers_document.with_written_paths(entries, {"a.md": "a.edited-r2.md"})
    assert found[0]["edited_files"][0]["path"] == "a.edited-r2.md"
    assert entries[0]["edited_files"][0]["path"] == "a.md"  # type: ignore[index]
