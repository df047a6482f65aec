"""The socket of a page: server → browser only; every command is an ordinary POST."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from reviews import live

SIGNED_OUT, RIGHTS_CHANGED = 4401, 4403  # close codes that static/js/live.js knows


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Registers with the process's hub and joins no group."""

    socket: live.Socket | None = None
    writer: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        user = self.scope.get("user")
        registered = None
        if user is not None and user.is_authenticated:
            registered = await live.hub().register(user.pk)
        await self.accept()
        if registered is None:
            # To a page, a refused handshake is a dead network; this it can tell its reader.
            await self.close(code=SIGNED_OUT)
            return
        self.socket, seqs = registered
        await self.send(text_data=json.dumps({"type": "hello", "seqs": seqs}))
        self.writer = asyncio.create_task(self._write(self.socket))

    async def _write(self, socket: live.Socket) -> None:
        while (text := await socket.outbox.get()) is not None:
            await self.send(text_data=text)
        await self.close(code=RIGHTS_CHANGED)

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Nothing a browser sends here means anything."""

    async def disconnect(self, code: int) -> None:
        if self.socket is not None:
            live.hub().leave(self.socket)
        if self.writer is not None:
            self.writer.cancel()
