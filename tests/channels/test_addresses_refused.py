"""Addresses that lead inside, or let somebody choose more than they should: refused with a sentence
when a channel is saved, and again when it sends."""

import socket
from typing import Any

import pytest
from pytest_django import Settings

from reviews import channel_book, dispatch
from reviews.channel_book import Place
from reviews.models import Channel, Delivery
from reviews.notify import outward
from reviews.notify.net import RequestFailed
from tests.channels.making import webhook
from tests.notify.receivers import Receiver
from tests.notify.stage import Stage, only
from workspaces import sealed
from workspaces.actors import SYSTEM
from workspaces.errors import Invalid

INSIDE = [
    "https://127.0.0.1/hook",
    "https://127.0.0.1:8443/hook",
    "https://[::1]/hook",
    "https://[::ffff:127.0.0.1]/hook",
    "https://[::ffff:a00:1]/hook",
    "https://[64:ff9b::7f00:1]/hook",
    "https://[fe80::1]/hook",
    "https://[fd00::1]/hook",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.8/hook",
    "https://192.168.1.1/hook",
    "https://100.64.0.1/hook",
    "https://0.0.0.0/hook",
    "https://2130706433/hook",
    "https://0177.0.0.1/hook",
    "https://0x7f.1/hook",
    "https://0x7f000001/hook",
    "https://127.1/hook",
    "https://localhost/hook",
    "https://LOCALHOST./hook",
    "https://desk.localhost/hook",
    "https://good.example@127.0.0.1/hook",
    "https://good.example:443@169.254.169.254/hook",
    "https://127.0.0.1#@good.example/",
    "https://good.example\\@127.0.0.1/",
    "https://good.example\r\nX: 1/hook",
    "http://203.0.114.1/hook",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "file:///etc/passwd",
    "ftp://good.example/",
    "unix:///run/redis.sock",
    "javascript:alert(1)",
    "//127.0.0.1/hook",
    "",
]
SERVICES = [
    "json://127.0.0.1/hook",
    "jsons://127.0.0.1/hook",
    "xml://10.0.0.8/",
    "form://10.0.0.8/",
    "apprise://10.0.0.8/token",
    "mailto://user:pw@10.0.0.8",
    "syslog://",
    "dbus://",
    "windows://",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "mattermost://10.0.0.8/token",
    "rocket://user:pw@10.0.0.8/room",
    "gotify://10.0.0.8/token",
    "workflows://10.0.0.8:443/a/b",
    "matrixs://user:pw@10.0.0.8/room",
    "matrix://10.0.0.8/room?mode=t2bot",
    "ntfy://127.0.0.1/topic",
    "ntfys://127.0.0.1/topic",
    "ntfys://[::1]/topic",
    "ntfys://169.254.169.254/topic",
    "ntfys://2130706433/topic",
    "ntfys://0177.0.0.1/topic",
    "ntfys://localhost/topic",
    "ntfy://topic?mode=private",
    "zulip://bot@127.0.0.1/" + "a" * 32 + "/chan",
    "zulip://bot@evil.example/" + "a" * 32 + "/chan",
    "zulip://bot@a.zulipchat.com.evil.example/" + "a" * 32 + "/chan",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#a?template=/etc/passwd",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?verify=no",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?cto=9999",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?+X-Header=1",
    "tgram://",
    "slack://T1JJ3T3L2\r\n/A/B",
    "slack://" + "a" * 3000,
    "none at all",
]


@pytest.mark.parametrize("url", INSIDE)
def test_a_webhook_to_it_is_refused_with_a_sentence(stage: Stage, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        webhook(Place(workspace=stage.workspace), url)
    assert refused.value.detail.endswith(".")
    assert not Channel.objects.filter(kind="webhook").exists()


@pytest.mark.parametrize("url", SERVICES)
def test_a_chat_service_at_it_is_refused_with_a_sentence(stage: Stage, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        channel_book.add_service(Place(), name="x", url=url, config={}, actor=SYSTEM)
    assert refused.value.detail.endswith(".")
    assert not Channel.objects.filter(kind="apprise").exists()


@pytest.mark.parametrize("url", [url for url in INSIDE if url.startswith("https")])
def test_what_was_saved_somehow_is_refused_when_it_sends(stage: Stage, url: str) -> None:
    config = {"kinds": ["handoff.submitted"]}
    hidden = sealed.seal({"url": url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    Channel.objects.create(kind="webhook", name="x", sealed=hidden, config=config)
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    delivery = only("webhook")
    assert delivery.status == Delivery.Status.DEAD
    assert delivery.last_error.endswith(".")


@pytest.mark.parametrize("url", ["ntfys://127.0.0.1/topic", "json://127.0.0.1/", "ntfy://[::1]/t"])
def test_a_service_saved_somehow_is_refused_when_it_sends(stage: Stage, url: str) -> None:
    hidden = sealed.seal({"url": url})
    Channel.objects.create(kind="apprise", name="x", sealed=hidden, config={"groups": ["review"]})
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    assert only("apprise").status == Delivery.Status.DEAD


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Names resolve to ``answers`` in turn, the last for good."""
    left = list(answers)

    def getaddrinfo(_host: str, port: int, **_options: Any) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::2"])
def test_a_name_that_leads_inside_is_refused(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    resolving(monkeypatch, inside)
    with pytest.raises(Invalid, match="not public"):
        webhook(Place(), "https://hooks.good.example/x")
    with pytest.raises(Invalid, match="not public"):
        channel_book.add_service(
            Place(), name="x", url="ntfys://ntfy.good.example/topic", config={}, actor=SYSTEM
        )


def test_a_name_that_leads_inside_only_later_is_refused_when_it_sends(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "203.0.114.7", "127.0.0.1")
    channel, _secret = webhook(Place(), f"https://rebinds.example:{receiver.port}/hook")
    result = channel_book.test(channel, actor=SYSTEM)
    assert not result.is_ok and "not public" in result.detail
    assert receiver.calls == []


def test_a_fixed_service_whose_name_leads_inside_is_not_called(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = channel_book.add_service(
        Place(),
        name="x",
        url="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        config={},
        actor=SYSTEM,
    )
    resolving(monkeypatch, "127.0.0.1")
    result = channel_book.test(channel, actor=SYSTEM)
    assert not result.is_ok and "not public" in result.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(
    stage: Stage, receiver: Receiver, settings: Settings, status: int
) -> None:
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]
    receiver.statuses = [status]
    receiver.headers = {"Location": f"http://127.0.0.1:{receiver.port}/inside"}
    channel, _secret = webhook(Place(), receiver.url)
    service = channel_book.add_service(
        Place(), name="x", url=f"ntfy://{receiver.host}/topic", config={}, actor=SYSTEM
    )
    assert not channel_book.test(channel, actor=SYSTEM).is_ok
    assert not channel_book.test(service, actor=SYSTEM).is_ok
    assert [call.path for call in receiver.calls] == ["/hook", "/"]


def test_a_port_of_the_desks_own_services_is_opened_by_no_public_name() -> None:
    with pytest.raises(RequestFailed):
        outward.check("https://good.example:25/")
