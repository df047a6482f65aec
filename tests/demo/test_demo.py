"""What a newcomer finds: the demo's promises, and that loading it again is harmless."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from reviews import demo, firing
from reviews.models import Artifact, Handoff, Outcome, Problem, Risk, Source, Status, Trigger
from workspaces import auth, events
from workspaces.models import Event, User, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def loaded(data_folder: Path) -> Path:
    demo.load(data_folder)
    return data_folder


def bound(**facts: str) -> bool:
    return Artifact.objects.filter(is_stored=True, **facts).exists()


def test_three_workspaces_hold_at_least_ten_handoffs_of_all_five_triggers(loaded: Path) -> None:
    assert Workspace.objects.active().filter(handoffs__isnull=False).distinct().count() == 3
    assert Handoff.objects.count() >= 10
    assert set(Handoff.objects.values_list("trigger", flat=True)) == set(Trigger.values)


def test_they_came_through_both_doors(loaded: Path) -> None:
    assert set(Handoff.objects.values_list("source", flat=True)) == set(Source.values)


def test_the_evidence_is_real_and_kept(loaded: Path) -> None:
    assert bound(path__endswith="pydicom__pydicom-1458.patch")
    assert bound(path__endswith=".traj", kind="messages")
    assert bound(path__endswith="events.json", kind="messages")
    assert bound(path__endswith=".log", kind="log")
    assert bound(path__endswith=".png")
    assert bound(path__endswith=".csv")
    assert bound(path__endswith=".html")


def test_no_handoff_names_a_file_that_is_missing(loaded: Path) -> None:
    assert list(Artifact.objects.filter(sha256=None).values_list("path", flat=True)) == []


def test_a_reviewer_asked_for_changes_and_the_second_round_waits(loaded: Path) -> None:
    handoff = Handoff.objects.get(source_path="changes/dark-mode/handoff.json")
    assert (handoff.revision, handoff.status) == (2, Status.PENDING)
    first, second = handoff.revisions.order_by("number")
    assert first.answer.outcome == Outcome.CHANGES_REQUESTED
    digests = {each.artifacts.get(kind="file", position=0).sha256 for each in (first, second)}
    assert len(digests) == 2


def test_an_invalid_document_is_a_problem_that_names_every_fault(loaded: Path) -> None:
    problem = Problem.objects.get()
    assert problem.path == "audits/images.handoff.json"
    pointers = {error["pointer"] for error in problem.errors}
    assert {"/trigger", "/confidence", "/context/files/0", "/context/files/1"} <= pointers


def test_critical_several_and_uncertain_ones_wait_for_a_person(loaded: Path) -> None:
    open_ = Handoff.objects.open()
    assert open_.filter(risk=Risk.CRITICAL).exists()
    assert any(len(handoff.current.parsed.actions) > 1 for handoff in open_)
    assert any(
        (confidence := handoff.current.parsed.confidence)
        and confidence.threshold is not None
        and confidence.score is not None
        and confidence.score < confidence.threshold
        for handoff in open_
    )


def test_there_is_a_history_of_answers(loaded: Path) -> None:
    outcomes = set(Handoff.objects.ended().values_list("outcome", flat=True))
    assert {Outcome.APPROVED, Outcome.REJECTED, Outcome.RESPONDED} <= outcomes
    assert Handoff.objects.filter(answers__was_applied=True).count() == 2


def test_a_question_that_nobody_answered_in_time_expires(
    loaded: Path, move_clock: Callable[..., None]
) -> None:
    move_clock(minutes=1)
    firing.fire_due()
    assert Handoff.objects.get(external_id="demo-banner").status == Status.EXPIRED


def test_every_chain_verifies(loaded: Path) -> None:
    assert [fault for each in Workspace.objects.all() for fault in events.verify(each)] == []


def test_the_notes_are_for_the_desks_user_only_and_open_the_doors(loaded: Path) -> None:
    path = loaded / demo.NOTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    notes = json.loads(path.read_text())
    for login in notes["logins"]:
        assert User.objects.get(email=login["email"]).check_password(login["password"])
    assert [login["role"] for login in notes["logins"]] == ["owner", "reviewer", "reviewer"]
    assert auth.bearer(f"Bearer {notes['token']}").agent.name == demo.DEMO_AGENT
    assert Path(notes["folder"]).is_dir()


def test_loading_again_changes_nothing(loaded: Path, move_clock: Callable[..., None]) -> None:
    move_clock(seconds=30)  # one expires two seconds after it came
    firing.fire_due()
    before = (loaded / demo.NOTES).read_bytes(), Handoff.objects.count(), Event.objects.count()
    demo.load(loaded)
    after = (loaded / demo.NOTES).read_bytes(), Handoff.objects.count(), Event.objects.count()
    assert after == before


def test_a_lost_password_is_made_anew(loaded: Path) -> None:
    (loaded / demo.NOTES).unlink()
    notes = demo.load(loaded)
    login = notes["logins"][0]
    assert User.objects.get(email=login["email"]).check_password(login["password"])


def test_production_refuses_the_demo(data_folder: Path, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(demo.NoDemoHere):
        demo.load(data_folder)
    assert not User.objects.exists()
    assert not (data_folder / demo.NOTES).exists()
