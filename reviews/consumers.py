"""The socket of a page: server → browser only; every command is an ordinary POST."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from reviews import live


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Registers with the process's hub and joins no group."""

    socket: live.Socket | None = None
    writer: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=4401)
            return
        registered = await live.hub().register(user.pk)
        if registered is None:
            await self.close(code=4403)
            return
        self.socket, seqs = registered
        await self.accept()
        await self.send(text_data=json.dumps({"type": "hello", "seqs": seqs}))
        self.writer = asyncio.create_task(self._write(self.socket))

    async def _write(self, socket: live.Socket) -> None:
        while (text := await socket.outbox.get()) is not None:
            await self.send(text_data=text)
        await self.close(code=4403)

    async def receive(self, *args: Any, **kwargs: Any) -> None:
        """Nothing a browser sends here means anything."""

    async def disconnect(self, code: int) -> None:
        if self.socket is not None:
            live.hub().leave(self.socket)
        if self.writer is not None:
            self.writer.cancel()
