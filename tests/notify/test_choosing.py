"""What people choose decides what reaches them: their own, their teams', the desk's."""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import conversation, dispatch, event_kinds, lifecycle
from reviews.models import Delivery, Handoff, NoticeSettings, Status
from reviews.notify import groups
from reviews.notify.choosing import Choices
from reviews.notify.groups import BELL, DEFAULTS, DIGEST, MAIL, NOW, OFF, Way
from tests.notify.stage import Stage, deliveries
from workspaces import clock, events
from workspaces.actors import SYSTEM, Actor
from workspaces.models import Team, TeamMember, User
from workspaces.transactions import write

pytestmark = pytest.mark.both_databases


def choose(owner: User | Team, **cells: Way) -> NoticeSettings:
    """``choose(ana, review_normal=Way(...))``."""
    ways = {name.replace("_", ":"): way for name, way in cells.items()}
    whose: dict[str, Any] = {"user" if isinstance(owner, User) else "team": owner}
    settings, _is_new = NoticeSettings.objects.get_or_create(**whose)
    settings.choices = groups.write(ways)
    settings.save()
    return settings


def tell(handoff: Handoff, kind: str, actor: Actor = SYSTEM, **payload: Any) -> None:
    with write():
        events.record(
            handoff.workspace_id,
            kind,
            subject=lifecycle.subject(handoff),
            actor=actor,
            payload={"revision": handoff.revision, **payload},
            at=clock.now(),
        )


def mailed() -> list[User | None]:
    return [row.user for row in deliveries("email") if row.status == Delivery.Status.WAITING]


def rang() -> list[User | None]:
    return [row.user for row in deliveries("inbox")]


def team_of(name: str, *people: User) -> Team:
    team = Team.objects.create(name=name, slug=name.lower())
    for person in people:
        TeamMember.objects.create(team=team, user=person)
    return team


def test_every_cell_has_a_default() -> None:
    cells = {f"{group}:{urgency}" for group in groups.Group for urgency in groups.URGENCIES}
    assert set(DEFAULTS) == cells


def test_who_wants_no_mail_hears_the_bell_only(stage: Stage) -> None:
    choose(stage.ana, review_normal=Way(frozenset({BELL})))
    stage.hand_off()
    dispatch.run_once()
    assert rang() == [stage.ana, stage.ben]
    assert mailed() == [stage.ben]


def test_who_switched_it_off_hears_nothing(stage: Stage) -> None:
    choose(stage.ana, review_normal=Way(frozenset({BELL, MAIL}), OFF))
    stage.hand_off()
    dispatch.run_once()
    assert (rang(), mailed()) == ([stage.ben], [stage.ben])


def test_urgent_things_have_a_choice_of_their_own(stage: Stage) -> None:
    choose(stage.ana, review_urgent=Way(frozenset({BELL})))
    stage.hand_off("Plain", trigger="question")
    stage.hand_off("Broken", trigger="error", error={"type": "E", "message": "m"})
    dispatch.run_once()
    assert [row.handoff.title for row in deliveries("email") if row.user == stage.ana] == ["Plain"]


def test_a_teams_choice_is_the_default_of_its_members(stage: Stage) -> None:
    choose(team_of("Web", stage.ana, stage.ben), review_normal=Way(frozenset({BELL})))
    choose(stage.ben, review_normal=Way(frozenset({MAIL})))
    stage.hand_off()
    dispatch.run_once()
    assert (rang(), mailed()) == ([stage.ana], [stage.ben])


def test_of_several_teams_the_soonest_counts_by_all_that_they_name(stage: Stage) -> None:
    choose(team_of("Web", stage.ana), review_normal=Way(frozenset({BELL}), DIGEST))
    choose(team_of("Ops", stage.ana), review_normal=Way(frozenset({MAIL}), NOW))
    choose(team_of("Idle", stage.ana), review_normal=Way(frozenset({"own"}), OFF))
    assert Choices([stage.ana]).way(stage.ana.pk, "review:normal") == Way(
        frozenset({BELL, MAIL}), NOW
    )


def test_an_archived_teams_choice_counts_no_more(stage: Stage) -> None:
    team = team_of("Web", stage.ana)
    choose(team, review_normal=Way(frozenset(), OFF))
    team.archived_at = clock.now()
    team.save()
    assert Choices([stage.ana]).way(stage.ana.pk, "review:normal") == DEFAULTS["review:normal"]


def test_what_is_in_a_row_and_not_understood_counts_as_not_chosen(stage: Stage) -> None:
    NoticeSettings.objects.create(
        user=stage.ana,
        choices={"review:normal": "loud", "gone:normal": {"by": [], "how": "now"}, "due:urgent": 3},
    )
    for cell, default in DEFAULTS.items():
        assert Choices([stage.ana]).way(stage.ana.pk, cell) == default


def test_nobody_is_told_of_their_own_act(stage: Stage) -> None:
    handoff = stage.hand_off()
    dispatch.run_once()
    Delivery.objects.all().delete()
    tell(handoff, event_kinds.ASSIGNED, Actor.user(stage.ana), to=stage.ana.pk)
    tell(
        handoff,
        event_kinds.ESCALATED,
        Actor.user(stage.ana),
        to=[stage.ana.pk, stage.ben.pk],
        step=0,
        act="notify",
        because="notify",
    )
    dispatch.run_once()
    assert rang() == [stage.ben]


def test_a_message_of_the_agent_reaches_who_has_it_too(stage: Stage) -> None:
    handoff = stage.hand_off()
    Handoff.objects.filter(pk=handoff.pk).update(assigned_to=stage.stranger)
    dispatch.run_once()
    conversation.say(handoff=handoff, text="The blue one.", agent=stage.agent)
    dispatch.run_once()
    assert stage.stranger in rang()


def test_who_wants_to_know_hears_that_it_was_settled(stage: Stage) -> None:
    choose(stage.ana, answer_normal=Way(frozenset({BELL, MAIL})))
    handoff = stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    stage.answer(handoff, Status.EXPIRED)
    stage.pass_time(minutes=5)
    dispatch.run_once()
    dispatch.deliver_due()
    mine = [row for row in deliveries("email") if row.event.kind == event_kinds.EXPIRED]
    assert [(row.user, row.status) for row in mine] == [(stage.ana, Delivery.Status.DONE)]


def test_admins_hear_of_what_could_not_be_delivered(stage: Stage) -> None:
    stage.workspace.memberships.filter(user=stage.ben).update(role="admin")
    handoff = stage.hand_off()
    dispatch.run_once()
    Delivery.objects.all().delete()
    with write():
        events.record(
            handoff.workspace_id,
            event_kinds.DELIVERY_DEAD,
            subject=lifecycle.subject(handoff),
            actor=SYSTEM,
            payload={"delivery": 1, "channel": "email", "error": "refused"},
        )
    dispatch.run_once()
    assert (rang(), mailed()) == ([stage.ben], [])


def test_quiet_hours_hold_it_for_their_end_and_urgent_things_may_pass(stage: Stage) -> None:
    settings = NoticeSettings.objects.create(
        user=stage.ana, quiet_from=time(0), quiet_until=time(0), lets_urgent_pass=True
    )
    stage.hand_off("Plain", trigger="question")
    stage.hand_off("Broken", trigger="error", error={"type": "E", "message": "m"})
    dispatch.run_once()
    found = {row.handoff.title: row.status for row in deliveries("email") if row.user == stage.ana}
    assert found == {"Plain": Delivery.Status.HELD, "Broken": Delivery.Status.WAITING}
    settings.lets_urgent_pass = False
    settings.save()
    stage.hand_off("Broken too", trigger="error", error={"type": "E", "message": "m"})
    dispatch.run_once()
    assert (
        Delivery.objects.get(
            handoff__title="Broken too", user=stage.ana, channel__kind="email"
        ).status
        == Delivery.Status.HELD
    )


def test_fan_out_reads_with_a_handful_of_queries_however_many_people(stage: Stage) -> None:
    people = User.objects.bulk_create(
        User(email=f"p{n}@acme.example", name=f"P{n}") for n in range(60)
    )
    stage.workspace.memberships.bulk_create(
        stage.workspace.memberships.model(user=each, workspace=stage.workspace, role="reviewer")
        for each in people
    )
    team = team_of("All", *people)
    choose(team, review_normal=Way(frozenset({BELL, MAIL})))
    stage.hand_off()
    dispatch.run_once()
    for number in range(dispatch.BATCH):
        stage.hand_off(f"Number {number}")
    with CaptureQueriesContext(connection) as context:
        assert dispatch.run_once() == dispatch.BATCH
    statements = [query["sql"].split(maxsplit=1)[0] for query in context.captured_queries]
    print(f"\nfan-out of 50 events to 62 people: {statements.count('SELECT')} reads")
    assert statements.count("SELECT") <= 18  # what is inserted goes in as many rows as one may hold
    assert Delivery.objects.count() >= 51 * 62


def test_a_mail_waiting_is_cancelled_when_somebody_decides_first(stage: Stage) -> None:
    handoff = stage.hand_off()
    dispatch.run_once()
    Handoff.objects.filter(pk=handoff.pk).update(verdict="approved")
    dispatch.deliver_due()
    row = deliveries("email")[0]
    assert (row.status, row.attempts) == (Delivery.Status.WAITING, 0)  # it may be undone yet
    Handoff.objects.filter(pk=handoff.pk).update(verdict="")
    stage.answer(handoff)
    stage.pass_time(seconds=10)
    dispatch.deliver_due()
    assert {row.status for row in deliveries("email")} == {Delivery.Status.CANCELLED}


def test_an_undone_verdict_loses_no_mail(stage: Stage, mailbox: Any) -> None:
    handoff = stage.hand_off()
    Handoff.objects.filter(pk=handoff.pk).update(verdict="approved")
    dispatch.run_once()
    dispatch.deliver_due()
    assert mailbox.mails() == []
    Handoff.objects.filter(pk=handoff.pk).update(verdict="")
    stage.pass_time(seconds=10)
    dispatch.deliver_due()
    assert len(mailbox.mails()) == 2
