"""A named background thread around ``run(stop)`` that outlives its errors."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from django.db import connections

logger = logging.getLogger("handoff.threads")
PAUSE_SECONDS = 1.0
Run = Callable[[Event], object]


class Background:
    """``run(stop)`` must return soon after ``stop`` is set; when it ends earlier it runs again."""

    def __init__(self, name: str, run: Run) -> None:
        self._name = name
        self._run = run
        self._stop = Event()
        self._thread = Thread(target=self._keep_running, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def signal(self) -> None:
        """Ask it to end, without waiting."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """True when it ended within ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            try:
                self._run(self._stop)
            except Exception:
                logger.exception("The %s failed; it starts again.", self._name)
            finally:
                connections.close_all()
            self._stop.wait(PAUSE_SECONDS)
