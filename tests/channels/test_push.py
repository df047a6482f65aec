"""Browser pushes, to a stand-in for a push service that decrypts what it gets."""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pytest_django import Settings

from reviews import channel_book, dispatch, event_kinds, push_subscriptions
from reviews.models import Channel, Delivery, DeskKey, Handoff
from reviews.notify import own_channels, posting, push
from tests.notify.receivers import Call, Receiver
from tests.notify.stage import Stage
from workspaces import clock
from workspaces.actors import SYSTEM
from workspaces.errors import Invalid
from workspaces.models import Event, Membership, User


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Browser:
    """The half of a subscription that stays in a browser."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"

    @property
    def p256dh(self) -> str:
        return coded(
            self.private.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
        )

    def read(self, call: Call) -> dict[str, Any]:
        clear = http_ece.decrypt(
            call.body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"
        )
        found = json.loads(clear)
        assert isinstance(found, dict)
        return found


Subscribe = Callable[..., Channel]


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def subscribe(stage: Stage, receiver: Receiver, browser: Browser, settings: Settings) -> Subscribe:
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]
    receiver.statuses = [201]

    def make(user: User | None = None, name: str = "Firefox") -> Channel:
        return push_subscriptions.subscribe(
            user or stage.ana,
            endpoint=f"http://{receiver.host}/push/abc",
            p256dh=browser.p256dh,
            auth=coded(browser.auth),
            name=name,
        )

    return make


def queue(stage: Stage, channel: Channel, handoff: Handoff) -> Delivery:
    """As the choice of channels would: a Delivery to this person's own channel."""
    event = Event.objects.filter(kind=event_kinds.SUBMITTED).latest("pk")
    now = clock.now()
    return Delivery.objects.create(
        event=event,
        channel=channel,
        handoff=handoff,
        user=channel.user,
        recipient=channel.address,
        lane=channel.lane,
        key=f"push-{handoff.pk}",
        next_at=now,
        created_at=now,
    )


def test_a_push_is_encrypted_and_holds_number_trigger_workspace_and_link_alone(
    stage: Stage, subscribe: Subscribe, browser: Browser, receiver: Receiver
) -> None:
    channel = subscribe()
    handoff = stage.hand_off("Pay 4711 to Mallory", summary="Trust me")
    delivery = queue(stage, channel, handoff)
    dispatch.deliver_due()
    (call,) = receiver.calls
    assert b"HO-" not in call.body and b"Mallory" not in call.body
    told = browser.read(call)
    assert told == {
        "title": f"{handoff.number} · {handoff.get_trigger_display()}",
        "body": "Acme site",
        "url": f"http://127.0.0.1:8000{handoff.get_absolute_url()}",
        "tag": handoff.number,
    }
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.DONE
    assert call.headers["content-encoding"] == "aes128gcm"
    assert int(call.headers["ttl"]) > 0 and len(call.headers["topic"]) == 32
    assert call.headers["urgency"] in ("normal", "high")


def test_the_push_service_can_check_who_sends(subscribe: Subscribe, receiver: Receiver) -> None:
    channel_book.test(subscribe(), actor=SYSTEM)
    authorization = receiver.calls[0].headers["authorization"]
    assert Vapid02.verify(authorization)
    assert authorization.endswith(f"k={push.public_key()}")
    token = authorization.removeprefix("vapid t=").partition(",")[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert claims["aud"] == f"http://{receiver.host}"
    assert 0 < claims["exp"] - time.time() <= 24 * 3600


def test_the_key_is_made_once_and_sealed(stage: Stage, settings: Settings) -> None:
    first = push.public_key()
    assert push.public_key() == first
    assert "PRIVATE" not in DeskKey.objects.get().sealed
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert push.public_key() == first
    settings.SECRET_KEY_FALLBACKS = []
    assert push.public_key() != first


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_removed_and_nobody_is_alarmed(
    stage: Stage, subscribe: Subscribe, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    channel = subscribe()
    delivery = queue(stage, channel, stage.hand_off())
    dispatch.deliver_due()
    delivery.refresh_from_db()
    channel.refresh_from_db()
    assert delivery.status == Delivery.Status.CANCELLED
    assert channel.deleted_at and channel.sealed == ""
    assert own_channels.of([stage.ana.pk]) == {}
    kinds = set(Event.objects.filter(subject_type="channel").values_list("kind", flat=True))
    assert kinds == {event_kinds.CHANNEL_ADDED, event_kinds.CHANNEL_REMOVED}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_in_trouble_is_asked_again(
    stage: Stage, subscribe: Subscribe, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status, 201]
    receiver.headers = {"Retry-After": "60"}
    delivery = queue(stage, subscribe(), stage.hand_off())
    dispatch.deliver_due()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.WAITING
    assert (delivery.next_at - clock.now()).total_seconds() > 50
    stage.pass_time(minutes=2)
    dispatch.deliver_due()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.DONE


def test_a_push_service_that_never_answers_is_left_in_time(
    subscribe: Subscribe, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TEST_PATIENCE", 0.4)
    receiver.gate = threading.Event()
    begun = time.monotonic()
    result = channel_book.test(subscribe(), actor=SYSTEM)
    assert time.monotonic() - begun < 3
    assert not result.is_ok and "0.4 s" in result.detail
    receiver.gate.set()


def test_who_may_no_longer_see_the_handoff_gets_no_push_of_it(
    stage: Stage, subscribe: Subscribe, receiver: Receiver
) -> None:
    delivery = queue(stage, subscribe(), stage.hand_off())
    Membership.objects.filter(user=stage.ana).delete()
    dispatch.deliver_due()
    delivery.refresh_from_db()
    assert (delivery.status, receiver.calls) == (Delivery.Status.CANCELLED, [])


def test_subscribing_again_makes_no_second_channel(stage: Stage, subscribe: Subscribe) -> None:
    first, second = subscribe(), subscribe()
    assert first.pk == second.pk
    assert own_channels.of([stage.ana.pk, stage.ben.pk]) == {stage.ana.pk: [first]}


def test_a_browser_belongs_to_who_subscribed_it_last(stage: Stage, subscribe: Subscribe) -> None:
    subscribe(stage.ana)
    bens = subscribe(stage.ben)
    assert own_channels.of([stage.ana.pk, stage.ben.pk]) == {stage.ben.pk: [bens]}


@pytest.mark.parametrize(
    "endpoint", ["https://127.0.0.1/push", "https://169.254.169.254/", "http://203.0.114.1/", "x"]
)
def test_an_endpoint_that_leads_inside_is_refused(
    stage: Stage, browser: Browser, endpoint: str
) -> None:
    with pytest.raises(Invalid):
        push_subscriptions.subscribe(
            stage.ana,
            endpoint=endpoint,
            p256dh=browser.p256dh,
            auth=coded(browser.auth),
            name="",
        )


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("é", "!"), ("B" * 87, "A" * 22)]
)
def test_keys_that_are_none_are_refused(stage: Stage, p256dh: str, auth: str) -> None:
    with pytest.raises(Invalid):
        push_subscriptions.subscribe(
            stage.ana, endpoint="https://push.example/a", p256dh=p256dh, auth=auth, name=""
        )
