"""Votes below and at the quorum: what the agent sees, undoing, new rounds, racing."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from reviews import claims, decisions, invariants, lifecycle
from reviews.models import Answer, Decision, Handoff
from reviews.queue import Filter, Queue
from reviews.verdicts import InvalidVerdict
from tests.cast import Cast
from tests.policy.stage import TWO, demand, member, state, team_of, vote
from workspaces import clock, strictjson
from workspaces.errors import Conflict, Forbidden
from workspaces.models import Event, User, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def the_invariants_hold(request: pytest.FixtureRequest) -> Any:
    yield
    found = {name: list(check()) for name, check in invariants.CHECKS.items()}
    assert not any(found.values()), found


def later() -> None:
    """Every window that is open closes now."""
    Decision.objects.filter(released_at=None, undone_at=None).update(
        release_at=clock.now() - timedelta(seconds=1)
    )
    decisions.release_due()


def test_a_vote_below_the_quorum_is_no_verdict_and_the_agent_sees_nothing(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    claims.claim(handoff=handoff, user=cast.reviewer)
    first = vote(handoff, cast.reviewer)
    assert (first.gives_verdict, first.is_waiting) == (False, True)
    assert state(handoff) == ("pending", "none", "")
    later()
    assert state(handoff) == ("pending", "none", "")
    assert not Answer.objects.exists()
    seen = cast.api().get(f"/api/v1/handoffs/{handoff.public_id}").json()
    assert (seen["status"], seen["decision"]) == ("pending", None)
    assert not Handoff.objects.get(pk=handoff.pk).has_live_claim(clock.now())
    second = vote(handoff, cast.owner)
    assert second.slot == 2
    assert state(handoff) == ("pending", "none", "approved")
    later()
    assert state(handoff) == ("decided", "approved", "")
    document = strictjson.loads(Answer.objects.get().document.encode())
    assert isinstance(document, dict)
    assert [(each["name"], each["type"]) for each in document["votes"]] == [
        ("Rae Reviewer", "approve"),
        ("Olive Owner", "approve"),
    ]
    assert document["decided_by"]["name"] == "Olive Owner"


def test_nobody_votes_twice_and_the_voters_queue_is_free_of_it(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    with pytest.raises(Conflict, match="You have voted"):
        vote(handoff, cast.reviewer)
    with pytest.raises(Forbidden, match="You have voted"):
        claims.claim(handoff=Handoff.objects.get(pk=handoff.pk), user=cast.reviewer)
    mine, theirs = Queue(cast.reviewer), Queue(cast.owner)
    assert mine.counts() == {"open": 0, "mine": 1}
    assert theirs.counts() == {"open": 1, "mine": 0}
    assert list(mine.page().rows) == []
    assert [row.pk for row in Queue(cast.reviewer, Filter("mine")).page().rows] == [handoff.pk]
    assert [row.pk for row in theirs.page().rows] == [handoff.pk]


def test_a_claim_on_its_way_when_one_votes_keeps_nobody_from_voting(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = Handoff.objects.get(pk=cast.submit().pk)
    vote(handoff, cast.reviewer)
    now = clock.now()
    with pytest.raises(lifecycle.Moved):  # what comes after the right was asked
        lifecycle.claim(handoff, cast.reviewer, until=now, at=now, take_over=True)
    assert vote(handoff, cast.owner).gives_verdict


def test_an_approval_of_a_certain_team_is_waited_for(cast: Cast) -> None:
    sec = member(cast, "Sec")
    team = team_of("Security", sec)
    demand(cast, approvals={"needed": 2, "teams": [{"team": team.pk, "needed": 1}]})
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    assert not vote(handoff, cast.owner).gives_verdict
    assert vote(handoff, sec).gives_verdict
    assert state(handoff)[2] == "approved"


def test_one_rejection_ends_it_where_there_is_a_veto(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    assert vote(handoff, cast.owner, "reject", "No.").gives_verdict
    later()
    assert state(handoff) == ("decided", "rejected", "")


def test_without_a_veto_a_rejection_is_counted_and_outvoted(cast: Cast) -> None:
    third = member(cast, "Third")
    demand(cast, approvals={"needed": 2, "veto": False})
    outvoted = cast.submit("a")
    assert not vote(outvoted, cast.reviewer, "reject", "No.").gives_verdict
    assert not vote(outvoted, cast.owner).gives_verdict
    assert vote(outvoted, third).gives_verdict
    assert state(outvoted)[2] == "approved"
    rejected = cast.submit("b")
    vote(rejected, cast.reviewer, "reject", "No.")
    assert vote(rejected, cast.owner, "reject", "No.").gives_verdict
    assert state(rejected)[2] == "rejected"


def test_a_vote_is_taken_back_while_its_window_is_open_and_not_after(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert not vote(handoff, cast.owner).gives_verdict
    later()
    with pytest.raises(lifecycle.Moved, match="too late"):
        decisions.undo(handoff=handoff, user=cast.owner)
    assert vote(handoff, cast.reviewer).gives_verdict


def test_a_vote_taken_back_takes_the_verdict_with_it_and_the_other_goes_on(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    last = vote(handoff, cast.owner)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert state(handoff) == ("pending", "none", "")
    last.refresh_from_db()
    assert (last.gives_verdict, last.is_waiting, last.undone_at) == (False, True, None)
    later()
    assert state(handoff)[0] == "pending"
    vote(handoff, cast.reviewer)
    later()
    assert state(handoff) == ("decided", "approved", "")


def test_the_last_vote_taken_back_leaves_the_first_waiting(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    vote(handoff, cast.owner)
    decisions.undo(handoff=handoff, user=cast.owner)
    assert state(handoff) == ("pending", "none", "")
    vote(handoff, cast.owner)
    assert state(handoff)[2] == "approved"


def test_a_veto_stands_though_the_approval_before_it_is_taken_back(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    vote(handoff, cast.owner, "reject", "No.")
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert state(handoff)[2] == "rejected"
    later()
    assert state(handoff) == ("decided", "rejected", "")


def test_once_it_has_left_no_vote_can_be_taken_back(cast: Cast) -> None:
    demand(cast, **TWO)
    Workspace.objects.update(undo_seconds=8)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    last = vote(handoff, cast.owner)
    Decision.objects.filter(pk=last.pk).update(release_at=clock.now())
    decisions.release_due()
    assert state(handoff)[0] == "decided"
    with pytest.raises(lifecycle.Moved):
        decisions.undo(handoff=handoff, user=cast.reviewer)


def test_the_next_round_voids_the_votes_and_may_be_voted_on_again(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit("One", id="a")
    vote(handoff, cast.reviewer)
    cast.submit("Two", id="a")
    assert Queue(cast.reviewer).counts()["open"] == 1
    assert not vote(handoff, cast.owner).gives_verdict
    assert vote(handoff, cast.reviewer).gives_verdict
    later()
    document = strictjson.loads(Answer.objects.get().document.encode())
    assert isinstance(document, dict)
    assert (document["revision"], len(document["votes"])) == (2, 2)


def test_what_several_approve_is_neither_edited_nor_approved_in_part(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit(actions=[{"id": "a", "name": "pay", "args": {"n": 1}}])
    from reviews.given import Given, Verdict

    revision = handoff.current
    with pytest.raises(InvalidVerdict, match="request changes instead"):
        decisions.decide(
            handoff=handoff,
            user=cast.reviewer,
            revision=1,
            digest=revision.package_sha256,
            given=Given((Verdict("edit", "a", edited_args={"n": 2}),)),
        )


def test_every_vote_is_an_event_of_its_own(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    vote(handoff, cast.reviewer)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    vote(handoff, cast.reviewer)
    vote(handoff, cast.owner)
    kinds = list(
        Event.objects.filter(subject_id=handoff.public_id)
        .order_by("seq")
        .values_list("kind", flat=True)
    )
    assert kinds == [
        "handoff.submitted",
        "handoff.voted",
        "handoff.vote_undone",
        "handoff.voted",
        "handoff.verdict",
    ]


def test_invariants_notice_a_verdict_without_its_votes(cast: Cast) -> None:
    demand(cast, **TWO)
    handoff = cast.submit()
    made = vote(handoff, cast.reviewer)
    Decision.objects.filter(pk=made.pk).update(gives_verdict=True)
    told = list(invariants.every_verdict_has_its_votes())
    assert any("not the votes for it" in line for line in told)
    assert any("waits though" in line for line in told)
    Decision.objects.filter(pk=made.pk).update(gives_verdict=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("voters", [2, 4])
def test_of_people_voting_at_once_each_counts_and_exactly_one_completes(
    make_cast: Callable[[], Cast], voters: int
) -> None:
    cast = make_cast()
    people = [cast.owner, cast.reviewer, member(cast, "Third"), member(cast, "Fourth")][:voters]
    demand(cast, **TWO)
    for _ in range(3):
        handoff = cast.submit()
        barrier = threading.Barrier(voters)
        lost: list[str] = []

        def race(user: User, handoff: Handoff = handoff, barrier: Any = barrier) -> None:
            barrier.wait()
            try:
                vote(handoff, user)
            except Conflict as error:
                lost.append(error.detail)  # noqa: B023
            finally:
                connections.close_all()

        threads = [threading.Thread(target=race, args=(user,)) for user in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        cast_votes = list(handoff.decisions.filter(undone_at=None).order_by("slot"))
        assert [each.slot for each in cast_votes] == [1, 2]
        assert [each.gives_verdict for each in cast_votes] == [False, True]
        assert len(lost) == voters - 2
        assert state(handoff)[2] == "approved"


@pytest.mark.django_db(transaction=True)
def test_of_an_undo_and_the_completing_vote_at_once_none_is_lost(
    make_cast: Callable[[], Cast],
) -> None:
    cast = make_cast()
    demand(cast, **TWO)
    for _ in range(4):
        handoff = cast.submit()
        vote(handoff, cast.reviewer)
        barrier = threading.Barrier(2)

        def undo(handoff: Handoff = handoff, barrier: Any = barrier) -> None:
            barrier.wait()
            decisions.undo(handoff=handoff, user=cast.reviewer)
            connections.close_all()

        def complete(handoff: Handoff = handoff, barrier: Any = barrier) -> None:
            barrier.wait()
            vote(handoff, cast.owner)
            connections.close_all()

        threads = [threading.Thread(target=each) for each in (undo, complete)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert state(handoff) == ("pending", "none", "")
        left = handoff.decisions.get(undone_at=None)
        assert (left.reviewer_id, left.is_waiting) == (cast.owner.pk, True)
