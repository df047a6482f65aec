"""Tells open pages who looks at what, and the hubs of other processes what this one knows."""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Collection
from uuid import uuid4

from reviews.live_redis import Message
from reviews.live_sockets import Socket
from reviews.presence import RETELL_SECONDS, Board, Place, Viewer

MERGE_SECONDS = 0.3
LOOK_SECONDS = 5.0  # how often silence is noticed


class Attendance:
    """Lives on the hub's loop. ``tell`` reaches all processes; it may reach none."""

    def __init__(
        self, sockets: Collection[Socket], tell: Callable[[Message], Awaitable[None]]
    ) -> None:
        self.board = Board()
        self._sockets = sockets
        self._tell = tell
        self._process = uuid4().hex
        self._moved = asyncio.Event()
        self._is_untold = True

    def is_at(self, socket: Socket, handoff_id: int) -> bool:
        place = self.board.place_of(socket)
        return place is not None and place.handoff_id == handoff_id

    def look(self, socket: Socket, handoff_id: int | None, workspace_id: int | None) -> None:
        """The page shows this handoff now. ``workspace_id`` may be None for one it showed before;
        a workspace that its person may not see counts as looking at nothing."""
        place = None
        if handoff_id is not None and self.is_at(socket, handoff_id):
            place = self.board.place_of(socket)
        elif handoff_id is not None and workspace_id is not None:
            place = Place(workspace_id, handoff_id)
        if place is not None and place.workspace_id not in socket.workspaces:
            place = None
        if self.board.look(socket, Viewer(socket.user_id, socket.name), place):
            self._is_untold = True
            self._moved.set()

    def leave(self, socket: Socket) -> None:
        self.look(socket, None, None)

    def heard(self, message: Message) -> bool:
        """Was it about presence? Raises ValueError, TypeError for what makes no sense."""
        if not message:  # we have just joined the line
            self._is_untold = True
            self._moved.set()
        if "viewing" not in message:
            return False
        process = str(message.get("process", ""))
        if process != self._process:
            # Who is new to us has not heard of ours either.
            self._is_untold |= self.board.hear(process, message["viewing"])
            self._moved.set()
        return True

    async def share(self) -> None:
        """Until cancelled: what moved goes out at once, what follows within 0.3 s is merged."""
        told_at = 0.0
        while True:
            # asyncio.timeout: before Python 3.12, wait_for may lose a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._moved.wait()
            self._moved.clear()
            self._is_untold |= self.board.expire()
            self._tell_pages()
            if self._is_untold or time.monotonic() - told_at > RETELL_SECONDS:
                self._is_untold, told_at = False, time.monotonic()
                await self._tell({"process": self._process, "viewing": self.board.told()})
            await asyncio.sleep(MERGE_SECONDS)

    def _tell_pages(self) -> None:
        for workspace_id, viewing in self.board.take_changes().items():
            text = json.dumps({"type": "presence", "viewing": viewing})
            for socket in list(self._sockets):
                if workspace_id in socket.workspaces:
                    socket.put(text)
