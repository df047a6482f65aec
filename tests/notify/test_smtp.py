"""Mails over a real SMTP connection."""

import asyncio
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from reviews import dispatch
from reviews.models import Delivery
from tests.notify.stage import Stage, deliveries


class Sink:
    """Keeps what it is sent; refuses the addresses in ``unknown``."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.unknown: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    sink = Sink()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = loop.create_server(lambda: SMTP(sink, loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(5)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.sockets[0].getsockname()[1]
    settings.EMAIL_TIMEOUT = 5
    yield sink
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_mail_crosses_the_wire_whole(stage: Stage, sink: Sink) -> None:
    handoff = stage.hand_off("Veröffentlichen? 👩‍🚀 " + "x" * 100)
    dispatch.run_once()
    dispatch.deliver_due()
    assert [envelope.rcpt_tos for envelope in sink.received] == [
        ["ana@acme.example"],
        ["ben@acme.example"],
    ]
    content = sink.received[0].content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=default)
    assert message["Subject"].strip().startswith(f"{handoff.number} ")
    assert "Veröffentlichen? 👩‍🚀" in message["Subject"]
    plain = message.get_body(("plain",))
    assert plain is not None and "Veröffentlichen? 👩‍🚀" in plain.get_content()
    assert {d.status for d in deliveries("email")} == {Delivery.Status.DONE}


def test_an_unknown_address_is_a_dead_letter_and_others_get_theirs(
    stage: Stage, sink: Sink
) -> None:
    sink.unknown = {"ana@acme.example"}
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    ana, ben = deliveries("email")
    assert (ana.status, ben.status) == (Delivery.Status.DEAD, Delivery.Status.DONE)
    assert "refused ana@acme.example" in ana.last_error


def test_a_server_that_is_down_is_tried_again(stage: Stage, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    assert {d.status for d in deliveries("email")} == {Delivery.Status.WAITING}
    assert "refused" in deliveries("email")[0].last_error


def test_the_embedded_desk_writes_its_mails_into_a_folder(
    stage: Stage, settings: Settings, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mails")
    stage.hand_off("Deploy the other site")
    dispatch.run_once()
    dispatch.deliver_due()
    files = sorted((tmp_path / "mails").iterdir())
    assert len(files) == 2
    assert "Deploy the other site" in files[0].read_text()
