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
from django.db import close_old_connections, connection, connections

from reviews import live_messages
from reviews.live_messages import Changes, Sequences

logger = logging.getLogger("handoff.live")
CHANNEL = "handoff:live"
MERGE_SECONDS = 0.3
HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 30.0
QUEUE_LENGTH = 64
SQLITE_LOOK, LOOK = 0.2, 1.0  # how often the database is asked where no hint came


@dataclass(eq=False)
class Socket:
    """One browser page. ``outbox`` is bounded: full means drop all and ask for a resync."""

    user_id: int
    workspaces: frozenset[int]
    outbox: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def put(self, text: str | None) -> None:
        """Queue a message; None closes the socket, and what was queued is not sent any more."""
        if text is None or self.outbox.full():
            while not self.outbox.empty():
                self.outbox.get_nowait()
            text = text and json.dumps({"type": "resync"})
        self.outbox.put_nowait(text)


class Hub:
    """Lives on one event loop; ``poke`` and ``ring`` may be called from any thread.

    Two loops over the same Events: waiting requests are woken at every hint, sockets are written
    to at most every ``MERGE_SECONDS``. Drawing rows never holds up a waiting agent.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.sockets: set[Socket] = set()
        self._waiters: dict[str, set[asyncio.Event]] = defaultdict(set)
        # {workspace: sequence number}, None until read: what waiters know, what sockets were sent.
        self._seen: Sequences | None = None
        self._sent: Sequences = {}
        self._hint = asyncio.Event()
        self._news = asyncio.Event()
        self._ringing: set[int] = set()
        self._version: int | None = None
        # A thread (and connection) each: SQLite counts others' changes per connection.
        self._watching = ThreadPoolExecutor(1, thread_name_prefix="hub-watch")
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="hub-draw")
        jobs = (self._watch, self._serve_sockets, self._listen, self._beat, self._check_rights)
        self._tasks = [loop.create_task(job()) for job in jobs]

    # -- what others call ---------------------------------------------------------------------

    async def register(self, user_id: int) -> tuple[Socket, Sequences] | None:
        """A socket for this person and the numbers it starts from; None: no such person."""
        await self._begin()
        rights = await self._draw(live_messages.visible_to, [user_id])
        if rights.get(user_id) is None:
            return None
        socket = Socket(user_id, rights[user_id] or frozenset())
        self.sockets.add(socket)  # before reading the numbers: an update may come twice, never not
        seqs = await self._draw(live_messages.sequences)
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

    @property
    def has_waiters(self) -> bool:
        return bool(self._waiters)

    def poke(self) -> None:
        """Something has changed: look. From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self.loop.call_soon_threadsafe(self._hint.set)

    def ring(self, users: Iterable[int]) -> None:
        """These people's bells have changed. From any thread."""
        chosen = set(users)
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._ring_here, chosen)

    async def close(self) -> None:
        """End its jobs and threads; a stopping process need not."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in (self._watching, self._drawing):
            await self.loop.run_in_executor(pool, connections.close_all)
            pool.shutdown()

    # -- waiting requests ---------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            try:
                await self._begin()
                await self._await_change()
                self._hint.clear()
                await self._wake_waiters()
            except Exception as error:
                logger.warning("live updates wait for the database: %s", error)
                await asyncio.sleep(1.0)

    async def _begin(self) -> None:
        """Take the place in every sequence from which on changes are told."""
        if self._seen is not None:
            return
        found = await self._run(self._watching, live_messages.sequences)
        if self._seen is None:
            self._seen, self._sent = found, dict(found)
            self._wake(list(self._waiters))  # what came before is no news: look once more

    async def _await_change(self) -> None:
        """Until a hint comes, or the database says by itself that it may have changed."""
        is_sqlite = connection.vendor == "sqlite"
        while not self._hint.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hint.wait(), SQLITE_LOOK if is_sqlite else LOOK)
                return
            if not is_sqlite:
                return
            version = await self._run(self._watching, live_messages.sqlite_version)
            if version != self._version:
                self._version = version
                return

    async def _wake_waiters(self) -> None:
        assert self._seen is not None
        had_waiters = self.has_waiters
        found = await self._run(self._watching, live_messages.touched, self._seen, had_waiters)
        for workspace_id, _, to in found.spans:
            self._seen[workspace_id] = to
        if found.spans:
            # Who began to wait during the query may have read the state before it.
            self._wake(found.handoffs if had_waiters else list(self._waiters))
            self._news.set()

    def _wake(self, public_ids: Iterable[str]) -> None:
        for public_id in public_ids:
            for event in self._waiters.get(public_id, ()):
                event.set()

    # -- sockets ------------------------------------------------------------------------------

    async def _serve_sockets(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._tell_sockets()
                await asyncio.sleep(MERGE_SECONDS)
            except Exception as error:
                logger.warning("live updates wait for the database: %s", error)
                self._news.set()
                await asyncio.sleep(1.0)

    async def _tell_sockets(self) -> None:
        """Everything is read before anything is sent, so that a failure repeats the whole."""
        ringing = self._ringing & {socket.user_id for socket in self.sockets}
        changes: Changes = await self._draw(live_messages.changes, self._sent, bool(self.sockets))
        if changes.touches_rights:
            await self._apply_rights()
        unread = await self._draw(live_messages.unread, ringing) if ringing else {}
        for workspace_id, _, to in changes.spans:
            self._sent[workspace_id] = to
        self._ringing -= ringing
        for socket in list(self.sockets):
            for text in changes.texts_for(socket.workspaces):
                socket.put(text)
            if socket.user_id in ringing:
                count = unread.get(socket.user_id, 0)
                socket.put(json.dumps({"type": "bell", "unread": count}))

    def _ring_here(self, users: set[int]) -> None:
        if here := users & {socket.user_id for socket in self.sockets}:
            self._ringing |= here
            self._news.set()

    async def _beat(self) -> None:
        """Moves everybody's "to" on, so that silence means a dead line."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for socket in list(self.sockets):
                seqs = {pk: seq for pk, seq in self._sent.items() if pk in socket.workspaces}
                socket.put(json.dumps({"type": "heartbeat", "seqs": seqs}))

    async def _check_rights(self) -> None:
        while True:
            await asyncio.sleep(RIGHTS_SECONDS)
            try:
                await self._apply_rights()
            except Exception as error:
                logger.warning("rights could not be checked: %s", error)

    async def _apply_rights(self) -> None:
        """One query for all: who may see what now. Who lost a right is cut off: what stands on
        that page is no longer theirs to see."""
        if not self.sockets:
            return
        users = {socket.user_id for socket in self.sockets}
        rights = await self._draw(live_messages.visible_to, list(users))
        for socket in list(self.sockets):
            visible = rights.get(socket.user_id)
            if visible is None or socket.workspaces - visible:
                self.leave(socket)
                socket.put(None)
            else:
                socket.workspaces = visible

    # -- the database and other processes -----------------------------------------------------

    async def _draw(self, work: Callable[..., Any], *args: Any) -> Any:
        return await self._run(self._drawing, work, *args)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> Any:
        def step() -> Any:
            try:
                return work(*args)
            finally:
                close_old_connections()

        return await self.loop.run_in_executor(pool, step)

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
                    self._hint.set()  # for what was said before we listened
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._heard(message["data"])
            except (redis.RedisError, OSError) as error:
                logger.info("Redis is away, the hub polls: %s", error)
            finally:
                with contextlib.suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(1.0)

    def _heard(self, data: bytes) -> None:
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            self._ring_here({int(user) for user in json.loads(data).get("bells", [])})
        self._hint.set()


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
def _publisher(url: str) -> redis.Redis:
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
