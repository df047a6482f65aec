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
from typing import Any

from django.db import close_old_connections, connection, connections

from reviews import live_messages, live_redis, live_rights
from reviews.live_messages import Changes, Sequences
from reviews.live_presence import Attendance
from reviews.live_sockets import NO_SESSION, RIGHTS_CHANGED, SIGNED_OUT, Session, Socket

logger = logging.getLogger("handoff.live")
MERGE_SECONDS = 0.3
HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 20.0  # a person who signed out elsewhere is cut off within 30 s
SQLITE_LOOK, LOOK = 0.2, 1.0  # how often the database is asked where no hint came


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
        self._line = live_redis.Line(self._heard)
        self.attendance = Attendance(self.sockets, self._line.tell)
        jobs = (
            self._watch,
            self._serve_sockets,
            self._line.listen,
            self._beat,
            self._check_rights,
            self.attendance.share,
        )
        self._tasks = [loop.create_task(job()) for job in jobs]

    # -- what others call ---------------------------------------------------------------------

    async def register(
        self, user_id: int, session: Session = NO_SESSION
    ) -> tuple[Socket, Sequences] | None:
        """A socket for this person and the numbers it starts from; None: not signed in."""
        await self._begin()
        rights = await self._draw(live_rights.visible_to, [user_id])
        if rights.get(user_id) is None:
            return None
        name = await self._draw(live_rights.name_of, user_id)
        socket = Socket(user_id, rights[user_id], name, session)
        self.sockets.add(socket)  # before reading the numbers: an update may come twice, never not
        seqs = await self._draw(live_messages.sequences)
        return socket, {pk: seq for pk, seq in seqs.items() if pk in socket.workspaces}

    def leave(self, socket: Socket) -> None:
        self.sockets.discard(socket)
        self.attendance.leave(socket)

    async def look(self, socket: Socket, handoff_id: int | None) -> None:
        """The page behind ``socket`` shows this handoff now; what its person may not see, none."""
        if handoff_id is not None and not self.attendance.is_at(socket, handoff_id):
            workspace_id = await self._draw(live_rights.workspace_of, handoff_id)
        else:
            workspace_id = None
        if socket in self.sockets:  # it may have gone meanwhile
            self.attendance.look(socket, handoff_id, workspace_id)

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
                async with asyncio.timeout(SQLITE_LOOK if is_sqlite else LOOK):
                    await self._hint.wait()
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
        unread = await self._draw(live_rights.unread, ringing) if ringing else {}
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
            viewing: dict[frozenset[int], Any] = {}
            for socket in list(self.sockets):
                seen = socket.workspaces
                if seen not in viewing:
                    viewing[seen] = self.attendance.board.within(seen)
                seqs = {pk: seq for pk, seq in self._sent.items() if pk in seen}
                beat = {"type": "heartbeat", "seqs": seqs, "viewing": viewing[seen]}
                socket.put(json.dumps(beat))

    async def _check_rights(self) -> None:
        while True:
            await asyncio.sleep(RIGHTS_SECONDS)
            try:
                await self._apply_rights()
            except Exception as error:
                logger.warning("rights could not be checked: %s", error)

    async def _apply_rights(self) -> None:
        """Who may see what now, in a few queries for all. Who lost a right or signed out is cut
        off: what stands on that page is no longer theirs to see."""
        if not self.sockets:
            return
        sockets = list(self.sockets)
        rights = await self._draw(live_rights.visible_to, {each.user_id for each in sockets})
        sessions = [(each.user_id, each.session) for each in sockets]
        ended = await self._draw(live_rights.ended, sessions)
        for socket in sockets:
            visible = rights.get(socket.user_id)
            if socket.session in ended:
                self._cut_off(socket, SIGNED_OUT)
            elif visible is None or socket.workspaces - visible:
                self._cut_off(socket, RIGHTS_CHANGED)
            else:
                socket.workspaces = visible

    def _cut_off(self, socket: Socket, code: int) -> None:
        self.leave(socket)
        socket.end(code)

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

    def _heard(self, message: live_redis.Message) -> None:
        """From another process's hub, or our own words come back."""
        with contextlib.suppress(ValueError, TypeError):
            self._ring_here({int(user) for user in message.get("bells", [])})
        with contextlib.suppress(ValueError, TypeError):
            if self.attendance.heard(message):
                return
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


def socket_count() -> int:
    """Open pages that this process keeps live."""
    return len(_hub.sockets) if _hub is not None else 0


def announce(workspaces: Iterable[int]) -> None:
    """Tell all hubs that these workspaces have new Events. May raise when Redis is dead."""
    if _hub is not None:
        _hub.poke()
    live_redis.announce(workspaces)


def ring(users: Iterable[int]) -> None:
    """Tell all hubs that these people's bells have changed. Never raises."""
    chosen = list(users)
    if _hub is not None:
        _hub.ring(chosen)
    live_redis.ring(chosen)
