from typing import Any

import pytest
from django.db import DataError

from reviews import conversation, dispatch, live
from reviews.models import Channel, Delivery, Status
from tests.notify.stage import Stage, deliveries, only
from workspaces.models import Event

pytestmark = pytest.mark.both_databases

ALL_EVENTS = [
    "handoff.claimed",
    "handoff.commented",
    "handoff.changes_requested",
    "handoff.decided",
    "handoff.expired",
    "handoff.withdrawn",
]
URL = "http://127.0.0.1:9009/hook"


def listening(stage: Stage, *events: str) -> dict[str, Any]:
    """A ``callback`` member the agent may name."""
    stage.agent.callback_hosts = ["127.0.0.1"]
    stage.agent.save()
    return {"callback": {"url": URL, "events": list(events)} if events else {"url": URL}}


def test_a_handoff_rings_and_mails_everybody_it_was_routed_to(stage: Stage) -> None:
    handoff = stage.hand_off()
    assert dispatch.run_once() == 1
    assert [(d.user, d.status) for d in deliveries("inbox")] == [
        (stage.ana, Delivery.Status.DONE),
        (stage.ben, Delivery.Status.DONE),
    ]
    assert [(d.recipient, d.status) for d in deliveries("email")] == [
        ("ana@acme.example", Delivery.Status.WAITING),
        ("ben@acme.example", Delivery.Status.WAITING),
    ]
    assert {d.handoff_id for d in Delivery.objects.all()} == {handoff.pk}


def test_a_person_deactivated_since_hears_nothing(stage: Stage) -> None:
    stage.hand_off()
    stage.ben.is_active = False
    stage.ben.save()
    dispatch.run_once()
    assert {d.user for d in Delivery.objects.all()} == {stage.ana}


def test_a_new_round_rings_again_and_mails_no_second_time(stage: Stage) -> None:
    stage.hand_off(id="deploy-1")
    stage.hand_off(title="Deploy the other site", id="deploy-1")
    dispatch.run()
    assert len(deliveries("inbox")) == 4
    assert len(deliveries("email")) == 2


def test_the_bells_of_those_people_are_rung_live(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[set[int]] = []
    monkeypatch.setattr(live, "ring", rung.append)
    stage.answer(stage.hand_off())
    dispatch.run_once()
    assert rung == [{stage.ana.pk, stage.ben.pk}]


def test_an_answer_goes_to_the_callback_and_rings_nobody(stage: Stage) -> None:
    handoff = stage.hand_off(**listening(stage))
    dispatch.run_once()
    Delivery.objects.all().delete()
    answer = stage.answer(handoff)
    dispatch.run_once()
    (delivery,) = Delivery.objects.all()
    assert (delivery.recipient, delivery.answer) == (URL, answer)
    assert delivery.lane == "host 127.0.0.1:9009"


def test_a_host_the_agent_may_not_name_is_not_called(stage: Stage) -> None:
    stage.agent.callback_hosts = ["127.0.0.1:9010"]
    stage.agent.save()
    stage.answer(stage.hand_off(callback={"url": URL}))
    dispatch.run_once()
    assert deliveries("callback") == []


@pytest.mark.parametrize(
    ("status", "events", "is_called"),
    [
        (Status.DECIDED, [], True),
        (Status.CHANGES_REQUESTED, [], True),
        (Status.EXPIRED, [], True),
        (Status.WITHDRAWN, [], False),
        (Status.WITHDRAWN, ["handoff.withdrawn"], True),
        (Status.DECIDED, ["handoff.withdrawn"], False),
    ],
)
def test_only_the_kinds_the_callback_asks_for_are_sent(
    stage: Stage, status: Status, events: list[str], is_called: bool
) -> None:
    stage.answer(stage.hand_off(**listening(stage, *events)), status)
    dispatch.run_once()
    assert bool(deliveries("callback")) == is_called


def test_the_callback_of_the_answered_round_counts(stage: Stage) -> None:
    handoff = stage.hand_off(id="a", **listening(stage))
    stage.hand_off(id="a", title="Without a callback")
    stage.answer(handoff)
    dispatch.run()
    assert deliveries("callback") == []


def test_a_reviewers_message_goes_to_the_callback(stage: Stage) -> None:
    handoff = stage.hand_off(**listening(stage, *ALL_EVENTS))
    conversation.say(handoff=handoff, text="Which site?", user=stage.ana)
    dispatch.run()
    assert only("callback").event.kind == "handoff.commented"


def test_an_agents_message_rings_the_reviewers_and_calls_nobody(stage: Stage) -> None:
    handoff = stage.hand_off(**listening(stage, *ALL_EVENTS))
    conversation.say(handoff=handoff, text="The blue one.", agent=stage.agent)
    dispatch.run()
    kinds = [d.event.kind for d in deliveries("inbox")]
    assert kinds.count("handoff.commented") == 2
    assert deliveries("callback") == []


def test_only_a_handoff_that_came_as_a_file_is_answered_by_one(stage: Stage) -> None:
    by_file = stage.hand_off(path="runs/a.handoff.json")
    stage.answer(by_file)
    stage.answer(stage.hand_off())
    dispatch.run()
    assert only("file").handoff == by_file


def test_fanning_out_twice_makes_nothing_twice(stage: Stage) -> None:
    handoff = stage.hand_off(path="a.handoff.json", **listening(stage))
    stage.answer(handoff)
    dispatch.run()
    before = sorted(Delivery.objects.values_list("key", flat=True))
    Event.objects.update(dispatched_at=None)
    dispatch.run_once()
    assert sorted(Delivery.objects.values_list("key", flat=True)) == before
    assert not Event.objects.filter(dispatched_at=None).exists()


def test_two_agents_callbacks_at_one_url_are_two_channels(stage: Stage) -> None:
    listening(stage)
    stage.answer(stage.hand_off(callback={"url": URL}))
    stage.answer(stage.hand_off(callback={"url": f"{URL}2"}))
    dispatch.run()
    assert Channel.objects.filter(kind="callback").count() == 2


def test_a_callback_switched_off_is_a_dead_letter_without_a_call(stage: Stage) -> None:
    Channel.objects.create(
        kind="callback", agent=stage.agent, address=URL, is_active=False, last_error="410 Gone."
    )
    stage.answer(stage.hand_off(**listening(stage)))
    dispatch.run_once()
    dispatch.deliver_due()
    delivery = only("callback")
    assert delivery.status == Delivery.Status.DEAD
    assert "switched off" in delivery.last_error and "410" in delivery.last_error


def test_an_event_that_breaks_the_fan_out_is_set_aside_and_others_flow(stage: Stage) -> None:
    broken = stage.hand_off("Broken")
    Event.objects.filter(subject_id=broken.public_id).update(subject_id="ho_missing")
    fine = stage.hand_off("Fine")
    for number in range(5):
        dispatch.run()
        event = Event.objects.get(subject_id="ho_missing")
        assert event.attempts == number + 1
        stage.pass_time(seconds=11)
    assert event.dispatched_at is not None and "KeyError" in event.last_error
    assert {d.handoff for d in deliveries("inbox")} == {fine}


def test_what_the_database_refuses_holds_up_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, fine = stage.hand_off("Refused"), stage.hand_off("Fine")
    real = Delivery.objects.bulk_create

    def save(wanted: list[Delivery], **options: Any) -> list[Delivery]:
        if any(delivery.handoff_id == refused.pk for delivery in wanted):
            raise DataError("value too long")
        return real(wanted, **options)

    monkeypatch.setattr(Delivery.objects, "bulk_create", save)
    dispatch.run()
    assert {d.handoff for d in deliveries("inbox")} == {fine}
    event = Event.objects.get(dispatched_at=None)
    assert (event.subject_id, event.attempts) == (refused.public_id, 1)


def test_an_erased_payload_asks_for_nothing(stage: Stage) -> None:
    stage.hand_off()
    Event.objects.update(payload=None)
    assert dispatch.run_once() == 1
    assert not Delivery.objects.exists()
