"""The socket of a page. It says one thing to the desk, which handoff it shows; every command is
an ordinary POST."""

import asyncio
import json
import time
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY

from reviews import live
from reviews.live_sockets import SIGNED_OUT, TOO_MUCH, Session, Socket

LONGEST = 64  # characters of a message
BURST, PER_SECOND = 20, 4.0  # messages; a page waits 0.3 s before it says the next


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Registers with the process's hub and joins no group."""

    socket: Socket | None = None
    writer: "asyncio.Task[None] | None" = None
    left = float(BURST)
    left_at = 0.0

    async def connect(self) -> None:
        user = self.scope.get("user")
        registered = None
        if user is not None and user.is_authenticated:
            registered = await live.hub().register(user.pk, _session(self.scope))
        await self.accept()
        if registered is None:
            # To a page, a refused handshake is a dead network; this it can tell its reader.
            await self.close(code=SIGNED_OUT)
            return
        self.socket, seqs = registered
        viewing = live.hub().attendance.board.within(self.socket.workspaces)
        hello = {"type": "hello", "seqs": seqs, "viewing": viewing}
        await self.send(text_data=json.dumps(hello))
        self.writer = asyncio.create_task(self._write(self.socket))

    async def _write(self, socket: Socket) -> None:
        while (text := await socket.outbox.get()) is not None:
            await self.send(text_data=text)
        await self.close(code=socket.close_code)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """``{"viewing": "HO-12"}`` or ``{"viewing": null}``; nothing else means anything, and who
        says too much is cut off."""
        if self.socket is None:
            return
        if not self._may_speak():
            self.socket.end(TOO_MUCH)
            return
        found = viewing(text_data or "")
        if found is not None:
            await live.hub().look(self.socket, found or None)

    def _may_speak(self) -> bool:
        now = time.monotonic()
        self.left = min(BURST, self.left + (now - self.left_at) * PER_SECOND) - 1
        self.left_at = now
        return self.left >= 0

    async def disconnect(self, code: int) -> None:
        if self.socket is not None:
            live.hub().leave(self.socket)
        if self.writer is not None:
            self.writer.cancel()


def viewing(text: str) -> int | None:
    """The handoff that a page says it shows, 0 for none of them; None: no such message."""
    if len(text) > LONGEST:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or set(message) != {"viewing"}:
        return None
    number = message["viewing"]
    if number is None:
        return 0
    pk = number.removeprefix("HO-") if isinstance(number, str) else ""
    return int(pk) if pk.isascii() and pk.isdecimal() and len(pk) <= 18 else None


def _session(scope: dict[str, Any]) -> Session:
    session = scope["session"]
    return Session(session.session_key or "", session.get(HASH_SESSION_KEY, ""))
