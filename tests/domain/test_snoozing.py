"""Snoozing and assigning: what leaves the queue, what brings it back, who is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reviews import (
    assigning,
    claims,
    conversation,
    decisions,
    dispatch,
    firing,
    intake,
    invariants,
    lifecycle,
    schema,
    snoozing,
)
from reviews.models import Delivery, Handoff, Status
from reviews.queue import Queue
from tests.cast import Cast
from tests.domain.test_intake import decide
from workspaces import clock, strictjson
from workspaces.errors import Forbidden, Invalid
from workspaces.models import Event, Membership, Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def queued(cast: Cast, user: User | None = None) -> list[str]:
    return [each.title for each in Queue(user or cast.reviewer).page().rows]


def snooze(cast: Cast, handoff: Handoff, **ahead: float) -> None:
    until = clock.now() + timedelta(**ahead) if ahead else None
    snoozing.snooze(handoff=handoff, user=cast.reviewer, revision=handoff.revision, until=until)


def kinds(handoff: Handoff) -> list[str]:
    events = Event.objects.filter(subject_id=handoff.public_id).order_by("seq")
    return [each.kind.removeprefix("handoff.") for each in events]


def bells(user: User) -> list[str]:
    dispatch.run_once()
    rows = Delivery.objects.filter(user=user, channel__kind="inbox").order_by("event__seq")
    return [each.event.kind for each in rows]


def next_round(cast: Cast, handoff: Handoff) -> None:
    document = schema.parse(
        strictjson.loads(b'{"title": "Round two"}'), now=clock.now(), origin="api"
    )
    submission = intake.Submission(
        workspace=cast.workspace,
        submitter=cast.agent,
        document=document,
        received_sha256="1" * 64,
        token_id=cast.tokens[cast.agent.pk].pk,
    )
    intake.open_round(handoff, submission)


def test_a_snoozed_handoff_leaves_everybodys_queue_and_comes_back_at_its_time(
    cast: Cast, move_clock: Callable[..., None]
) -> None:
    handoff = cast.submit("Later")
    snooze(cast, handoff, hours=1)
    assert queued(cast) == queued(cast, cast.owner) == []
    assert Queue(cast.reviewer).counts()["open"] == 0
    assert snoozing.wake_due() == 0
    move_clock(hours=1, seconds=1)
    assert queued(cast) == ["Later"]
    assert snoozing.wake_due() == 1
    assert snoozing.wake_due() == 0
    assert kinds(handoff) == ["submitted", "snoozed", "woken"]
    assert bells(cast.reviewer)[-1] == "handoff.woken"
    assert "handoff.woken" not in bells(cast.owner)


def test_until_something_happens_is_not_ended_by_time(
    cast: Cast, move_clock: Callable[..., None]
) -> None:
    snooze(cast, cast.submit("Later"))
    move_clock(days=400)
    assert snoozing.wake_due() == 0
    assert queued(cast) == []


def test_a_message_of_the_agent_wakes_it_and_one_of_a_person_does_not(cast: Cast) -> None:
    handoff = cast.submit("Later")
    snooze(cast, handoff)
    conversation.say(handoff=handoff, user=cast.owner, text="Any news?")
    assert queued(cast) == []
    conversation.say(handoff=handoff, agent=cast.agent, text="Yes: it is done.")
    assert queued(cast) == ["Later"]


def test_a_new_round_wakes_it_even_before_its_time(cast: Cast) -> None:
    handoff = cast.submit("Later")
    snooze(cast, handoff, days=7)
    next_round(cast, handoff)
    assert queued(cast) == ["Round two"]
    assert kinds(handoff)[-2:] == ["revised", "woken"]
    handoff.refresh_from_db()
    assert handoff.package_sha256 == handoff.current.package_sha256


def test_a_round_that_came_meanwhile_is_not_snoozed_unseen(cast: Cast) -> None:
    handoff = cast.submit("Later")
    stale = Handoff.objects.select_related("workspace", "submitter").get(pk=handoff.pk)
    next_round(cast, handoff)
    with pytest.raises(lifecycle.Moved):
        snooze(cast, stale, hours=1)
    assert queued(cast) == ["Round two"]


def test_snoozing_gives_ones_own_claim_back_and_respects_somebody_elses(cast: Cast) -> None:
    handoff = cast.submit("Later")
    claims.claim(handoff=handoff, user=cast.owner)
    with pytest.raises(lifecycle.Moved):
        snooze(cast, handoff, hours=1)
    claims.release(handoff=handoff, user=cast.owner)
    claims.claim(handoff=handoff, user=cast.reviewer)
    snooze(cast, handoff, hours=1)
    handoff.refresh_from_db()
    assert handoff.claimed_by is None


def test_who_may_not_decide_may_not_snooze_nor_wake(cast: Cast) -> None:
    handoff = cast.submit("Later")
    with pytest.raises(Forbidden):
        snoozing.snooze(handoff=handoff, user=cast.stranger, revision=1, until=None)
    snooze(cast, handoff)
    with pytest.raises(Forbidden):
        snoozing.wake_now(handoff=handoff, user=cast.stranger)


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_time_past_or_more_than_a_year_away_is_refused(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid):
        snooze(cast, cast.submit("Later"), days=days)


def test_a_snoozed_handoff_can_be_decided_and_its_undo_leaves_it_awake(cast: Cast) -> None:
    handoff = cast.submit("Later")
    snooze(cast, handoff)
    decide(cast, handoff)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert queued(cast) == ["Later"]


def test_an_expiry_is_not_put_off(cast: Cast, move_clock: Callable[..., None]) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    handoff = cast.submit("Later", expires_at=soon)
    snooze(cast, handoff, days=3)
    move_clock(hours=2)
    assert firing.fire_due() == 1
    handoff.refresh_from_db()
    assert (handoff.status, handoff.snoozed_until, handoff.snoozed_by) == (
        Status.EXPIRED,
        None,
        None,
    )


def test_the_agent_is_told_nothing_of_a_snooze(cast: Cast) -> None:
    handoff = cast.submit("Later", callback={"url": "https://agent.example.com/hook"})
    snooze(cast, handoff)
    dispatch.run_once()
    assert not Delivery.objects.filter(event__kind="handoff.snoozed").exists()


def test_an_assignment_rings_for_the_assignee_once_and_wakes(cast: Cast) -> None:
    handoff = cast.submit("For you")
    snooze(cast, handoff)
    assert assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.owner)
    assert not assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.owner)
    assert queued(cast) == ["For you"]
    assert kinds(handoff) == ["submitted", "snoozed", "assigned", "woken"]
    assert bells(cast.owner).count("handoff.assigned") == 1
    assert "handoff.assigned" not in bells(cast.reviewer)
    assert Queue(cast.owner).counts()["mine"] == 1


def test_nobody_hears_of_assigning_to_themselves(cast: Cast) -> None:
    assigning.assign(handoff=cast.submit(), user=cast.reviewer, to=cast.reviewer)
    assert "handoff.assigned" not in bells(cast.reviewer)


def test_who_may_not_decide_cannot_be_assigned(cast: Cast) -> None:
    handoff = cast.submit()
    viewer = cast.stranger
    Membership.objects.create(user=viewer, workspace=cast.workspace, role=Role.VIEWER)
    with pytest.raises(Invalid):
        assigning.assign(handoff=handoff, user=cast.reviewer, to=viewer)
    with pytest.raises(Forbidden):
        assigning.assign(handoff=handoff, user=viewer, to=cast.reviewer)
    assert assigning.candidates(handoff) == [cast.owner, cast.reviewer]


def test_what_has_ended_is_assigned_to_nobody(cast: Cast) -> None:
    cast.workspace.undo_seconds = 0
    cast.workspace.save()
    handoff = cast.submit()
    decide(cast, handoff)
    with pytest.raises(lifecycle.Moved):
        assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.owner)


def test_the_invariants_hold_after_all_of_it(cast: Cast) -> None:
    for number in range(3):
        handoff = cast.submit(f"Number {number}")
        snooze(cast, handoff, hours=1)
        assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.owner)
        snooze(cast, handoff)
        snoozing.wake_now(handoff=handoff, user=cast.owner)
    for check in invariants.CHECKS.values():
        if "outbox" not in str(check):
            assert list(check()) == []
