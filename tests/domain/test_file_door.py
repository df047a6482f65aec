"""A file dropped into a folder: taken once when it is whole, answered beside it."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from reviews import dispatch, invariants, scan
from reviews.models import Answer, Handoff, Problem, Revision, SourceFile, Status
from tests.cast import Cast
from tests.domain.test_intake import decide, let_go

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands still at once, so that no test waits a second for it."""
    monkeypatch.setattr(scan, "STILL_SECONDS", 0.0)


def drop(cast: Cast, path: str, document: object) -> Path:
    """As an agent should: a temporary name, then rename."""
    target = cast.write(path + ".tmp", json.dumps(document))
    final = cast.folder / path
    target.rename(final)
    return final


def scan_now(cast: Cast) -> scan.Report:
    return scan.scan_workspace(cast.workspace)


def read(cast: Cast, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cast.folder / path).read_text())
    return found


def test_a_dropped_file_is_taken_and_answered_by_a_receipt_of_its_own_bytes(cast: Cast) -> None:
    file = drop(cast, "out/handoff.json", {"title": "Nightly report is ready"})
    assert scan_now(cast).taken == 1
    handoff = Handoff.objects.get()
    assert (handoff.source, handoff.source_path) == ("file", "out/handoff.json")
    assert handoff.submitter == cast.agent
    receipt = read(cast, "out/handoff.receipt.json")
    assert receipt["status"] == "accepted"
    assert receipt["id"] == handoff.public_id
    assert receipt["document_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert json.loads(file.read_text()) == {"title": "Nightly report is ready"}


def test_a_second_scan_takes_nothing_twice(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    assert scan_now(cast).taken == 0
    assert Handoff.objects.count() == 1


def test_a_receipt_that_a_crash_prevented_is_written_on_the_next_look(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    (cast.folder / "handoff.receipt.json").unlink()
    SourceFile.objects.update(receipt_for="", receipt_sha256="")
    scan_now(cast)
    assert read(cast, "handoff.receipt.json")["status"] == "accepted"
    assert Handoff.objects.count() == 1
    assert Revision.objects.count() == 1


def test_the_answer_lands_beside_the_file(cast: Cast) -> None:
    drop(cast, "nightly.handoff.json", {"title": "Report"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get()))
    dispatch.run_once()
    dispatch.deliver_due()
    document = read(cast, "nightly.decision.json")
    assert document["outcome"] == "approved"
    assert document == json.loads(Answer.objects.get().document)


def test_tonights_report_with_last_nights_words_is_a_new_handoff(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get()))
    dispatch.run_once()
    dispatch.deliver_due()
    first = Handoff.objects.get()
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    assert not (cast.folder / "handoff.decision.json").exists()
    assert (cast.folder / f"handoff.{first.public_id}.r1.decision.json").exists()
    assert list(Handoff.objects.order_by("pk").values_list("status", "generation")) == [
        ("decided", 0),
        ("pending", 1),
    ]


def test_any_new_write_after_a_request_for_changes_is_the_next_round(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Draft"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get(), "request_changes", "Shorter."))
    assert scan_now(cast).taken == 0  # nothing was written: nothing happens
    drop(cast, "handoff.json", {"title": "Draft"})
    scan_now(cast)
    handoff = Handoff.objects.get()
    assert (handoff.status, handoff.revision) == (Status.PENDING, 2)


def test_a_file_written_while_the_answer_is_on_its_way_is_taken_afterwards(cast: Cast) -> None:
    drop(cast, "a.handoff.json", {"title": "Draft", "id": "a"})
    scan_now(cast)
    decision = decide(cast, Handoff.objects.get(), "request_changes", "Shorter.")
    drop(cast, "a.handoff.json", {"title": "Draft 2", "id": "a"})
    assert scan_now(cast).taken == 0
    let_go(decision)
    SourceFile.objects.update(retry_at=decision.decided_at)
    assert scan.retry_waiting() == 1
    assert Handoff.objects.get().revision == 2


def test_a_torn_document_waits_while_it_is_young_and_then_is_a_problem(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.write("handoff.json", '{"title": "Rep')
    scan_now(cast)
    assert not Problem.objects.exists()
    assert not (cast.folder / "handoff.receipt.json").exists()
    monkeypatch.setattr("reviews.file_door.YOUNG_SECONDS", 0.0)
    scan_now(cast)
    assert Problem.objects.get(resolved_at=None).kind == "invalid"
    receipt = read(cast, "handoff.receipt.json")
    assert receipt["status"] == "invalid"
    assert receipt["errors"][0]["line"] == 1


def test_an_invalid_document_names_every_problem_and_mending_it_resolves_it(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": " ", "trigger": "panic"})
    scan_now(cast)
    receipt = read(cast, "handoff.receipt.json")
    assert {error["pointer"] for error in receipt["errors"]} == {"/title", "/trigger"}
    assert Problem.objects.get().resolved_at is None
    drop(cast, "handoff.json", {"title": "Better"})
    scan_now(cast)
    assert Problem.objects.get().resolved_at is not None
    assert read(cast, "handoff.receipt.json")["status"] == "accepted"


def test_a_foreign_file_in_the_receipts_place_is_a_problem_and_stays(cast: Cast) -> None:
    cast.write("handoff.receipt.json", "mine")
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    assert (cast.folder / "handoff.receipt.json").read_text() == "mine"
    assert Problem.objects.get(resolved_at=None).kind == "foreign_file"
    assert Handoff.objects.exists()


def test_a_fifo_a_link_and_an_undecodable_name_are_problems_not_failures(cast: Cast) -> None:
    os.mkfifo(cast.folder / "pipe.handoff.json")
    (cast.folder / "link.handoff.json").symlink_to("/etc/hostname")
    (cast.folder / os.fsdecode(b"bad\xff.handoff.json")).write_text('{"title": "x"}')
    drop(cast, "good.handoff.json", {"title": "Good"})
    assert scan_now(cast).taken == 1
    assert Problem.objects.filter(kind="unreadable", resolved_at=None).count() == 3


def test_a_poisonous_file_does_not_keep_the_others_from_being_taken(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviews import file_door

    take = file_door.take

    def sometimes(workspace: Any, path: str, **options: Any) -> Any:
        if path == "a.handoff.json":
            raise RuntimeError("poison")
        return take(workspace, path, **options)

    monkeypatch.setattr(file_door, "take", sometimes)
    drop(cast, "a.handoff.json", {"title": "A"})
    drop(cast, "b.handoff.json", {"title": "B"})
    assert scan_now(cast).taken == 1
    assert Problem.objects.get().path == "a.handoff.json"


def test_an_ack_file_says_that_the_answer_was_applied(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get()))
    drop(cast, "handoff.ack.json", {"applied": True, "result": {"rows": 3}})
    scan_now(cast)
    answer = Answer.objects.get()
    assert (answer.was_applied, answer.ack_result) == (True, {"rows": 3})


def test_an_answer_changed_by_others_is_an_event_and_a_problem(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get(), "reject", "No."))
    dispatch.run_once()
    dispatch.deliver_due()
    scan_now(cast)
    file = cast.folder / "handoff.decision.json"
    file.write_text(file.read_text().replace("rejected", "approved"))
    scan_now(cast)
    assert Problem.objects.get(resolved_at=None).kind == "tampered"
    assert cast.workspace.events.filter(kind="handoff.answer_tampered").count() == 1


def test_the_longest_prefix_says_which_agent_submits(cast: Cast) -> None:
    from workspaces import provisioning
    from workspaces.actors import SYSTEM

    provisioning.bind_folder(cast.workspace, "writers", cast.second_agent, actor=SYSTEM)
    drop(cast, "writers/a.handoff.json", {"title": "A"})
    drop(cast, "b.handoff.json", {"title": "B"})
    scan_now(cast)
    submitters = dict(Handoff.objects.values_list("title", "submitter__name"))
    assert submitters == {"A": "writer", "B": "builder"}


def test_a_missing_folder_is_a_problem_until_it_is_back(cast: Cast) -> None:
    moved = cast.folder.rename(cast.folder.with_name("elsewhere"))
    scan_now(cast)
    assert Problem.objects.get().kind == "unreadable"
    moved.rename(cast.workspace.root)
    scan_now(cast)
    assert Problem.objects.get().resolved_at is not None


def test_invariants_hold_after_files_came_and_went(cast: Cast) -> None:
    drop(cast, "handoff.json", {"title": "Report"})
    scan_now(cast)
    let_go(decide(cast, Handoff.objects.get()))
    dispatch.run_once()
    dispatch.deliver_due()
    found = {name: list(check()) for name, check in invariants.CHECKS.items()}
    assert all(not lines for lines in found.values()), found


def test_a_handoff_in_a_repository_of_its_own_is_told_of_and_taken_without_the_git(
    cast: Cast,
) -> None:
    cast.write("clone/.git/config", "")
    drop(cast, "clone/handoff.json", {"title": "From a clone"})
    scan_now(cast)
    problem = Problem.objects.get(resolved_at=None)
    assert problem.path == "clone/handoff.json"
    assert "repository of its own" in problem.detail
    shutil.rmtree(cast.folder / "clone" / ".git")
    scan_now(cast)
    assert not Problem.objects.filter(resolved_at=None).exists()
    assert Handoff.objects.get().title == "From a clone"
