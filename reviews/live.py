"""The hub: one a process. It reads new Events once, renders each changed row once, and hands the
message to the sockets of people who may see the workspace; it wakes waiting long-polls too.

Hints (Redis, or a call within the process) make it quick; without any it looks at the database by
itself, so a lost hint costs a second, never an update. The first change goes out at once, what
follows within 0.3 s is merged.
"""

import asyncio
import contextlib
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from django.db import close_old_connections, connection

from reviews import live_messages
from reviews.live_messages import Changes

logger = logging.getLogger("handoff.live")
CHANNEL = "handoff:live"
MERGE_SECONDS = 0.3
HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 30.0
QUEUE_LENGTH = 64


@dataclass(eq=False)
class Socket:
    """One browser page. ``outbox`` is bounded: full means drop all and ask for a resync."""

    user_id: int
    workspaces: frozenset[int]
    outbox: "asyncio.Queue[str | None]" = field(
        default_factory=lambda: asyncio.Queue(QUEUE_LENGTH)
    )

    def put(self, text: str | None) -> None:
        """Queue a message; None closes the socket."""
        if text is not None and self.outbox.full():
            while not self.outbox.empty():
                self.outbox.get_nowait()
            text = json.dumps({"type": "resync"})
        with contextlib.suppress(asyncio.QueueFull):
            self.outbox.put_nowait(text)


class Hub:
    """Lives on one event loop; ``poke`` and ``ring`` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.sockets: set[Socket] = set()
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._known: dict[int, int] | None = None
        self._dirty = asyncio.Event()
        self._ringing: set[int] = set()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="hub-db")
        self._tasks = [
            loop.create_task(job())
            for job in (self._pump, self._listen, self._beat, self._check_rights)
        ]
        self._version: int | None = None

    # -- what others call ---------------------------------------------------------------------

    async def register(self, user_id: int) -> tuple[Socket, dict[int, int]] | None:
        """A socket for this person and the sequence numbers it starts from; None: no such person."""
        rights = await self._run(live_messages.visible_to, [user_id])
        if rights.get(user_id) is None:
            return None
        socket = Socket(user_id, rights[user_id] or frozenset())
        self.sockets.add(socket)  # before reading the numbers: an update may come twice, never not
        seqs = await self._run(live_messages.sequences)
        return socket, {pk: seq for pk, seq in seqs.items() if pk in socket.workspaces}

    def leave(self, socket: Socket) -> None:
        self.sockets.discard(socket)

    @contextlib.contextmanager
    def waiting(self, public_id: str) -> Iterator[asyncio.Event]:
        """An event set whenever something happens to this handoff. Read only after entering."""
        event = asyncio.Event()
        self._waiters[public_id].add(event)
        try:
            yield event
        finally:
            self._waiters[public_id].discard(event)
            if not self._waiters[public_id]:
                del self._waiters[public_id]

    def poke(self) -> None:
        """Something has changed: look. From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self.loop.call_soon_threadsafe(self._dirty.set)

    def ring(self, users: Iterable[int]) -> None:
        """These people's bells have changed. From any thread."""
        chosen = set(users)

        def on_loop() -> None:
            self._ringing |= chosen
            self._dirty.set()

        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(on_loop)

    # -- its own work -------------------------------------------------------------------------

    async def _run(self, work: Callable[..., Any], *args: Any) -> Any:
        def step() -> Any:
            try:
                return work(*args)
            finally:
                close_old_connections()

        return await self.loop.run_in_executor(self._database, step)

    async def _pump(self) -> None:
        while True:
            try:
                await self._await_change()
                self._dirty.clear()
                if await self._look():
                    await asyncio.sleep(MERGE_SECONDS)
            except Exception as error:
                logger.warning("live updates wait for the database: %s", error)
                await asyncio.sleep(1.0)

    async def _await_change(self) -> None:
        """Until a hint comes, or the database says by itself that it may have changed."""
        is_sqlite = connection.vendor == "sqlite"
        while not self._dirty.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dirty.wait(), 0.2 if is_sqlite else 1.0)
                return
            if not is_sqlite:
                return
            version = await self._run(live_messages.sqlite_version)
            if version != self._version:
                self._version = version
                return

    async def _look(self) -> bool:
        """Read what is new and pass it on. True when there was something."""
        if self._known is None:
            self._known = await self._run(live_messages.sequences)
            return False
        ringing, self._ringing = self._ringing, set()
        changes: Changes = await self._run(
            live_messages.changes, self._known, bool(self.sockets)
        )
        for workspace_id, _, to in changes.spans:
            self._known[workspace_id] = to
        for public_id in changes.handoffs:
            for event in self._waiters.get(public_id, ()):
                event.set()
        if changes.touches_rights:
            await self._apply_rights()
        for socket in list(self.sockets):
            for text in changes.texts_for(socket.workspaces):
                socket.put(text)
        here = ringing & {socket.user_id for socket in self.sockets}
        if here:
            unread = await self._run(live_messages.unread, here)
            for socket in self.sockets:
                if socket.user_id in here:
                    count = unread.get(socket.user_id, 0)
                    socket.put(json.dumps({"type": "bell", "unread": count}))
        return bool(changes.spans)

    async def _beat(self) -> None:
        """Moves everybody's "to" on, so that silence means a dead line."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            known = dict(self._known or {})
            for socket in list(self.sockets):
                seqs = {pk: seq for pk, seq in known.items() if pk in socket.workspaces}
                socket.put(json.dumps({"type": "heartbeat", "seqs": seqs}))

    async def _check_rights(self) -> None:
        while True:
            await asyncio.sleep(RIGHTS_SECONDS)
            try:
                await self._apply_rights()
            except Exception as error:
                logger.warning("rights could not be checked: %s", error)

    async def _apply_rights(self) -> None:
        """One query for all: who may see what now; who may see nothing is cut off."""
        if not self.sockets:
            return
        users = {socket.user_id for socket in self.sockets}
        rights = await self._run(live_messages.visible_to, list(users))
        for socket in list(self.sockets):
            visible = rights.get(socket.user_id)
            if visible is None:
                self.leave(socket)
                socket.put(None)
            else:
                socket.workspaces = visible

    async def _listen(self) -> None:
        """Hints of other processes, by Redis; with Redis dead the database is asked instead."""
        if not settings.REDIS_URL:
            return
        while True:
            client = redis.asyncio.from_url(
                settings.REDIS_URL, socket_timeout=None, socket_connect_timeout=2
            )
            try:
                async with client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._heard(message["data"])
            except (redis.RedisError, OSError) as error:
                logger.info("Redis is away, the hub polls: %s", error)
            finally:
                with contextlib.suppress(Exception):
                    await client.aclose()  # type: ignore[attr-defined]
            await asyncio.sleep(1.0)

    def _heard(self, data: bytes) -> None:
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            self._ringing |= {int(user) for user in json.loads(data).get("bells", [])}
        self._dirty.set()


_hub: Hub | None = None
_lock = threading.Lock()


def hub() -> Hub:
    """This process's hub, started on the running loop at the first call."""
    global _hub
    loop = asyncio.get_running_loop()
    with _lock:
        if _hub is None or _hub.loop is not loop:
            _hub = Hub(loop)
        return _hub


@cache
def _publisher(url: str) -> "redis.Redis[bytes]":
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def announce(workspaces: Iterable[int]) -> None:
    """Tell all hubs that these workspaces have new Events. May raise when Redis is dead."""
    if _hub is not None:
        _hub.poke()
    if settings.REDIS_URL:
        _publisher(settings.REDIS_URL).publish(CHANNEL, json.dumps({"new": list(workspaces)}))


def ring(users: Iterable[int]) -> None:
    """Tell all hubs that these people's bells have changed. Never raises."""
    chosen = list(users)
    if _hub is not None:
        _hub.ring(chosen)
    if settings.REDIS_URL:
        with contextlib.suppress(redis.RedisError, OSError):
            _publisher(settings.REDIS_URL).publish(CHANNEL, json.dumps({"bells": chosen}))
