"""The screens of channels, as their keepers and owners use them."""

import pytest
from django.test import Client
from pytest_django import Settings

from reviews import channel_book, dispatch, event_kinds
from reviews.channel_book import Place
from reviews.models import Channel, Delivery
from tests.cast import Cast
from tests.channels.making import webhook
from tests.notify.receivers import Receiver
from workspaces.actors import SYSTEM
from workspaces.models import Event, User


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings, receiver: Receiver) -> None:
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]


@pytest.fixture
def owner(cast: Cast) -> Client:
    return cast.client(cast.owner)


def added(owner: Client, cast: Cast, url: str, **more: object) -> object:
    posted = {
        "place": f"workspace-{cast.workspace.pk}",
        "name": "Our systems",
        "url": url,
        "shape": "signed",
        "kinds": ["handoff.submitted"],
        **more,
    }
    return owner.post("/channels/new/webhook/", posted)


def test_a_webhook_is_added_and_its_secret_shown_once(
    owner: Client, cast: Cast, receiver: Receiver
) -> None:
    answer = added(owner, cast, receiver.url)
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert "whsec_" in page
    channel = Channel.objects.get(kind="webhook")
    assert channel.workspace == cast.workspace
    again = owner.get(f"/channels/{channel.pk}/").content.decode()
    assert "whsec_" not in again and receiver.url not in again and receiver.host in again


def test_an_address_that_leads_inside_is_refused_beside_its_field(
    owner: Client, cast: Cast
) -> None:
    answer = added(owner, cast, "https://169.254.169.254/latest")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "not a public address" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Channel.objects.filter(kind="webhook").exists()


def test_a_webhook_without_an_event_is_refused(
    owner: Client, cast: Cast, receiver: Receiver
) -> None:
    answer = added(owner, cast, receiver.url, kinds=[])
    assert "This field is required" in answer.content.decode()  # type: ignore[attr-defined]


def test_the_test_button_shows_the_answer(owner: Client, cast: Cast, receiver: Receiver) -> None:
    receiver.statuses = [204, 500]
    channel, _secret = webhook(Place(workspace=cast.workspace), receiver.url)
    url = f"/channels/{channel.pk}/test/"
    page = owner.post(url, follow=True).content.decode()
    assert "The test arrived. The receiver answered 204." in page
    page = owner.post(url, follow=True).content.decode()
    assert "The test failed. The receiver answered 500." in page
    assert Event.objects.filter(kind=event_kinds.CHANNEL_TESTED).count() == 2
    assert "Failing" in owner.get("/channels/").content.decode()


def test_the_list_tells_which_were_switched_off_by_an_error(
    owner: Client, cast: Cast, receiver: Receiver
) -> None:
    receiver.statuses = [410]
    channel, _secret = webhook(Place(workspace=cast.workspace), receiver.url)
    cast.submit()
    dispatch.run_once()
    dispatch.deliver_due()
    dispatch.run_once()
    page = owner.get("/channels/").content.decode()
    assert "“Systems” was switched off" in page and "410 Gone" in page
    bell = owner.get("/notifications/").content.decode()
    assert "A channel was switched off" in bell and f"/channels/{channel.pk}/" in bell
    owner.post(f"/channels/{channel.pk}/switch/", {"on": "1"})
    channel.refresh_from_db()
    assert channel.is_active and channel.off_because == ""


def test_what_failed_is_replayed_all_at_once(owner: Client, cast: Cast, receiver: Receiver) -> None:
    channel, _secret = webhook(Place(workspace=cast.workspace), receiver.url)
    for number in range(3):
        cast.submit(f"No. {number}")
    dispatch.run_once()
    dead = Delivery.objects.filter(channel=channel)
    dead.update(status=Delivery.Status.DEAD, attempts=10)
    page = owner.get(f"/deliveries/?id={channel.pk}&state=dead").content.decode()
    assert "Replay all 3 that failed" in page
    answer = owner.post("/deliveries/replay/", {"id": channel.pk, "state": "dead"}, follow=True)
    assert "3 are on their way again" in answer.content.decode()
    dispatch.deliver_due()
    assert {each.status for each in dead.all()} == {"done"}
    assert len(receiver.calls) == 3


def test_a_channels_page_lists_what_was_sent_and_its_story(
    owner: Client, cast: Cast, receiver: Receiver
) -> None:
    channel, _secret = webhook(Place(workspace=cast.workspace), receiver.url)
    handoff = cast.submit()
    dispatch.run_once()
    dispatch.deliver_due()
    page = owner.get(f"/channels/{channel.pk}/").content.decode()
    assert handoff.number in page and "handoff.submitted" in page and "Added" in page


def test_ones_own_chat_address_is_ones_own(cast: Cast, receiver: Receiver) -> None:
    client = cast.client(cast.reviewer)
    posted = {"name": "My phone", "url": f"ntfy://{receiver.host}/me", "prose": "on"}
    assert client.post("/settings/channels/", posted).status_code == 302
    channel = Channel.objects.get(kind="apprise")
    assert channel.user == cast.reviewer
    assert "prose" not in channel.config  # that is an admin's to allow
    assert "My phone" in client.get("/settings/channels/").content.decode()
    assert cast.client(cast.owner).get(f"/channels/{channel.pk}/").status_code == 404


def test_the_settings_page_leads_to_ones_own_channels(cast: Cast) -> None:
    assert (
        'href="/settings/channels/"'
        in cast.client(cast.stranger).get("/settings/").content.decode()
    )


def test_the_service_worker_is_the_desks_and_never_stale(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b"showNotification" in answer.content


def test_many_channels_cost_no_more_queries_than_few(
    cast: Cast, owner: Client, receiver: Receiver, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        channel_book.add_webhook(
            Place(workspace=cast.workspace),
            name=f"No. {number}",
            url=receiver.url,
            config={"kinds": []},
            actor=SYSTEM,
        )
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        owner.get("/channels/")


def test_a_site_admin_sees_the_desks_channels_and_an_owner_does_not(
    cast: Cast, owner: Client, receiver: Receiver
) -> None:
    webhook(Place(), receiver.url)
    assert "Systems" not in owner.get("/channels/").content.decode()
    User.objects.filter(pk=cast.stranger.pk).update(is_site_admin=True)
    assert "Systems" in cast.client(cast.stranger).get("/channels/").content.decode()
