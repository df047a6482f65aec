"""Threads that carry: at most a few for one receiver, so that a slow one delays no other.

A lane is a receiver's name. Work is asked for lane by lane, one piece at a time, and a lane
that has more goes to the end of the line.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable

logger = logging.getLogger("handoff.dispatch")


class Lanes:
    """``work(lane)`` does one piece and says whether there was one; it runs on several threads.

    The threads are daemons that start when needed and end when idle for ``linger`` seconds;
    ``on_end`` is the last that each calls. Nothing is kept here that a crash could lose.
    """

    def __init__(
        self,
        work: Callable[[str], bool],
        *,
        width: int,
        threads: int,
        linger: float = 10.0,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.width = width
        self._work = work
        self._most = threads
        self._linger = linger
        self._on_end = on_end
        self._changed = threading.Condition()
        self._line: deque[str] = deque()
        self._taken: Counter[str] = Counter()  # by lane: in line or at work
        self._again: set[str] = set()  # asked for while all its places were taken
        self._threads = self._idle = 0

    def start(self, lane: str) -> None:
        """See to it that ``lane`` is looked at after this call. Returns at once."""
        with self._changed:
            if self._taken[lane] >= self.width:
                self._again.add(lane)
                return
            self._taken[lane] += 1
            self._line.append(lane)
            if self._idle < len(self._line) and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._run, name="deliver", daemon=True).start()
            self._changed.notify_all()

    def join(self, timeout: float) -> bool:
        """Wait until nothing is in line or at work; False when ``timeout`` seconds were over."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._taken, timeout)

    def _run(self) -> None:
        try:
            while (lane := self._next()) is not None:
                found = False
                try:
                    found = self._work(lane)
                except Exception:
                    logger.exception("a delivery on lane %s broke off", lane)
                finally:
                    self._after(lane, found=found)
        finally:
            self._on_end()

    def _next(self) -> str | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: bool(self._line), self._linger)
            self._idle -= 1
            if self._line:
                return self._line.popleft()
            self._threads -= 1
            return None

    def _after(self, lane: str, *, found: bool) -> None:
        with self._changed:
            if found or lane in self._again:
                if not found:
                    self._again.discard(lane)
                self._line.append(lane)
            elif self._taken[lane] > 1:
                self._taken[lane] -= 1
            else:
                del self._taken[lane]
            self._changed.notify_all()
