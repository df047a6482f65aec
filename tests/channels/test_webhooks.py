"""Webhooks that a workspace or the desk set up, to real receivers on loopback."""

import json

import pytest
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from reviews import channel_book, dispatch, event_kinds
from reviews.channel_book import Place
from reviews.models import Channel, Delivery, Handoff, Priority, RoutingRun
from tests.channels.making import webhook
from tests.notify.receivers import Receiver
from tests.notify.stage import Stage, deliveries, only
from workspaces.actors import SYSTEM
from workspaces.errors import Conflict
from workspaces.models import Event, Membership, Role, Team, TeamMember, Workspace

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings, receiver: Receiver) -> None:
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]


def send() -> None:
    dispatch.run_once()
    dispatch.deliver_due()


def test_a_workspaces_webhook_gets_signed_facts_and_none_of_the_agents_words(
    stage: Stage, receiver: Receiver
) -> None:
    _channel, secret = webhook(Place(workspace=stage.workspace), receiver.url)
    handoff = stage.hand_off("Pay 4711 to Mallory", summary="Trust me")
    send()
    (call,) = receiver.calls
    Webhook(secret).verify(call.body, call.headers)
    body = json.loads(call.body)
    assert body["type"] == "handoff.submitted"
    assert body["data"]["number"] == handoff.number
    assert body["data"]["workspace"] == "acme"
    assert handoff.get_absolute_url() in body["data"]["url"]
    assert b"Mallory" not in call.body and b"Trust me" not in call.body
    assert only("webhook").status == Delivery.Status.DONE
    assert Channel.objects.get(kind="webhook").worked_at is not None


def test_the_title_is_in_it_where_an_admin_allowed_the_agents_words(
    stage: Stage, receiver: Receiver
) -> None:
    webhook(Place(workspace=stage.workspace), receiver.url, kinds=["handoff.submitted"], prose=True)
    stage.hand_off("Pay 4711 to Mallory")
    send()
    assert json.loads(receiver.calls[0].body)["data"]["title"] == "Pay 4711 to Mallory"


def test_it_gets_the_kinds_it_chose_and_no_others(stage: Stage, receiver: Receiver) -> None:
    webhook(Place(), receiver.url, kinds=["handoff.decided"])
    stage.answer(stage.hand_off())
    send()
    (call,) = receiver.calls
    assert json.loads(call.body)["type"] == "handoff.decided"
    assert json.loads(call.body)["data"]["outcome"] == "approved"


def test_another_workspaces_webhook_gets_nothing(stage: Stage, receiver: Receiver) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    webhook(Place(workspace=other), receiver.url)
    stage.hand_off()
    send()
    assert receiver.calls == []


def test_only_what_is_urgent_where_it_asks_for_that(stage: Stage, receiver: Receiver) -> None:
    webhook(Place(), receiver.url, kinds=["handoff.submitted"], urgent_only=True)
    stage.hand_off("Calm")
    urgent = stage.hand_off("Now")
    Handoff.objects.filter(pk=urgent.pk).update(priority=Priority.URGENT)
    send()
    assert [json.loads(call.body)["data"]["number"] for call in receiver.calls] == [urgent.number]


def test_a_channel_for_what_rules_name_gets_only_that(stage: Stage, receiver: Receiver) -> None:
    channel, _secret = webhook(Place(), receiver.url, kinds=["handoff.submitted"], named_only=True)
    stage.hand_off("Not named")
    named = stage.hand_off("Named")
    run = RoutingRun.objects.get(handoff=named)
    run.effects = {**run.effects, "channels": [channel.pk]}
    run.save()
    send()
    assert [json.loads(call.body)["data"]["number"] for call in receiver.calls] == [named.number]


def test_a_rule_reaches_no_channel_of_another_workspace(stage: Stage, receiver: Receiver) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    channel, _secret = webhook(Place(workspace=other), receiver.url)
    run = RoutingRun.objects.get(handoff=stage.hand_off())
    run.effects = {**run.effects, "channels": [channel.pk]}
    run.save()
    send()
    assert receiver.calls == []


def test_a_teams_channel_gets_what_is_routed_to_the_team(stage: Stage, receiver: Receiver) -> None:
    team = Team.objects.create(name="Web")
    webhook(Place(team=team), receiver.url)
    stage.hand_off("Not theirs")
    theirs = stage.hand_off("Theirs")
    run = RoutingRun.objects.get(handoff=theirs)
    run.effects = {"assign": {"to": [{"team": team.pk}], "people": []}}
    run.save()
    send()
    assert [json.loads(call.body)["data"]["number"] for call in receiver.calls] == [theirs.number]


def test_for_a_day_after_a_rotation_both_secrets_sign(stage: Stage, receiver: Receiver) -> None:
    channel, old = webhook(Place(), receiver.url)
    new = channel_book.rotate(Channel.objects.get(pk=channel.pk), actor=SYSTEM)
    stage.hand_off("One")
    send()
    stage.pass_time(hours=25)
    stage.hand_off("Two")
    send()
    first, second = receiver.calls
    assert "," in old or old != new
    Webhook(new).verify(first.body, first.headers)
    Webhook(old).verify(first.body, first.headers)
    signatures = second.headers["webhook-signature"].split()
    assert len(signatures) == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(second.body, second.headers)


def test_secrets_and_addresses_are_not_in_the_database_in_clear(
    stage: Stage, receiver: Receiver
) -> None:
    channel, secret = webhook(Place(), f"{receiver.url}?key=sesame")
    kept = Channel.objects.filter(pk=channel.pk).values().get()
    assert "sesame" not in str(kept) and secret not in str(kept)
    assert kept["address"] == receiver.host
    told = str(list(Event.objects.values_list("payload", flat=True)))
    assert "sesame" not in told and secret not in told


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_an_error_that_may_pass_is_tried_again(
    stage: Stage, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status, 204]
    channel, _secret = webhook(Place(), receiver.url)
    stage.hand_off()
    send()
    assert only("webhook").status == Delivery.Status.WAITING
    channel.refresh_from_db()
    assert channel.is_active and str(status) in channel.last_error and channel.failed_at
    stage.pass_time(minutes=2)
    dispatch.deliver_due()
    assert only("webhook").status == Delivery.Status.DONE
    channel.refresh_from_db()
    assert channel.last_error == "" and channel.worked_at


def test_a_receiver_that_is_gone_switches_the_channel_off_and_its_owner_hears_of_it(
    stage: Stage, receiver: Receiver
) -> None:
    Membership.objects.filter(user=stage.ana).update(role=Role.ADMIN)
    receiver.statuses = [410]
    channel, _secret = webhook(Place(workspace=stage.workspace), receiver.url)
    stage.hand_off()
    send()
    dispatch.run_once()
    channel.refresh_from_db()
    assert not channel.is_active and channel.off_because == Channel.OffBecause.ERROR
    assert only("webhook").status == Delivery.Status.DEAD
    told = Delivery.objects.filter(event__kind=event_kinds.CHANNEL_FAILED)
    assert [each.user for each in told] == [stage.ana]
    assert told.get().channel.kind == Channel.Kind.INBOX


def test_a_teams_lead_hears_of_the_teams_channel(stage: Stage, receiver: Receiver) -> None:
    team = Team.objects.create(name="Web")
    TeamMember.objects.create(team=team, user=stage.ben, is_lead=True)
    receiver.statuses = [410]
    webhook(Place(team=team), receiver.url)
    run = RoutingRun.objects.get(handoff=stage.hand_off())
    run.effects = {"assign": {"to": [{"team": team.pk}]}}
    run.save()
    send()
    dispatch.run_once()
    told = Delivery.objects.filter(event__kind=event_kinds.CHANNEL_FAILED)
    assert [each.user for each in told] == [stage.ben]


def test_a_deleted_channel_sends_nothing_more_and_keeps_its_log(
    stage: Stage, receiver: Receiver
) -> None:
    channel, _secret = webhook(Place(), receiver.url)
    stage.hand_off()
    dispatch.run_once()
    channel_book.remove(channel, actor=SYSTEM)
    dispatch.deliver_due()
    stage.hand_off("Another")
    send()
    assert receiver.calls == []
    (delivery,) = deliveries("webhook")
    assert delivery.status == Delivery.Status.CANCELLED
    channel.refresh_from_db()
    assert channel.sealed == "" and channel.deleted_at
    assert list(Event.objects.filter(subject_type="channel").values_list("kind", flat=True)) == [
        event_kinds.CHANNEL_ADDED,
        event_kinds.CHANNEL_REMOVED,
    ]


def test_a_replay_does_not_switch_on_what_a_person_switched_off(
    stage: Stage, receiver: Receiver
) -> None:
    channel, _secret = webhook(Place(), receiver.url)
    stage.hand_off()
    dispatch.run_once()
    channel_book.switch(channel, on=False, actor=SYSTEM)
    dispatch.deliver_due()
    delivery = only("webhook")
    assert delivery.status == Delivery.Status.DEAD
    with pytest.raises(Conflict):
        dispatch.replay(delivery, SYSTEM)
    channel_book.switch(channel, on=True, actor=SYSTEM)
    dispatch.replay(delivery, SYSTEM)
    dispatch.deliver_due()
    assert only("webhook").status == Delivery.Status.DONE


def test_the_test_button_sends_now_and_is_recorded(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [204, 500]
    channel, secret = webhook(Place(), receiver.url)
    first = channel_book.test(channel, actor=SYSTEM)
    second = channel_book.test(channel, actor=SYSTEM)
    assert (first.is_ok, second.is_ok) == (True, False)
    Webhook(secret).verify(receiver.calls[0].body, receiver.calls[0].headers)
    kept = Event.objects.filter(kind=event_kinds.CHANNEL_TESTED).order_by("pk")
    assert [each.payload["is_ok"] for each in kept if each.payload] == [True, False]
    channel.refresh_from_db()
    assert "500" in channel.last_error


@pytest.mark.parametrize("shape", ["slack", "teams", "plain"])
def test_chat_servers_of_ones_own_get_a_body_they_take(
    stage: Stage, receiver: Receiver, shape: str
) -> None:
    webhook(Place(), receiver.url, groups=["review"], shape=shape)
    handoff = stage.hand_off("Pay 4711 to Mallory")
    send()
    (call,) = receiver.calls
    assert "webhook-signature" not in call.headers
    said = call.body.decode()
    json.loads(said)
    assert handoff.number in said and "Mallory" not in said


def test_a_chat_hook_that_was_revoked_is_switched_off(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [404]
    channel, _secret = webhook(Place(), receiver.url, groups=["review"], shape="slack")
    stage.hand_off()
    send()
    channel.refresh_from_db()
    assert channel.off_because == Channel.OffBecause.ERROR
