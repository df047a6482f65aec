"""Trying rules on one handoff, and simulating them over many, before they are published."""

import time
from datetime import timedelta
from typing import Any

import pytest

from reviews import rule_drafts, rule_simulations, tasks
from reviews.models import (
    Handoff,
    Rotation,
    RoutingRun,
    RuleVersion,
    Simulation,
)
from reviews.rule_forms import forms_of
from reviews.rule_simulations import AlreadyRunning
from reviews.rule_trials import trial
from tests.cast import Cast
from tests.rules.stage import LOW, fifty, fill, member, publish, rule, run_of, to
from workspaces import clock
from workspaces.errors import Forbidden, Invalid
from workspaces.models import Event, Lease

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def draft_with(cast: Cast, *forms: Any) -> RuleVersion:
    draft = rule_drafts.open_draft(cast.workspace, by=None)
    for form in forms:
        rule_drafts.add(draft, form, seen=draft.edition, by=None)
    return draft


def simulated(draft: RuleVersion, days: int = 7) -> Simulation:
    row = rule_simulations.run(rule_simulations.start(draft, days=days, by=None).pk, "test")
    assert row is not None
    return row


def test_a_trial_says_of_each_rule_why_it_did_or_did_not_fire(cast: Cast) -> None:
    ann = member(cast, "Ann")
    publish(None, rule("Desk", {"not": LOW}))
    draft = draft_with(
        cast,
        rule("Low", {"and": [LOW, {"fact": "round", "op": "gt", "value": 1}]}),
        rule("Nobody", LOW, assign=to(cast.stranger)),
        rule("Turns", LOW, assign={**to(ann, cast.reviewer), "pick": "round_robin"}),
        rule("Later"),
    )
    rule_drafts.switch(draft.rules.get(name="Later"), is_active=False, seen=draft.edition, by=None)
    handoff = cast.submit(confidence={"score": 0.5})
    before = (Event.objects.count(), RoutingRun.objects.count(), Rotation.objects.count())
    found = trial(draft, handoff)
    told = {each.line.name: (each.outcome, each.why) for each in found.tried}
    assert told == {
        "Desk": ("unfit", "met, and should not be: confidence is below 0.6 (found: 0.5)."),
        "Low": ("unfit", "not met: the round is above 1 (found: 1)."),
        "Nobody": (
            "unreachable",
            "It fits, but reaches nobody: the person is deactivated or may not decide here.",
        ),
        "Turns": ("fires", "It is the first that fits."),
        "Later": ("off", "It is switched off."),
        "Otherwise": ("shadowed", "It fits, but “Turns” comes before it."),
    }
    assert found.fired is not None
    assert found.fired.reached.to_one == cast.reviewer.pk
    assert [each.is_of_draft for each in found.tried] == [False, *[True] * 5]
    after = (Event.objects.count(), RoutingRun.objects.count(), Rotation.objects.count())
    assert after == before  # no turn was taken, nothing was written


def test_a_desk_wide_draft_is_tried_before_the_workspaces_rules(cast: Cast) -> None:
    publish(cast.workspace, rule("Ours"))
    draft = rule_drafts.open_draft(None, by=None)
    rule_drafts.add(draft, rule("Desk", LOW), seen=0, by=None)
    found = trial(draft, cast.submit(confidence={"score": 0.9}))
    assert [(each.line.name, each.outcome) for each in found.tried] == [
        ("Desk", "unfit"),
        ("Ours", "fires"),
        ("Otherwise", "shadowed"),
    ]


def test_a_simulation_tells_what_would_move_and_moves_nothing(cast: Cast) -> None:
    low = [cast.submit(f"Low {n}", confidence={"score": 0.5}) for n in range(3)]
    high = cast.submit("High", confidence={"score": 0.9})
    old = cast.submit("Old", confidence={"score": 0.5})
    Handoff.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=8))
    draft = draft_with(cast, rule("Low", LOW, assign=to(cast.owner)))
    row = simulated(draft)
    assert (row.status, row.total, row.done, row.moved) == ("done", 4, 4, 3)
    before, after = "Otherwise → the reviewers of Acme", "Low → “Olive Owner”"
    assert row.counts == [{"from": before, "to": after, "n": 3}]
    assert row.moves == [
        {"handoff": handoff.pk, "from": before, "to": after} for handoff in reversed(low)
    ]
    assert run_of(high).rule.is_otherwise
    assert run_of(low[0]).rule.is_otherwise
    assert not rule_simulations.waiting()


def test_the_same_rules_move_nothing(cast: Cast) -> None:
    publish(cast.workspace, rule("Low", LOW, assign=to(cast.owner)), rule("All"))
    for score in (0.2, 0.9):
        cast.submit(confidence={"score": score})
    draft = rule_drafts.open_draft(cast.workspace, by=None)
    assert simulated(draft).moved == 0
    row = draft.rules.get(name="Low")
    form = rule("Low", LOW, assign=to(cast.reviewer))
    rule_drafts.change(row, form, seen=draft.edition, by=None)
    assert simulated(draft).moved == 1  # the same rule, to somebody else


def test_a_simulated_size_is_that_of_the_files(cast: Cast) -> None:
    cast.write("big.bin", "x" * 5000)
    cast.submit("Big", context={"files": [{"path": "big.bin"}]})
    cast.submit("Small")
    large = {"fact": "file_bytes", "op": "gt", "value": 4096}
    assert simulated(draft_with(cast, rule("Large", large))).moved == 1


def test_one_simulation_of_a_draft_at_a_time(cast: Cast) -> None:
    draft = draft_with(cast)
    first = rule_simulations.start(draft, days=7, by=cast.owner)
    with pytest.raises(AlreadyRunning):
        rule_simulations.start(draft, days=7, by=cast.owner)
    assert rule_simulations.cancel(first, by=cast.owner)
    assert first.status == Simulation.Status.CANCELLED
    second = rule_simulations.start(draft, days=7, by=cast.owner)
    assert rule_simulations.newest(draft) == second
    assert Simulation.objects.count() == 1
    with pytest.raises(Forbidden):
        rule_simulations.cancel(second, by=cast.reviewer)
    with pytest.raises(Invalid):
        rule_simulations.start(draft, days=1000, by=cast.owner)


def test_a_cancelled_or_discarded_simulation_stops_at_the_next_batch(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        cast.submit(f"No. {n}", confidence={"score": 0.5})
    draft = draft_with(cast, rule("Low", LOW))
    row = rule_simulations.start(draft, days=7, by=None)
    monkeypatch.setattr(rule_simulations, "BATCH", 2)
    simulate, met = rule_simulations._Desk.simulate, []

    def cancelled_meanwhile(desk: Any, batch: list[Handoff], found: Any) -> None:
        simulate(desk, batch, found)
        met.extend(batch)
        rule_simulations.cancel(row, by=None)

    monkeypatch.setattr(rule_simulations._Desk, "simulate", cancelled_meanwhile)
    done = rule_simulations.run(row.pk, "test")
    assert done is not None
    assert (done.status, len(met)) == ("cancelled", 2)
    again = rule_simulations.start(draft, days=7, by=None)
    rule_drafts.discard(draft, seen=draft.edition, by=None)
    assert rule_simulations.run(again.pk, "test") is None


def test_what_a_dead_worker_left_is_found_and_begun_anew(cast: Cast) -> None:
    cast.submit(confidence={"score": 0.5})
    draft = draft_with(cast, rule("Low", LOW))
    row = rule_simulations.start(draft, days=7, by=None)
    assert rule_simulations.waiting() == [row.pk]
    Simulation.objects.filter(pk=row.pk).update(status="running", done=1, moved=7)
    name = f"simulation:{row.pk}"
    assert Lease.objects.take(name, "another", 60, clock.now())
    assert rule_simulations.waiting() == []
    assert rule_simulations.run(row.pk, "test") is None  # another worker has it
    Lease.objects.filter(name=name).update(until=clock.now())
    assert rule_simulations.waiting() == [row.pk]
    tasks.simulate(row.pk)
    row.refresh_from_db()
    assert (row.status, row.done, row.moved) == ("done", 1, 1)


def test_a_failure_is_kept_in_the_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_with(cast, rule("Low", LOW))
    cast.submit()

    def broken(*_args: Any) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(rule_simulations._Desk, "simulate", broken)
    row = simulated(draft)
    assert (row.status, row.error) == ("failed", "RuntimeError: out of luck")
    assert rule_simulations.start(draft, days=1, by=None).status == "waiting"


@pytest.mark.alone
def test_ten_thousand_handoffs_and_fifty_rules_take_ten_seconds(cast: Cast) -> None:
    fill(cast, 10_000)
    draft = draft_with(cast)
    forms = [*fifty(), rule("All", LOW), *forms_of(draft)]
    rule_drafts.replace(draft, forms, seen=draft.edition, by=None)
    began = time.perf_counter()
    row = simulated(draft)
    seconds = time.perf_counter() - began
    assert (row.status, row.total, row.done, row.moved) == ("done", 10_000, 10_000, 10_000)
    assert len(row.moves) == rule_simulations.MOST_MOVES
    assert seconds <= 10, seconds
