"""The protocol's table "Identity": what a second document means, state by state."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from reviews import decisions, intake
from reviews.models import Decision, Handoff, Revision, Status
from reviews.verdicts import Given, Verdict
from tests.cast import Cast
from workspaces import clock
from workspaces.models import Event

pytestmark = pytest.mark.django_db


def decide(cast: Cast, handoff: Handoff, kind: str = "approve", message: str = "") -> Decision:
    handoff.refresh_from_db()
    revision = handoff.revisions.get(number=handoff.revision)
    return decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=revision.number,
        digest=revision.package_sha256,
        given=Given(verdicts=(Verdict(type=kind, message=message),)),
    )


def let_go(decision: Decision) -> None:
    """Close the undo window now."""
    Decision.objects.filter(pk=decision.pk).update(release_at=clock.now() - timedelta(seconds=1))
    assert decisions.release_due() == 1


def test_the_same_document_with_the_same_id_is_a_replay(cast: Cast) -> None:
    first = cast.submit("Deploy?", id="run-1")
    again = cast.submit("Deploy?", id="run-1")
    assert again.pk == first.pk
    assert Revision.objects.count() == 1
    assert Event.objects.filter(kind="handoff.submitted").count() == 1


def test_another_document_with_the_same_id_is_the_next_round(cast: Cast) -> None:
    first = cast.submit("Deploy?", id="run-1")
    again = cast.submit("Deploy now?", id="run-1")
    assert again.pk == first.pk
    again.refresh_from_db()
    assert (again.revision, again.title) == (2, "Deploy now?")


def test_a_late_retry_of_an_earlier_round_does_not_roll_the_newer_one_back(cast: Cast) -> None:
    cast.submit("One", id="run-1")
    cast.submit("Two", id="run-1")
    handoff = cast.submit("One", id="run-1")
    handoff.refresh_from_db()
    assert (handoff.revision, handoff.title) == (2, "Two")


def test_a_document_without_id_is_always_a_new_handoff(cast: Cast) -> None:
    assert cast.submit("Deploy?").pk != cast.submit("Deploy?").pk


def test_another_agents_id_is_another_handoff(cast: Cast) -> None:
    mine = cast.submit("Deploy?", id="run-1")
    theirs = cast.submit("Deploy?", id="run-1", agent=cast.second_agent)
    assert mine.pk != theirs.pk


def test_something_else_while_the_undo_window_is_open_is_told_to_wait(cast: Cast) -> None:
    handoff = cast.submit("Deploy?", id="run-1")
    decide(cast, handoff)
    with pytest.raises(intake.AnswerOnItsWay) as refusal:
        cast.submit("Deploy now?", id="run-1")
    assert 1 <= int(refusal.value.headers["Retry-After"]) <= 9
    cast.submit("Deploy?", id="run-1")  # the same again is a replay
    assert Revision.objects.count() == 1


def test_after_a_request_for_changes_another_document_is_the_next_round(cast: Cast) -> None:
    handoff = cast.submit("Draft", id="run-1")
    let_go(decide(cast, handoff, "request_changes", "Shorter, please."))
    handoff.refresh_from_db()
    assert handoff.status == Status.CHANGES_REQUESTED
    cast.submit("Draft", id="run-1")  # equal JSON and equal files: a replay
    handoff.refresh_from_db()
    assert handoff.status == Status.CHANGES_REQUESTED
    cast.submit("Draft, shorter", id="run-1")
    handoff.refresh_from_db()
    assert (handoff.status, handoff.revision) == (Status.PENDING, 2)


def test_after_a_request_for_changes_the_same_document_over_mended_files_is_the_next_round(
    cast: Cast,
) -> None:
    cast.write("copy.md", "long long")
    handoff = cast.submit("Draft", id="run-1", context={"files": ["copy.md"]})
    let_go(decide(cast, handoff, "request_changes", "Shorter, please."))
    cast.write("copy.md", "short")
    cast.submit("Draft", id="run-1", context={"files": ["copy.md"]})
    handoff.refresh_from_db()
    assert (handoff.status, handoff.revision) == (Status.PENDING, 2)


def test_a_new_document_with_the_id_of_an_ended_handoff_is_refused(cast: Cast) -> None:
    handoff = cast.submit("Deploy?", id="run-1")
    let_go(decide(cast, handoff))
    assert cast.submit("Deploy?", id="run-1").pk == handoff.pk
    with pytest.raises(intake.HasEnded, match="use a new id"):
        cast.submit("Deploy again?", id="run-1")


def test_changed_bound_files_make_a_round_of_their_own(cast: Cast) -> None:
    cast.write("plan.txt", "one")
    handoff = cast.submit("Plan", context={"files": ["plan.txt"]})
    shown = handoff.revisions.get()
    cast.write("plan.txt", "two")
    with pytest.raises(decisions.Superseded):
        decide(cast, handoff)
    handoff.refresh_from_db()
    latest = handoff.revisions.get(number=2)
    assert latest.origin == Revision.Origin.FILES_CHANGED
    assert latest.package_sha256 != shown.package_sha256
    assert latest.document_sha256 == shown.document_sha256
    decide(cast, handoff)  # now what is shown is what is decided


def test_an_absent_file_is_a_warning_and_its_appearing_a_change(cast: Cast) -> None:
    handoff = cast.submit("Plan", context={"files": ["later.txt"]})
    revision = handoff.revisions.get()
    assert revision.warnings[0]["pointer"] == "/context/files/0"
    assert revision.artifacts.get().sha256 is None
    cast.write("later.txt", "here")
    assert intake.rebind(handoff, revision) is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_the_same_post_many_times_at_once_is_one_handoff(make_cast: Callable[[], Cast]) -> None:
    cast = make_cast()
    found: list[int] = []
    barrier = threading.Barrier(8)

    def post() -> None:
        barrier.wait()
        try:
            found.append(cast.submit("Deploy?", id="run-1").pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert Handoff.objects.count() == 1


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"target": {"kind": "agent", "agent": "writer"}}, "/target"),
        ({"callback": {"url": "https://example.com/hook"}}, "/callback/url"),
        ({"on_expiry": "approve"}, "/on_expiry"),
        ({"context": {"files": ["absent.txt"]}}, "/context/files/0"),
    ],
)
def test_what_the_desk_will_not_do_with_a_document_is_a_warning(
    cast: Cast, members: dict[str, Any], pointer: str
) -> None:
    handoff = cast.submit(**members)
    assert [warning["pointer"] for warning in handoff.current.warnings] == [pointer]
