"""Deciding: consent integrity, exactly one winner, undo, release, expiry, withdrawal."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from reviews import claims, decisions, firing, invariants, lifecycle, signing
from reviews.answers import signing_key
from reviews.models import Answer, Decision, Handoff, Status
from reviews.verdicts import Given, InvalidVerdict, Verdict
from tests.cast import Cast
from tests.domain.test_intake import decide, let_go
from workspaces import clock, strictjson
from workspaces.actors import Actor
from workspaces.errors import Conflict, Forbidden
from workspaces.models import Event, User

pytestmark = pytest.mark.django_db


def answer_of(handoff: Handoff) -> dict[str, Any]:
    document = strictjson.loads(Answer.objects.get(handoff=handoff).document.encode())
    assert isinstance(document, dict)
    return document


def test_an_approval_leaves_when_the_undo_window_closes_and_not_before(cast: Cast) -> None:
    handoff = cast.submit()
    decision = decide(cast, handoff)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.verdict) == ("pending", "approved")
    assert decisions.release_due() == 0
    let_go(decision)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.outcome, handoff.verdict) == ("decided", "approved", "")
    document = answer_of(handoff)
    assert document["decisions"] == [{"action_id": None, "type": "approve"}]
    assert document["decided_by"]["kind"] == "human"
    assert signing.verify(document, [signing_key().public])


def test_each_of_the_five_decisions_reaches_the_answer(cast: Cast) -> None:
    action = {"id": "a", "name": "deploy", "args": {"n": 1.50}}
    for kind, outcome in (
        ("approve", "approved"),
        ("edit", "edited"),
        ("request_changes", "changes_requested"),
        ("reject", "rejected"),
        ("respond", "responded"),
    ):
        handoff = cast.submit(kind, actions=[action])
        revision = handoff.current
        whole = kind == "request_changes"
        verdict = Verdict(
            type=kind,
            action_id=None if whole else "a",
            message="Because.",
            edited_args={"n": 2} if kind == "edit" else None,
        )
        decision = decisions.decide(
            handoff=handoff,
            user=cast.reviewer,
            revision=1,
            digest=revision.package_sha256,
            given=Given(verdicts=(verdict,)),
        )
        let_go(decision)
        document = answer_of(handoff)
        assert document["outcome"] == outcome
        assert document["decisions"][0]["type"] == kind


def test_undo_takes_the_verdict_back_and_the_agent_never_hears_of_it(cast: Cast) -> None:
    handoff = cast.submit()
    decide(cast, handoff)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.verdict) == ("pending", "")
    assert not Answer.objects.exists()
    decide(cast, handoff, "reject", "On second thoughts, no.")


def test_undo_after_the_release_comes_too_late(cast: Cast) -> None:
    handoff = cast.submit()
    let_go(decide(cast, handoff))
    with pytest.raises(lifecycle.Moved, match="too late"):
        decisions.undo(handoff=handoff, user=cast.reviewer)


def test_nobody_else_may_undo(cast: Cast) -> None:
    handoff = cast.submit()
    decide(cast, handoff)
    with pytest.raises(Forbidden, match="Rae Reviewer"):
        decisions.undo(handoff=handoff, user=cast.owner)


def test_holding_the_undo_bar_extends_the_window_to_30_seconds_at_most(cast: Cast) -> None:
    handoff = cast.submit()
    decision = decide(cast, handoff)
    earlier = clock.now() - timedelta(seconds=27)
    Decision.objects.update(decided_at=earlier, release_at=clock.now() + timedelta(seconds=1))
    until = decisions.hold(handoff=handoff, user=cast.reviewer)
    decision.refresh_from_db()
    assert until == decision.decided_at + timedelta(seconds=30)


def test_the_second_reviewer_is_told_who_was_faster_and_when(cast: Cast) -> None:
    handoff = cast.submit()
    revision = handoff.current
    decide(cast, handoff)
    with pytest.raises(Conflict, match=r"Rae Reviewer decided this at .*: approved"):
        decisions.decide(
            handoff=handoff,
            user=cast.owner,
            revision=1,
            digest=revision.package_sha256,
            given=Given(verdicts=(Verdict(type="reject"),)),
        )


def test_a_live_claim_of_another_reviewer_stops_a_decision(cast: Cast) -> None:
    handoff = cast.submit()
    claims.claim(handoff=handoff, user=cast.owner)
    with pytest.raises(Conflict, match="Olive Owner has claimed this"):
        decide(cast, handoff)
    claims.release(handoff=handoff, user=cast.owner)
    decide(cast, handoff)


def test_a_stranger_and_a_viewer_cannot_decide(cast: Cast) -> None:
    handoff = cast.submit()
    with pytest.raises(Forbidden):
        decisions.decide(
            handoff=handoff,
            user=cast.stranger,
            revision=1,
            digest=handoff.current.package_sha256,
            given=Given(verdicts=(Verdict(type="approve"),)),
        )


def test_an_agents_owner_does_not_approve_it_while_another_reviewer_could(cast: Cast) -> None:
    cast.agent.owner = cast.reviewer
    cast.agent.save()
    handoff = Handoff.objects.get(pk=cast.submit().pk)
    with pytest.raises(Forbidden, match="your agent"):
        decide(cast, handoff)
    User.objects.filter(pk=cast.owner.pk).update(is_active=False)
    decide(cast, handoff)


def test_a_digest_that_was_not_shown_decides_nothing(cast: Cast) -> None:
    handoff = cast.submit()
    with pytest.raises(decisions.Superseded):
        decisions.decide(
            handoff=handoff,
            user=cast.reviewer,
            revision=1,
            digest="0" * 64,
            given=Given(verdicts=(Verdict(type="approve"),)),
        )


def test_a_decision_that_is_not_allowed_is_refused(cast: Cast) -> None:
    handoff = cast.submit(allowed_decisions=["respond"])
    with pytest.raises(InvalidVerdict):
        decide(cast, handoff, "approve")


def test_a_critical_action_needs_its_name_typed_and_is_released_at_once(cast: Cast) -> None:
    action = {"id": "a", "name": "drop_table", "args": {"t": "x"}, "risk": "critical"}
    handoff = cast.submit(actions=[action])
    revision = handoff.current

    def approve(confirmation: str) -> Decision:
        return decisions.decide(
            handoff=handoff,
            user=cast.reviewer,
            revision=1,
            digest=revision.package_sha256,
            given=Given(verdicts=(Verdict(type="approve", action_id="a"),)),
            confirmation=confirmation,
        )

    with pytest.raises(decisions.NotConfirmed, match="drop_table"):
        approve("drop")
    approve("drop_table")
    handoff.refresh_from_db()
    assert handoff.status == Status.DECIDED


def test_what_expired_is_never_a_persons_rejection(
    cast: Cast, move_clock: Callable[..., None]
) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    expire = cast.submit("a", expires_at=soon)
    reject = cast.submit("b", expires_at=soon, on_expiry="reject")
    approve = cast.submit("c", expires_at=soon, on_expiry="approve")
    escalate = cast.submit("d", expires_at=soon, on_expiry="escalate")
    move_clock(hours=2)
    firing.fire_due()
    outcomes = {}
    for handoff in (expire, reject, approve, escalate):
        handoff.refresh_from_db()
        outcomes[handoff.title] = (handoff.status, handoff.outcome)
    assert outcomes == {
        "a": ("expired", "none"),
        "b": ("expired", "rejected"),
        "c": ("expired", "none"),
        "d": ("pending", "none"),
    }
    assert answer_of(reject)["decided_by"] == {"kind": "system"}


def test_expiry_skips_a_handoff_whose_undo_window_is_open(
    cast: Cast, move_clock: Callable[..., None]
) -> None:
    handoff = cast.submit(expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    decide(cast, handoff)
    move_clock(hours=2)
    assert firing.fire_due() == 0


def test_an_agent_withdraws_once_and_again(cast: Cast) -> None:
    handoff = cast.submit()
    for _ in range(2):
        decisions.withdraw(handoff=handoff, actor=Actor.agent(cast.agent))
    handoff.refresh_from_db()
    assert handoff.status == Status.WITHDRAWN
    assert Event.objects.filter(kind="handoff.withdrawn").count() == 1


def test_every_invariant_holds_after_a_day_of_work(cast: Cast) -> None:
    let_go(decide(cast, cast.submit("a")))
    second = cast.submit("b", id="b")
    let_go(decide(cast, second, "request_changes", "More."))
    cast.submit("b2", id="b")
    third = cast.submit("c")
    decide(cast, third)
    decisions.undo(handoff=third, user=cast.reviewer)
    claims.claim(handoff=third, user=cast.reviewer)
    found = {name: list(check()) for name, check in invariants.CHECKS.items()}
    assert all(not lines for lines in found.values()), found


@pytest.mark.parametrize(
    ("column", "value", "broken"),
    [("status", "decided", "I4"), ("revision", 7, "I1"), ("verdict", "approved", "I4")],
)
def test_invariants_notice_a_row_that_was_tampered_with(
    cast: Cast, column: str, value: str, broken: str
) -> None:
    handoff = cast.submit()
    Handoff.objects.filter(pk=handoff.pk).update(**{column: value})
    found = {name[:2] for name, check in invariants.CHECKS.items() if list(check())}
    assert broken in found


@pytest.mark.parametrize("column", ["kind", "payload", "actor_id", "hash"])
def test_the_audit_chain_notices_a_changed_event(cast: Cast, column: str) -> None:
    cast.submit()
    cast.submit()
    value: object = {"x": 1} if column == "payload" else "changed"
    Event.objects.filter(workspace=cast.workspace, seq=1).update(**{column: value})
    assert list(invariants.the_audit_chain_verifies())


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_of_reviewers_racing_exactly_one_wins(make_cast: Callable[[], Cast]) -> None:
    cast = make_cast()
    results: list[str] = []
    for _ in range(5):
        handoff = cast.submit()
        digest = handoff.current.package_sha256
        barrier = threading.Barrier(6)

        def race(user: User, pk: int = handoff.pk, digest: str = digest) -> None:
            mine = Handoff.objects.get(pk=pk)
            barrier.wait()  # noqa: B023
            try:
                decisions.decide(
                    handoff=mine,
                    user=user,
                    revision=1,
                    digest=digest,
                    given=Given(verdicts=(Verdict(type="approve"),)),
                )
                results.append("won")
            except Conflict:
                results.append("lost")
            finally:
                connections.close_all()

        people = [cast.owner, cast.reviewer] * 3
        threads = [threading.Thread(target=race, args=(user,)) for user in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert results.count("won") == 5
    assert results.count("lost") == 25
    assert Decision.objects.count() == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_of_undo_and_release_racing_exactly_one_wins(make_cast: Callable[[], Cast]) -> None:
    cast = make_cast()
    for _ in range(5):
        handoff = cast.submit()
        decision = decide(cast, handoff)
        Decision.objects.filter(pk=decision.pk).update(release_at=clock.now())
        barrier = threading.Barrier(2)
        results: list[bool] = []

        def release() -> None:
            barrier.wait()  # noqa: B023
            results.append(decisions.release_due() == 1)  # noqa: B023
            connections.close_all()

        def undo(handoff: Handoff = handoff) -> None:
            barrier.wait()  # noqa: B023
            try:
                decisions.undo(handoff=handoff, user=cast.reviewer)
                results.append(True)  # noqa: B023
            except Conflict:
                results.append(False)  # noqa: B023
            connections.close_all()

        threads = [threading.Thread(target=release), threading.Thread(target=undo)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(results) == [False, True]
    assert not list(invariants.one_effective_decision_a_round())
    assert not list(invariants.status_is_the_fold_of_events())


def test_a_decision_that_cannot_be_released_does_not_hold_up_the_others(cast: Cast) -> None:
    broken, sound = cast.submit("broken"), cast.submit("sound")
    for handoff in (broken, sound):
        decide(cast, handoff)
    Handoff.objects.filter(pk=broken.pk).update(verdict="")
    Decision.objects.update(release_at=clock.now())
    assert decisions.release_due() == 1
    sound.refresh_from_db()
    assert sound.status == Status.DECIDED


def edit_file(cast: Cast, handoff: Handoff, path: str, text: str) -> Decision:
    from reviews import binding
    from reviews.verdicts import EditedFile

    blob = binding.store().put_bytes(text.encode())
    return decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=Given(
            verdicts=(Verdict(type="edit"),), edited_files=(EditedFile(path, blob.sha256),)
        ),
    )


def test_an_edited_text_file_is_written_to_its_path_when_the_decision_leaves(cast: Cast) -> None:
    file = cast.write("copy.md", "Hullo")
    handoff = cast.submit(context={"files": ["copy.md"]})
    decision = edit_file(cast, handoff, "copy.md", "Hello")
    assert file.read_text() == "Hullo"
    let_go(decision)
    assert file.read_text() == "Hello"
    entry = answer_of(handoff)["decisions"][0]
    assert [edited["path"] for edited in entry["edited_files"]] == ["copy.md"]
    url = f"/api/v1/handoffs/{handoff.public_id}/files/{entry['edited_files'][0]['sha256']}"
    assert cast.api().get(url).content == b"Hello"


def test_an_edit_that_is_undone_changes_no_file(cast: Cast) -> None:
    file = cast.write("copy.md", "Hullo")
    handoff = cast.submit(context={"files": ["copy.md"]})
    edit_file(cast, handoff, "copy.md", "Hello")
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert decisions.release_due() == 0
    assert file.read_text() == "Hullo"


def test_an_edit_goes_beside_a_file_that_has_changed_since(cast: Cast) -> None:
    file = cast.write("copy.md", "Hullo")
    handoff = cast.submit(context={"files": ["copy.md"]})
    decision = edit_file(cast, handoff, "copy.md", "Hello")
    cast.write("copy.md", "the agent went on")
    let_go(decision)
    assert file.read_text() == "the agent went on"
    assert (cast.folder / "copy.edited-r1.md").read_text() == "Hello"
    entry = answer_of(handoff)["decisions"][0]
    assert entry["edited_files"][0]["path"] == "copy.edited-r1.md"


def test_arguments_edited_to_the_deepest_level_still_reach_the_agent(cast: Cast) -> None:
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    handoff = cast.submit(actions=[{"id": "a", "name": "x", "args": {"v": 1}}])
    decision = decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=Given(verdicts=(Verdict(type="edit", action_id="a", edited_args={"v": deep}),)),
    )
    let_go(decision)
    answer = cast.api().get(f"/api/v1/handoffs/{handoff.public_id}")
    assert answer.status_code == 200


@pytest.mark.parametrize("words", ["a\x00b", "half \ud83d"])
def test_words_that_are_no_text_are_refused_before_they_are_kept(cast: Cast, words: str) -> None:
    handoff = cast.submit()
    with pytest.raises(InvalidVerdict, match="no text"):
        decide(cast, handoff, "reject", words)
    assert not Decision.objects.exists()
