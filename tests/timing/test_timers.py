"""Timers of a round: what is planned, what fires, what holds it, and that it fires once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from reviews import (
    claims,
    decisions,
    dispatch,
    firing,
    invariants,
    ladder,
    lifecycle,
    migrations,
    schema,
    snoozing,
)
from reviews.answers_document import build
from reviews.models import Answer, Delivery, Handoff, Status, Timer, WorkHours
from tests.cast import Cast
from tests.domain.test_intake import decide, let_go
from tests.domain.test_snoozing import next_round
from tests.timing.stage import WEEK, kinds, last, reviewer, team, waiting, with_effects
from workspaces import absences, clock, faults, strictjson
from workspaces.models import Event, Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
HOUR = {"minutes": 60, "business": False}
Move = Callable[..., None]


def told(user: User) -> list[str]:
    while dispatch.run_once():
        pass
    rows = Delivery.objects.filter(user=user, channel__kind="inbox").order_by("event__seq")
    return [each.event.kind.removeprefix("handoff.") for each in rows]


def at(handoff: Handoff, kind: str, step: int = 0) -> datetime:
    return Timer.objects.get(handoff=handoff, revision=handoff.revision, kind=kind, step=step).at


def minutes_after(handoff: Handoff, moment: datetime | None) -> float:
    assert moment is not None
    return round((moment - handoff.queued_at) / timedelta(minutes=1), 3)


def fresh(handoff: Handoff) -> Handoff:
    return Handoff.objects.select_related("workspace", "submitter").get(pk=handoff.pk)


# --- planning ---


def test_without_a_due_time_or_an_end_nothing_is_planned(cast: Cast) -> None:
    handoff = cast.submit()
    assert waiting(handoff) == [] and handoff.due_at is None


def test_a_rules_due_time_is_planned_with_its_reminder_and_its_ladder(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = [{"role": "admin"}]
    ladder = [
        {"at": 0.75, "to": to, "act": "notify"},
        {"minutes": 10, "business": False, "to": to, "act": "notify"},
        {"at": 1.0, "to": to, "act": "assign"},
    ]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    assert minutes_after(handoff, handoff.due_at) == 60
    assert [minutes_after(handoff, at(handoff, "escalate", n)) for n in range(3)] == [45, 10, 60]
    assert minutes_after(handoff, at(handoff, "warn")) == 30
    assert not Timer.objects.filter(kind="expire").exists()  # due is a wish, not an end


def test_business_time_counts_by_the_workspaces_calendar(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkHours.objects.create(
        workspace=cast.workspace,
        zone="Europe/Berlin",
        hours=WEEK,
        holidays={"2026-11-23": "Moving day"},
    )
    friday = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 16:00 there
    monkeypatch.setattr(clock, "now", lambda: friday)
    with_effects(
        monkeypatch,
        due={"minutes": 120, "business": True},
        ladder=[{"at": 1.0, "to": [{"role": "admin"}], "act": "notify"}],
    )
    handoff = cast.submit()
    tuesday = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert handoff.due_at == at(handoff, "escalate") == tuesday
    assert handoff.is_due_in_business_time
    assert at(handoff, "warn") == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def test_nothing_is_due_later_than_the_document_ends(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_effects(monkeypatch, due={"minutes": 600, "business": False})
    soon = clock.now() + timedelta(hours=1)
    handoff = cast.submit(expires_at=soon.isoformat())
    assert handoff.due_at == handoff.expires_at == at(handoff, "expire")


def test_far_horizons_are_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = [{"at": 1e12, "to": [{"role": "admin"}]}, {"minutes": 10**15, "to": []}]
    with_effects(monkeypatch, due={"minutes": 10**12, "business": True}, ladder=ladder)
    handoff = cast.submit()
    assert handoff.due_at is not None and handoff.due_at.year <= clock.now().year + 11


def test_a_new_round_plans_anew_and_drops_what_was_planned(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, due=HOUR)
    handoff = cast.submit()
    move_clock(minutes=20)
    next_round(cast, handoff)
    assert Timer.objects.get(revision=1).skipped == "round"
    handoff = fresh(handoff)
    assert minutes_after(handoff, handoff.due_at) == 60
    move_clock(minutes=51)
    assert firing.fire_due() == 1
    assert kinds(handoff) == ["submitted", "revised", "due_soon"]


def test_a_decision_ends_all_timers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with_effects(monkeypatch, due=HOUR, ladder=[{"at": 1.0, "to": [{"role": "admin"}]}])
    handoff = cast.submit()
    let_go(decide(cast, fresh(handoff)))
    assert waiting(handoff) == []
    assert set(Timer.objects.values_list("skipped", flat=True)) == {"ended"}


# --- firing ---


def test_at_half_of_the_time_those_it_was_routed_to_are_reminded_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, due=HOUR)
    handoff = cast.submit()
    move_clock(minutes=29)
    assert firing.fire_due() == 0
    move_clock(minutes=31)
    assert firing.fire_due() == 1 and firing.fire_due() == 0
    assert sorted(last(handoff, "due_soon")["to"]) == [cast.owner.pk, cast.reviewer.pk]
    assert told(cast.reviewer) == ["submitted", "due_soon"]


def test_the_reminder_goes_to_whoever_it_is_assigned_to(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, due=HOUR)
    handoff = cast.submit()
    Handoff.objects.filter(pk=handoff.pk).update(assigned_to=cast.reviewer)
    move_clock(minutes=31)
    firing.fire_due()
    assert last(handoff, "due_soon")["to"] == [cast.reviewer.pk]


def test_the_ladder_notifies_then_assigns_the_lead_of_the_team(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    member, lead = reviewer(cast, "Mia"), reviewer(cast, "Lea")
    ops = team(cast, "Ops", member, lead, cast.stranger, lead=lead)
    ladder = [
        {"at": 0.8, "to": [{"user": cast.owner.pk}], "act": "notify"},
        {"at": 1.0, "to": [{"team": ops.pk}], "act": "assign"},
    ]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    move_clock(minutes=50)
    firing.fire_due()
    assert last(handoff, "escalated")["to"] == [cast.owner.pk]
    move_clock(minutes=61)
    firing.fire_due()
    assert fresh(handoff).assigned_to == lead  # the stranger is no member of the workspace
    assert told(lead)[-1] == "assigned"
    assert told(lead).count("escalated") == 0  # one word, not two
    assert kinds(handoff)[-2:] == ["assigned", "escalated"]
    event = Event.objects.get(kind="handoff.assigned")
    assert (event.actor_kind, event.payload and event.payload["from"]) == ("rule", None)
    assert fresh(handoff).status == Status.PENDING  # overdue, and nothing else


def test_who_has_it_already_is_passed_over_while_another_is_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    other = reviewer(cast, "Mia")
    ladder = [{"at": 1.0, "to": [{"user": cast.reviewer.pk}, {"user": other.pk}], "act": "assign"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    Handoff.objects.filter(pk=handoff.pk).update(assigned_to=cast.reviewer)
    move_clock(minutes=61)
    firing.fire_due()
    assert fresh(handoff).assigned_to == other
    assert last(handoff, "assigned") == {"revision": 1, "to": other.pk, "from": cast.reviewer.pk}


def test_the_away_and_the_inactive_and_the_barred_are_skipped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    away, gone, barred, there = (reviewer(cast, name) for name in ("Ann", "Bo", "Cy", "Di"))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    absences.set_away(away, by=away)
    to = [{"user": each.pk} for each in (away, gone, barred, there)]
    ladder = [{"at": 1.0, "to": to, "act": "notify"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder, **{"not": {"users": [barred.pk]}})
    handoff = cast.submit()
    move_clock(minutes=61)
    firing.fire_due()
    assert last(handoff, "escalated")["to"] == [there.pk]


def test_a_step_whose_people_are_all_away_goes_on_at_once_and_ends_with_the_admins(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    admin = reviewer(cast, "Ada", Role.ADMIN)
    away = reviewer(cast, "Ann")
    absences.set_away(away, by=away)
    nobody = [{"user": away.pk}, {"team": 999_999}]
    ladder = [{"at": share, "to": nobody, "act": "assign"} for share in (0.6, 0.8, 1.0)]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    move_clock(minutes=37)
    firing.fire_due()
    assert waiting(handoff) == []
    said = last(handoff, "escalated")
    assert (said["to"], said["because"]) == ([cast.owner.pk, admin.pk], "nobody")
    assert told(admin)[-1] == "escalated"
    assert kinds(handoff).count("escalated") == 1
    skipped = Timer.objects.filter(kind="escalate").values_list("skipped", flat=True)
    assert list(skipped) == ["nobody"] * 3


def test_one_timer_that_fails_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, due=HOUR)
    broken, whole = cast.submit("broken"), cast.submit("whole")
    known = ladder.remind

    def remind(handoff: Handoff, *others: Any) -> None:
        if handoff.pk == broken.pk:
            raise RuntimeError("no")
        known(handoff, *others)

    monkeypatch.setattr(ladder, "remind", remind)
    move_clock(minutes=31)
    assert firing.fire_due() == 1
    assert "due_soon" in kinds(whole) and waiting(broken) == [("warn", 0)]
    monkeypatch.setattr(ladder, "remind", known)
    firing._resting.clear()
    assert firing.fire_due() == 1


# --- what holds it ---


def test_a_running_undo_window_holds_everything_and_undo_lets_it_go(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, due=HOUR, on_expiry="expire")
    handoff = cast.submit()
    decide(cast, fresh(handoff))
    move_clock(minutes=61)
    assert firing.fire_due() == 0
    decisions.undo(handoff=fresh(handoff), user=cast.reviewer)
    assert firing.fire_due() == 1
    assert fresh(handoff).status == Status.EXPIRED


def test_a_live_claim_holds_the_ladder_but_not_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(
        monkeypatch, due=HOUR, ladder=[{"minutes": 50, "to": [{"role": "admin"}], "act": "notify"}]
    )
    end = (clock.now() + timedelta(minutes=59)).isoformat()
    handoff = cast.submit(expires_at=end)
    move_clock(minutes=31)
    assert firing.fire_due() == 1
    move_clock(minutes=50, seconds=1)
    claims.claim(handoff=fresh(handoff), user=cast.reviewer)
    assert firing.fire_due() == 0
    move_clock(minutes=53)  # the lease is over
    assert firing.fire_due() == 1
    claims.claim(handoff=fresh(handoff), user=cast.reviewer)
    move_clock(minutes=53, seconds=30)
    Handoff.objects.filter(pk=handoff.pk).update(claimed_until=clock.now() + timedelta(hours=1))
    move_clock(minutes=60)
    assert firing.fire_due() == 1
    assert fresh(handoff).status == Status.EXPIRED


def test_a_claim_that_an_open_tab_renews_holds_the_ladder_for_a_quarter_of_an_hour(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, ladder=[{"minutes": 10, "to": [{"role": "admin"}], "act": "notify"}])
    handoff = cast.submit()
    move_clock(minutes=24)
    claims.claim(handoff=fresh(handoff), user=cast.reviewer)
    assert firing.fire_due() == 0
    move_clock(minutes=25, seconds=1)
    assert firing.fire_due() == 1


def test_a_snooze_holds_the_ladder_until_it_is_due_which_wakes_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    ladder = [{"at": 1.0, "to": [{"role": "admin"}], "act": "notify"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    snoozing.snooze(handoff=fresh(handoff), user=cast.reviewer, revision=1, until=None)
    move_clock(minutes=45)
    assert firing.fire_due() == 0
    move_clock(minutes=61)
    assert firing.fire_due() == 2
    assert fresh(handoff).snoozed_until is None
    assert last(handoff, "woken")["because"] == "due"


def test_after_a_pause_of_the_desk_what_has_ended_troubles_nobody_first(
    cast: Cast, move_clock: Move
) -> None:
    handoff = cast.submit(expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    move_clock(hours=5)
    assert firing.fire_due() == 1
    assert kinds(handoff) == ["submitted", "expired"]
    assert {t.kind: t.skipped for t in Timer.objects.all()} == {"warn": "ended", "expire": ""}


# --- endings ---


def ended(handoff: Handoff) -> tuple[str, str, dict[str, Any]]:
    answer = Answer.objects.get(handoff=handoff)
    document = strictjson.loads(answer.document.encode())
    assert isinstance(document, dict)
    return document["status"], document["outcome"], document["decided_by"]


def test_a_rules_on_expiry_counts_before_the_documents(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    with_effects(monkeypatch, on_expiry="reject")
    handoff = cast.submit(expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    move_clock(hours=2)
    firing.fire_due()
    status, outcome, by = ended(handoff)
    assert (status, outcome) == ("expired", "rejected")
    assert by == {"kind": "rule", "id": by["id"], "name": "Otherwise"}


ACTION = {"id": "a", "name": "deploy"}


@pytest.mark.parametrize(
    ("members", "outcome", "skipped"),
    [
        ({"actions": [ACTION]}, "approved", ""),
        ({"actions": [{**ACTION, "risk": "critical"}]}, "none", "critical"),
        ({"actions": [{**ACTION, "allowed_decisions": ["reject"]}]}, "none", "not-allowed"),
        ({"summary": "the key is sk-live-4eC39HqLyjWDarjtT1zdp7dcAbCdEf12"}, None, None),
    ],
)
def test_only_a_rule_approves_by_time_and_never_what_needs_a_person(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    move_clock: Move,
    members: dict[str, Any],
    outcome: str | None,
    skipped: str | None,
) -> None:
    with_effects(monkeypatch, due=HOUR, on_expiry="approve")
    handoff = cast.submit(**members)
    if outcome is None:  # what the detector finds is its own test's matter
        has_secrets = bool(handoff.current.secrets)
        outcome, skipped = ("none", "secrets") if has_secrets else ("approved", "")
    move_clock(minutes=61)
    firing.fire_due()
    status, got, by = ended(handoff)
    assert (status, got, by["kind"]) == ("expired", outcome, "rule")
    assert Timer.objects.get(kind="expire").skipped == skipped
    assert fresh(handoff).status == Status.EXPIRED  # never "decided": no person did


def test_a_document_cannot_ask_for_approval_by_time(cast: Cast, move_clock: Move) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    handoff = cast.submit(expires_at=soon, on_expiry="approve")
    move_clock(hours=2)
    firing.fire_due()
    assert ended(handoff) == ("expired", "none", {"kind": "system"})


def test_what_escalates_at_its_end_stays_open_and_admins_are_told_once(
    cast: Cast, move_clock: Move
) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    handoff = cast.submit(expires_at=soon, on_expiry="escalate")
    move_clock(hours=2)
    firing.fire_due()
    firing.fire_due()
    assert fresh(handoff).status == Status.PENDING
    assert last(handoff, "escalated")["to"] == [cast.owner.pk]
    assert kinds(handoff).count("escalated") == 1


def test_an_approval_by_a_rule_is_a_valid_decision_document(cast: Cast) -> None:
    document = schema.parse(strictjson.loads(b'{"title": "x"}'), now=clock.now(), origin="api")
    body = build(
        document,
        handoff="ho_1",
        status="expired",
        outcome="approved",
        entries=[],
        revision=1,
        revision_sha256="0" * 64,
        files=None,
        decided_at=clock.now(),
        decided_by={"kind": "rule", "id": "1", "name": "Night"},
    )
    assert body["decisions"] == [{"action_id": None, "type": "approve"}]


def test_what_was_open_before_there_were_timers_gets_its_end(cast: Cast) -> None:
    end = clock.now() + timedelta(hours=1)
    handoff, _endless = cast.submit(expires_at=end.isoformat()), cast.submit("endless")
    Timer.objects.all().delete()
    (name,) = [each.name for each in iter_modules(migrations.__path__) if "timing" in each.name]
    import_module(f"reviews.migrations.{name}").plan_endings(apps, None)
    assert waiting(handoff) == [("expire", 0)] and Timer.objects.count() == 1
    assert at(handoff, "expire") == fresh(handoff).expires_at


# --- exactly once ---


def test_a_clock_that_goes_back_and_forth_fires_each_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    ladder = [{"at": 1.0, "to": [{"role": "admin"}], "act": "notify"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    for minutes in (31, -60, 10, 61, 0, 62, -120, 300):
        move_clock(minutes=minutes)
        firing.fire_due()
    assert kinds(handoff) == ["submitted", "due_soon", "escalated"]


def test_a_failure_after_taking_a_timer_takes_everything_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    """As a kill in between does: one transaction."""
    ladder = [{"at": 1.0, "to": [{"user": cast.reviewer.pk}], "act": "assign"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    handoff = cast.submit()
    move_clock(minutes=61)
    monkeypatch.setattr(
        faults, "point", lambda name: (_ for _ in ()).throw(KeyboardInterrupt(name))
    )
    with pytest.raises(KeyboardInterrupt):
        firing.fire_due()
    assert kinds(handoff) == ["submitted"] and fresh(handoff).assigned_to is None
    monkeypatch.undo()
    move_clock(minutes=61)
    firing._resting.clear()
    assert firing.fire_due() == 2
    assert kinds(handoff) == ["submitted", "due_soon", "assigned", "escalated"]


def test_sweepers_at_once_fire_each_timer_once(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    cast = transactional_cast
    ladder = [{"at": 1.0, "to": [{"user": cast.reviewer.pk}], "act": "assign"}]
    with_effects(monkeypatch, due=HOUR, ladder=ladder)
    many = [cast.submit(f"n{n}") for n in range(6)]
    ending = [
        cast.submit(f"e{n}", expires_at=(clock.now() + timedelta(minutes=40)).isoformat())
        for n in range(3)
    ]
    move_clock(minutes=61)
    start, counts = threading.Barrier(4), []

    def sweep() -> None:
        try:
            start.wait()
            counts.append(firing.fire_due())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    firing.fire_due()  # what the last one saw held
    assert all(kinds(each)[1:] == ["due_soon", "assigned", "escalated"] for each in many)
    assert all(kinds(each)[1:] == ["expired"] for each in ending)
    assert not Timer.objects.filter(done_at=None).exists()
    assert [f for check in invariants.CHECKS.values() for f in check() if "outbox" in f] == []


def test_a_decision_and_a_step_at_once_leave_one_of_two_whole_stories(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch, move_clock: Move
) -> None:
    cast = transactional_cast
    with_effects(monkeypatch, due=HOUR, on_expiry="expire")
    many = [cast.submit(f"n{n}") for n in range(6)]
    move_clock(minutes=61)
    start = threading.Barrier(2)

    def work(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        finally:
            connections.close_all()

    def decide_all() -> None:
        for each in many:
            try:
                decide(cast, fresh(each))
            except (lifecycle.Moved, decisions.Superseded):
                continue

    jobs = [threading.Thread(target=work, args=[job]) for job in (firing.fire_due, decide_all)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    for each in many:
        stands = fresh(each)
        assert (stands.status == Status.EXPIRED) != (stands.verdict == "approved")
