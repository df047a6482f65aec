"""Many handoffs at once: each as if decided by itself, and nothing that needs a look of its own."""

import threading
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from reviews import bulk, bulk_placing, claims, decisions, invariants, reveals, verdicts
from reviews.bulk import Pick, Result
from reviews.models import Decision, Handoff
from tests.cast import Cast
from tests.domain.test_intake import let_go
from workspaces.models import Membership, Role

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def pick(handoff: Handoff) -> Pick:
    return Pick(handoff.pk, handoff.revision, handoff.package_sha256)


def approve(cast: Cast, *handoffs: Handoff) -> list[Result]:
    return bulk.decide(cast.reviewer, [pick(each) for each in handoffs], "approve", "")


def why(cast: Cast, handoff: Handoff, verb: str = "approve") -> str:
    """The reason it is left out; looking ahead and doing it say the same."""
    looked = bulk.look(cast.reviewer, [pick(handoff)], verb)[0]
    done = bulk.decide(cast.reviewer, [pick(handoff)], verb, "Because.")[0]
    assert not looked.is_done
    assert not done.is_done
    assert looked.text == done.text
    return done.text


def test_each_is_decided_by_itself_and_can_be_taken_back(cast: Cast) -> None:
    handoffs = [cast.submit(f"Number {n}") for n in range(3)]
    results = approve(cast, *handoffs)
    assert [each.is_done for each in results] == [True] * 3
    assert all(each.release_at for each in results)
    assert Decision.objects.filter(undone_at=None).count() == 3
    undone = bulk.undo(cast.reviewer, [each.pk for each in handoffs])
    assert [each.is_done for each in undone] == [True] * 3
    assert not Decision.objects.filter(undone_at=None).exists()


def test_the_note_goes_with_every_request_for_changes(cast: Cast) -> None:
    handoffs = [cast.submit(f"Number {n}") for n in range(2)]
    bulk.decide(cast.reviewer, [pick(each) for each in handoffs], "request_changes", "Add a test.")
    entries = [each.read_entries()[0] for each in Decision.objects.all()]
    assert [each["message"] for each in entries] == ["Add a test."] * 2


def test_a_critical_action_is_never_decided_with_others(cast: Cast) -> None:
    critical = cast.submit("Drop it", actions=[{"name": "drop", "risk": "critical"}])
    plain = cast.submit("Fine")
    results = approve(cast, critical, plain)
    assert [each.is_done for each in results] == [False, True]
    for verb in bulk.OUTCOMES:
        assert "critical" in why(cast, critical, verb)


def test_the_agents_trigger_makes_nothing_critical_neither_alone_nor_with_others(
    cast: Cast,
) -> None:
    """What the page would ask a confirmation for is left out, and nothing else."""
    for risk in ("low", "medium", "high", None):
        action = {"id": "a", "name": "restart", **({"risk": risk} if risk else {})}
        alone, together = (
            cast.submit(f"{risk} {n}", trigger="critical_action", actions=[action])
            for n in range(2)
        )
        decisions.decide(
            handoff=alone,
            user=cast.reviewer,
            revision=1,
            digest=alone.package_sha256,
            given=verdicts.Given((verdicts.Verdict("approve", "a"),)),
        )
        assert bulk.look(cast.reviewer, [pick(together)], "approve")[0].is_done
        assert approve(cast, together)[0].is_done
    stated = cast.submit("Stated", actions=[{"name": "restart", "risk": "critical"}])
    assert "critical" in why(cast, stated)


def test_masked_secrets_are_named_before_and_need_a_reveal_only_to_approve(cast: Cast) -> None:
    secret = {"id": "a", "name": "login", "args": {"password": "hunter2-hunter2"}}
    masked, other = (cast.submit(f"Masked {n}", actions=[secret]) for n in range(2))
    assert "masked secrets" in why(cast, masked)
    assert not Decision.objects.exists()
    assert bulk.look(cast.reviewer, [pick(other)], "reject")[0].is_done
    reveals.reveal(
        handoff=masked,
        revision=masked.current,
        user=cast.reviewer,
        place="action:0",
        kinds=["password"],
    )
    results = approve(cast, masked, other)
    assert [each.is_done for each in results] == [True, False]


def test_several_actions_and_questions_need_a_look_of_their_own(cast: Cast) -> None:
    several = cast.submit("Two", actions=[{"name": "a", "id": "a"}, {"name": "b", "id": "b"}])
    assert "2 actions" in why(cast, several)
    assert "answer" in why(cast, cast.submit("Which?", trigger="question"))
    limited = cast.submit("Only no", allowed_decisions=["reject"])
    assert "does not allow" in why(cast, limited)


def test_what_is_claimed_decided_or_changed_meanwhile_says_so(cast: Cast) -> None:
    claimed, taken, moved = (cast.submit(f"Number {n}") for n in range(3))
    claims.claim(handoff=claimed, user=cast.owner)
    assert "Olive Owner has claimed this until" in why(cast, claimed)
    bulk.decide(cast.owner, [pick(taken)], "approve", "")
    assert "Olive Owner decided this at" in why(cast, taken)
    Handoff.objects.filter(pk=moved.pk).update(revision=2)
    assert "newer round" in why(cast, moved)
    other = Pick(moved.pk, 2, "0" * 64)
    assert "newer round" in bulk.decide(cast.reviewer, [other], "approve", "")[0].text


def test_who_may_not_decide_or_not_even_see_it_is_told_no_more(cast: Cast) -> None:
    handoff = cast.submit()
    unseen = bulk.decide(cast.stranger, [pick(handoff)], "approve", "")[0]
    unknown = bulk.decide(cast.stranger, [Pick(999_999, 1, "0" * 64)], "approve", "")[0]
    assert unseen.text == unknown.text
    assert unseen.handoff is None
    Membership.objects.create(user=cast.stranger, workspace=cast.workspace, role=Role.VIEWER)
    assert "needs the role" in bulk.decide(cast.stranger, [pick(handoff)], "approve", "")[0].text


def test_sending_it_again_decides_nothing_twice(cast: Cast) -> None:
    handoff = cast.submit()
    first = approve(cast, handoff)
    again = approve(cast, handoff)
    assert [each.is_done for each in first + again] == [True, True]
    assert Decision.objects.count() == 1
    let_go(Decision.objects.get())
    late = approve(cast, handoff)[0]
    assert late.is_done
    assert late.release_at is None
    assert "too late" in bulk.undo(cast.reviewer, [handoff.pk])[0].text


def test_one_that_fails_does_not_keep_the_others_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = cast.submit("Bad"), cast.submit("Good")
    real = decisions.decide

    def breaks(**given: Any) -> Decision:
        if given["handoff"] == bad:
            raise RuntimeError
        return real(**given)

    monkeypatch.setattr(decisions, "decide", breaks)
    results = approve(cast, bad, good)
    assert [each.is_done for each in results] == [False, True]
    assert "failed" in results[0].text


def test_looking_ahead_at_many_takes_a_few_queries(cast: Cast) -> None:
    picks = [pick(cast.submit(f"Number {n}")) for n in range(30)]
    with CaptureQueriesContext(connections["default"]) as seen:
        bulk.look(cast.reviewer, picks, "approve")
    assert len(seen) <= 8


def test_holding_the_bar_keeps_every_window_open(cast: Cast) -> None:
    handoffs = [cast.submit(f"Number {n}") for n in range(2)]
    first = min(each.release_at for each in approve(cast, *handoffs) if each.release_at)
    until = bulk.hold(cast.reviewer, [each.pk for each in handoffs])
    assert until is not None
    assert until >= first
    assert bulk.hold(cast.owner, [each.pk for each in handoffs]) is None


def test_picks_are_read_strictly_and_each_handoff_once() -> None:
    digest = "a" * 64
    texts = [f"1:1:{digest}", f"1:2:{digest}", "2:1:short", "x", f"3:1:{digest}"]
    assert [each.pk for each in bulk.parse(texts)] == [1, 3]
    many = [f"{n}:1:{digest}" for n in range(1, bulk.MOST + 50)]
    assert len(bulk.parse(many)) == bulk.MOST


def test_snooze_assign_and_claim_work_for_many_with_a_result_each(cast: Cast) -> None:
    handoffs = [cast.submit(f"Number {n}") for n in range(2)]
    picks = [pick(each) for each in handoffs]
    claims.claim(handoff=handoffs[0], user=cast.owner)
    claimed = bulk_placing.claim(cast.reviewer, picks)
    assert [each.is_done for each in claimed] == [False, True]
    assert "Olive Owner" in claimed[0].text
    assigned = bulk_placing.assign(cast.reviewer, picks, cast.owner)
    assert [each.is_done for each in assigned] == [True, True]
    bulk_placing.give_back(cast.reviewer, {each.pk: None for each in handoffs})
    assert not Handoff.objects.filter(assigned_to__isnull=False).exists()
    snoozed = bulk_placing.snooze(cast.reviewer, picks, None)
    assert [each.is_done for each in snoozed] == [False, True]
    assert [each.is_done for each in bulk_placing.wake(cast.reviewer, picks)] == [True, True]


def test_of_two_batches_at_once_each_handoff_is_decided_once(transactional_cast: Cast) -> None:
    cast = transactional_cast
    picks = [pick(cast.submit(f"Number {n}")) for n in range(10)]
    results: dict[int, list[Result]] = {}
    barrier = threading.Barrier(2)

    def batch(pk: int) -> None:
        user = cast.reviewer if pk == cast.reviewer.pk else cast.owner
        order = picks if pk == cast.reviewer.pk else picks[::-1]
        barrier.wait()
        try:
            results[pk] = bulk.decide(user, order, "approve", "")
        finally:
            connections.close_all()

    people = [cast.reviewer.pk, cast.owner.pk]
    threads = [threading.Thread(target=batch, args=(pk,)) for pk in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    done = [r.pick.pk for found in results.values() for r in found if r.is_done]
    assert sorted(done) == sorted(p.pk for p in picks)
    left = [r.text for found in results.values() for r in found if not r.is_done]
    assert len(left) == 10
    assert all("decided this at" in text for text in left)
    assert Decision.objects.filter(undone_at=None).count() == 10
    for check in invariants.CHECKS.values():
        if check is not invariants.nothing_lingers_in_the_outbox:
            assert list(check()) == []
