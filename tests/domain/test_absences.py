"""Out of office: who stands in, what moves when it begins, and what stays where it is."""

import itertools
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import assigning, claims, dispatch, invariants, lifecycle, standing_in
from reviews.models import Delivery, Handoff, Status
from tests.cast import Cast, make_user
from tests.domain.test_intake import decide, let_go
from workspaces import absences, availability, clock
from workspaces.errors import Forbidden, Invalid
from workspaces.models import DESK, Absence, Event, Membership, Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def sam(cast: Cast) -> User:
    return member(cast, "sam@example.com", "Sam")


def member(cast: Cast, email: str, name: str, role: Role = Role.REVIEWER) -> User:
    user = make_user(email, name=name)
    Membership.objects.create(user=user, workspace=cast.workspace, role=role)
    return user


def away(user: User, to: User | None = None, **days: float) -> Absence:
    until = clock.now() + timedelta(**days) if days else None
    return absences.set_away(user, delegate=to, until=until, by=user)


def assigned(handoff: Handoff) -> User | None:
    return Handoff.objects.select_related("assigned_to").get(pk=handoff.pk).assigned_to


def told(handoff: Handoff) -> dict[str, object]:
    """The payload of the newest assignment."""
    events = Event.objects.filter(subject_id=handoff.public_id, kind="handoff.assigned")
    return dict(events.latest("id").payload or {})


def for_rae(cast: Cast, title: str = "Deploy?") -> Handoff:
    handoff = cast.submit(title)
    assigning.assign(handoff=handoff, user=cast.owner, to=cast.reviewer)
    return handoff


# --- who stands in ---


def test_who_is_there_is_available_and_nobody_stands_in(cast: Cast, sam: User) -> None:
    now = clock.now()
    away(cast.reviewer, sam)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    asked: list[User | int] = [cast.owner, cast.reviewer.pk, cast.stranger, sam]
    later = clock.now()
    assert availability.available(asked, later) == {cast.owner.pk, sam.pk}
    assert availability.available(asked, now - timedelta(days=1)) >= {cast.reviewer.pk}
    assert availability.stand_in(sam, later) is None
    assert availability.stand_in(cast.reviewer, later) == sam


def test_a_chain_is_followed_and_a_cycle_ends(cast: Cast, sam: User) -> None:
    tom = member(cast, "tom@example.com", "Tom")
    away(cast.reviewer, sam)
    away(sam, tom)
    assert availability.stand_in(cast.reviewer, clock.now()) == tom
    away(tom, cast.reviewer)
    for person in (cast.reviewer, sam, tom):
        assert availability.stand_in(person, clock.now()) is None


def test_who_may_not_decide_here_is_passed_over_to_who_stands_in_for_them(
    cast: Cast, sam: User
) -> None:
    viewer = member(cast, "vera@example.com", "Vera", Role.VIEWER)
    away(cast.reviewer, viewer)
    handoff = for_rae(cast)
    assert assigned(handoff) is None
    assert told(handoff) == {
        "revision": 1,
        "to": None,
        "from": None,
        "for": cast.reviewer.pk,
        "because": "nobody",
    }
    away(viewer, sam)
    assert assigned(for_rae(cast)) == sam


def test_the_roster_is_one_query_however_long_the_chain(cast: Cast) -> None:
    people = [member(cast, f"p{n}@example.com", f"P{n}") for n in range(8)]
    for person, delegate in itertools.pairwise(people):
        away(person, delegate)
    roster = availability.Roster(clock.now())
    with CaptureQueriesContext(connection) as captured:
        assert roster.stand_in(people[0].pk) == people[-1]
        assert roster.stand_in(people[3].pk) == people[-1]
    assert len(captured) == 1


# --- setting it ---


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"until": -1}, "/until"),
        ({"since": 3, "until": 2}, "/until"),
        ({"since": 4000}, "/since"),
        ({"until": 4000}, "/until"),
        ({"note": "x" * 201}, "/note"),
    ],
)
def test_a_time_or_note_that_makes_no_sense_is_refused_by_its_name(
    cast: Cast, given: dict[str, object], pointer: str
) -> None:
    now = clock.now()
    read = {
        name: now + timedelta(days=value) if isinstance(value, int) else value
        for name, value in given.items()
    }
    with pytest.raises(Invalid) as refused:
        absences.set_away(cast.reviewer, by=cast.reviewer, **read)  # type: ignore[arg-type]
    assert pointer in [problem.pointer for problem in refused.value.errors]
    assert not Absence.objects.exists()


def test_nobody_stands_in_for_themselves(cast: Cast) -> None:
    with pytest.raises(Invalid, match="themselves"):
        away(cast.reviewer, cast.reviewer)


def test_a_second_absence_takes_the_place_of_the_first(cast: Cast, sam: User) -> None:
    first = away(cast.reviewer, days=1)
    second = away(cast.reviewer, sam, days=3)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert absences.standing(cast.reviewer) == second


# --- what moves ---


def test_what_is_assigned_moves_when_it_begins_and_both_are_named(
    cast: Cast, sam: User, move_clock: Callable[..., None]
) -> None:
    handoff, sent_back, done = for_rae(cast), for_rae(cast, "Back"), for_rae(cast, "Done")
    let_go(decide(cast, sent_back, "request_changes", "Mend it."))
    let_go(decide(cast, done))
    absences.set_away(
        cast.reviewer, since=clock.now() + timedelta(hours=1), delegate=sam, by=cast.reviewer
    )
    assert standing_in.sweep() == 0
    assert assigned(handoff) == cast.reviewer
    move_clock(hours=2)
    assert standing_in.sweep() == 2
    assert (assigned(handoff), assigned(sent_back)) == (sam, sam)
    assert assigned(done) == cast.reviewer  # it has ended
    assert told(handoff) == {
        "revision": 1,
        "to": sam.pk,
        "from": cast.reviewer.pk,
        "for": cast.reviewer.pk,
        "because": "away",
    }
    assert standing_in.sweep() == 0
    dispatch.run_once()
    assert Delivery.objects.filter(user=sam, event__kind="handoff.assigned").exists()
    assert not list(invariants.status_is_the_fold_of_events())


def test_new_assignments_go_to_who_stands_in(cast: Cast, sam: User) -> None:
    away(cast.reviewer, sam)
    handoff = for_rae(cast)
    assert assigned(handoff) == handoff.assigned_to == sam
    assert told(handoff)["for"] == cast.reviewer.pk
    found = standing_in.told_of(Handoff.objects.get(pk=handoff.pk))
    assert found is not None and found.person == cast.reviewer and found.absence is not None


def test_with_nobody_there_it_is_left_to_all_with_the_reason(cast: Cast) -> None:
    handoff = for_rae(cast)
    away(cast.reviewer)
    standing_in.sweep()
    assert assigned(handoff) is None
    assert told(handoff)["because"] == "nobody"
    found = standing_in.told_of(Handoff.objects.get(pk=handoff.pk))
    assert found is not None and found.is_left_to_all


def test_who_takes_something_while_away_keeps_it(cast: Cast, sam: User) -> None:
    away(cast.reviewer, sam)
    standing_in.sweep()
    handoff = cast.submit()
    assigning.assign(handoff=handoff, user=cast.reviewer, to=cast.reviewer)
    assert standing_in.sweep() == 0
    assert assigned(handoff) == cast.reviewer


def test_the_return_takes_nothing_back(
    cast: Cast, sam: User, move_clock: Callable[..., None]
) -> None:
    handoff = for_rae(cast)
    away(cast.reviewer, sam, days=2)
    standing_in.sweep()
    move_clock(days=3)
    standing_in.sweep()
    ended = Absence.objects.get(user=cast.reviewer)
    assert ended.ended_at is not None
    assert assigned(handoff) == sam
    assert assigned(for_rae(cast, "New")) == cast.reviewer
    back = Event.objects.filter(workspace__slug=DESK, kind="away.ended")
    assert [each.payload for each in back] == [{"user": cast.reviewer.pk, "because": "time"}]


def test_i_am_back_ends_it_once(cast: Cast, sam: User) -> None:
    away(cast.reviewer, sam)
    assert absences.come_back(cast.reviewer, by=cast.reviewer)
    assert not absences.come_back(cast.reviewer, by=cast.reviewer)
    assert assigned(for_rae(cast)) == cast.reviewer


def test_an_absence_that_was_over_before_a_sweep_saw_it_moves_nothing(
    cast: Cast, sam: User, move_clock: Callable[..., None]
) -> None:
    handoff = for_rae(cast)
    away(cast.reviewer, sam, hours=1)
    move_clock(hours=2)
    assert standing_in.sweep() == 0
    assert assigned(handoff) == cast.reviewer


def test_claims_are_freed_and_a_verdict_under_way_takes_its_course(cast: Cast, sam: User) -> None:
    claimed, verdict = cast.submit("Claimed"), cast.submit("Decided")
    claims.claim(handoff=claimed, user=cast.reviewer)
    decision = decide(cast, verdict)
    away(cast.reviewer, sam)
    standing_in.sweep()
    claimed.refresh_from_db()
    assert claimed.claimed_by is None
    freed = Event.objects.get(kind="handoff.claim_released")
    assert (freed.actor_kind, (freed.payload or {})["because"]) == ("system", "away")
    let_go(decision)
    verdict.refresh_from_db()
    assert verdict.status == Status.DECIDED


def test_a_sweep_that_stops_is_gone_on_with(cast: Cast, sam: User) -> None:
    moved = [for_rae(cast, f"Number {n}") for n in range(5)]
    away(cast.reviewer, sam)
    waiting = Absence.objects.filter(begun_at=None)
    assert standing_in.sweep(limit=2) == 2
    assert waiting.exists()
    assert standing_in.sweep(limit=2) == 2
    assert standing_in.sweep(limit=2) == 1
    assert not waiting.exists()
    assert {assigned(each) for each in moved} == {sam}
    assert Event.objects.filter(kind="away.begun").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_move_each_handoff_once(transactional_cast: Cast) -> None:
    cast = transactional_cast
    sam = member(cast, "sam@example.com", "Sam")
    moved = [for_rae(cast, f"Number {n}") for n in range(6)]
    away(cast.reviewer, sam)
    together, counts = threading.Barrier(2), []

    def beat() -> None:
        together.wait()
        try:
            counts.append(standing_in.sweep())
        finally:
            connection.close()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()
    assert sum(counts) == 6
    for handoff in moved:
        events = Event.objects.filter(subject_id=handoff.public_id, kind="handoff.assigned")
        assert [(each.payload or {})["to"] for each in events.order_by("seq")] == [
            cast.reviewer.pk,
            sam.pk,
        ]
    assert Event.objects.filter(kind="away.begun").count() == 1


def test_a_handoff_that_ended_meanwhile_is_left_alone(cast: Cast, sam: User) -> None:
    handoff = for_rae(cast)
    let_go(decide(cast, handoff))
    away(cast.reviewer, sam)
    assert standing_in.sweep() == 0
    with pytest.raises(lifecycle.Moved):
        assigning.assign(handoff=handoff, user=cast.owner, to=sam)


def test_one_may_not_assign_to_who_may_not_decide_away_or_not(cast: Cast, sam: User) -> None:
    away(cast.stranger, sam)
    with pytest.raises(Invalid):
        assigning.assign(handoff=cast.submit(), user=cast.owner, to=cast.stranger)
    with pytest.raises(Forbidden):
        assigning.assign(handoff=cast.submit(), user=cast.stranger, to=sam)
