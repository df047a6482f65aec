"""Hints after a commit: "workspace N has new Events". They may be lost; the sweepers find all.

One thread a process calls the wakers named in settings, so that a dead Redis never holds up a
request; what piles up meanwhile is merged.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable
from functools import cache, partial

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string

logger = logging.getLogger("handoff.wake")
Waker = Callable[[frozenset[int]], None]

_changed = threading.Condition()
_pending: set[int] = set()
_busy = False
_thread: tuple[int, threading.Thread] | None = None
failures = 0  # wakers that raised, since this process started


def after_commit(workspace_id: int) -> None:
    transaction.on_commit(partial(signal, workspace_id))


def signal(workspace_id: int) -> None:
    """Wake now, from any thread."""
    global _thread
    if not settings.HANDOFF_WAKERS:
        return
    with _changed:
        _pending.add(workspace_id)
        if _thread is None or _thread[0] != os.getpid():  # a fork leaves the thread behind
            thread = threading.Thread(target=_run, name="wake", daemon=True)
            _thread = (os.getpid(), thread)
            thread.start()
        _changed.notify_all()


def flush(timeout: float = 2.0) -> None:
    """Wait until what was signalled has been passed on; a command calls it before it ends."""
    with _changed:
        _changed.wait_for(lambda: not _pending and not _busy, timeout)


@cache
def _wakers() -> list[Waker]:
    return [import_string(name) for name in settings.HANDOFF_WAKERS]


def _run() -> None:
    global _busy, failures
    while True:
        with _changed:
            _busy = False
            _changed.notify_all()
            _changed.wait_for(lambda: bool(_pending))
            taken = frozenset(_pending)
            _pending.clear()
            _busy = True
        for waker in _wakers():
            try:
                waker(taken)
            except Exception as error:
                # A hint that did not arrive costs time, never truth: the sweepers find the row.
                failures += 1
                logger.debug("waker failed: %s", error)
        close_old_connections()


atexit.register(flush)
