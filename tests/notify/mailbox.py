"""A real mail server on loopback that keeps what it is sent."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """``unknown``: addresses it refuses; ``is_down``: it answers 451 to everything."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.times: list[float] = []
        self.arrived = threading.Semaphore(0)  # one more for each mail
        self.unknown: set[str] = set()
        self.is_down = False
        self.port = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.is_down:
            return "451 come back later"
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.times.append(time.time())
        self.envelopes.append(envelope)
        self.arrived.release()
        return "250 OK"

    def mails(self, address: str = "") -> list[EmailMessage]:
        found = []
        for envelope in self.envelopes:
            if not address or address in envelope.rcpt_tos:
                assert isinstance(envelope.content, bytes)
                message = message_from_bytes(envelope.content, policy=default)
                assert isinstance(message, EmailMessage)
                found.append(message)
        return found


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@contextmanager
def running() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(5)
    mailbox.port = server.sockets[0].getsockname()[1]
    yield mailbox
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
