"""Chat services through Apprise, to stand-ins on loopback: their answers and what they are sent."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from apprise.plugins.slack import NotifySlack
from pytest_django import Settings

from reviews import channel_book, dispatch
from reviews.channel_book import Place
from reviews.models import Channel, Delivery
from reviews.notify import apprise_table, posting
from tests.channels.making import ALL_GROUPS
from tests.notify.receivers import Receiver, serving
from tests.notify.stage import Stage, only
from workspaces.actors import SYSTEM

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#reviews"


@pytest.fixture
def ntfy(stage: Stage, receiver: Receiver, settings: Settings) -> Channel:
    """A server of one's own, which the operator allowed."""
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]
    receiver.statuses = [200]
    return service(f"ntfy://{receiver.host}/reviews")


@pytest.fixture
def slack(
    stage: Stage, receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Channel:
    """Slack's host stands in Apprise's source, so the stand-in has to be put there."""
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]
    receiver.body = b"ok"
    receiver.statuses = [200]
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{receiver.host}/services")
    here = replace(apprise_table.SERVICES["slack"], hosts=("127.0.0.1",))
    monkeypatch.setitem(apprise_table.SERVICES, "slack", here)
    return service(SLACK)


def service(url: str, **config: object) -> Channel:
    config = config or {"groups": ALL_GROUPS}
    return channel_book.add_service(Place(), name="Chat", url=url, config=config, actor=SYSTEM)


def send() -> None:
    dispatch.run_once()
    dispatch.deliver_due()


def test_slack_gets_facts_and_a_link_and_none_of_the_agents_words(
    stage: Stage, slack: Channel, receiver: Receiver
) -> None:
    handoff = stage.hand_off("Pay 4711 to Mallory")
    send()
    (call,) = receiver.calls
    assert call.path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    said = json.loads(call.body)
    assert handoff.number in str(said) and handoff.get_absolute_url() in str(said)
    assert "Mallory" not in str(said)
    assert only("apprise").status == Delivery.Status.DONE


def test_the_address_is_sealed_and_shown_as_the_service_alone(slack: Channel) -> None:
    kept = str(Channel.objects.filter(pk=slack.pk).values().get())
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in kept
    assert slack.address == "Slack"


def test_a_title_calls_nobody(stage: Stage, slack: Channel, receiver: Receiver) -> None:
    Channel.objects.filter(pk=slack.pk).update(config={"groups": ["review"], "prose": True})
    stage.hand_off("@channel <!here> pay")
    send()
    said = str(json.loads(receiver.calls[0].body))
    assert "@channel" not in said and "<!here>" not in said and "pay" in said


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_token_that_is_no_longer_good_switches_the_channel_off(
    stage: Stage, slack: Channel, receiver: Receiver, status: int
) -> None:
    receiver.statuses, receiver.body = [status], b"no_service"
    stage.hand_off()
    send()
    slack.refresh_from_db()
    assert not slack.is_active and slack.off_because == Channel.OffBecause.ERROR
    assert only("apprise").status == Delivery.Status.DEAD


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_an_error_that_may_pass_is_tried_again(
    stage: Stage, ntfy: Channel, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status, 200]
    stage.hand_off()
    send()
    delivery = only("apprise")
    assert delivery.status == Delivery.Status.WAITING
    assert str(status) in delivery.last_error
    stage.pass_time(minutes=2)
    dispatch.deliver_due()
    assert only("apprise").status == Delivery.Status.DONE


def test_what_was_decided_before_it_left_is_not_sent(
    stage: Stage, ntfy: Channel, receiver: Receiver
) -> None:
    handoff = stage.hand_off()
    dispatch.run_once()
    stage.answer(handoff)
    send()
    sent = [call.body.decode() for call in receiver.calls]
    assert len(sent) == 1 and "Decided" in sent[0]
    states = Delivery.objects.filter(channel__kind="apprise").order_by("pk")
    assert [each.status for each in states] == ["cancelled", "done"]


@pytest.fixture
def silent() -> Iterator[Receiver]:
    with serving(Receiver(gate=threading.Event())) as running:
        yield running


def test_a_service_that_never_answers_is_left_in_time(
    stage: Stage, silent: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TEST_PATIENCE", 0.5)
    settings.HANDOFF_CHANNEL_HOSTS = [silent.host]
    channel = service(f"ntfy://{silent.host}/reviews")
    begun = time.monotonic()
    result = channel_book.test(channel, actor=SYSTEM)
    assert time.monotonic() - begun < 3
    assert not result.is_ok and "0.5 s" in result.detail


def test_a_room_is_told_so_many_an_hour_and_then_where_the_rest_is(
    stage: Stage, ntfy: Channel, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "PER_HOUR", 3)
    for number in range(6):
        stage.hand_off(f"No. {number}")
    send()
    assert len(receiver.calls) == 3
    assert b"see the queue" in receiver.calls[2].body
    assert b"see the queue" not in receiver.calls[1].body
    states = Delivery.objects.filter(channel=ntfy).order_by("pk")
    assert [each.status for each in states] == ["done"] * 3 + ["cancelled"] * 3
    stage.pass_time(minutes=61)
    stage.hand_off("Later")
    send()
    assert len(receiver.calls) == 4
