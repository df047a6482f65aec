"""Telling within milliseconds that an agent has written a handoff file.

Everything here is a hint: the kernel's queue overflows, a new folder is watched a moment late,
network file systems say nothing. What is missed is found by the rescan (``discovery``).
"""

import threading
from collections.abc import Callable

from workspaces.stability import STILL_SECONDS
from workspaces.watching import elsewhere, inotify, linux
from workspaces.watching.hints import Listener, OnChange, Place, Places

__all__ = ["OnChange", "Place", "watch"]


def watch(
    places: Places,
    on_change: OnChange,
    stop: threading.Event,
    *,
    on_overflow: Callable[[int], None],
    refresh_seconds: float = 1.0,
    still_seconds: float = STILL_SECONDS,
) -> None:
    """Watch the roots of all workspaces until ``stop`` is set; returns within a second of it.

    ``places`` is asked every ``refresh_seconds`` (workspace id → Place): new, moved, vanished
    and recreated roots are noticed then. ``on_change`` is told of handoff and ack files: at once
    when they came by rename, after ``still_seconds`` without a change when written in place.
    ``on_overflow`` says that files of a workspace may have been missed (watching has just begun,
    the queue overflowed, the kernel's limit of watches was met): have it scanned soon. Both are
    called in this thread, one at a time, and should be quick; what they or ``places`` raise is
    logged, and watching goes on as it was.
    """
    listener = Listener(on_change, on_overflow)
    run = linux.run if inotify.is_available() else elsewhere.run
    run(
        places,
        listener,
        stop,
        refresh_seconds=refresh_seconds,
        still_seconds=still_seconds,
    )
