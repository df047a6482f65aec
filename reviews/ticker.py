"""The precise half of the sweeper: releases verdicts when their undo window closes, and sees to it
that what they give rise to is sent.

Any number of processes may run it; each release is a compare-and-set. The schedule is the rows.
It needs no broker: with Redis dead it looks into the outbox by itself, a tick after each release
and once a second.
"""

import logging
import threading
import time

from django.db import close_old_connections
from django.db.utils import Error

from reviews import decisions, dispatch, firing, scan, snoozing, standing_in

logger = logging.getLogger("handoff.ticker")
SECONDS = 0.1
OUTBOX_SECONDS = 1.0


def run(stop: threading.Event) -> None:
    """Tick until ``stop`` is set. A database that is away is tried again."""
    outbox_at = time.monotonic()
    while not stop.wait(SECONDS):
        try:
            released = decisions.release_due()
            if time.monotonic() >= outbox_at:
                # One batch at most: a long backlog must not keep the next verdict waiting.
                snoozing.wake_due()
                firing.fire_due(firing.BATCH)
                dispatch.run_once()
                dispatch.start_due()
                standing_in.sweep()
                outbox_at = time.monotonic() + OUTBOX_SECONDS
            if released:
                # The wake-up after the commit sends it. The same work here at the same time held
                # up waiting agents (42 ms instead of 28), so look a tick later whether it came.
                outbox_at = time.monotonic()
                scan.retry_waiting()
        except Error as error:
            logger.warning("database away: %s", error)
            stop.wait(1.0)
        except Exception:
            # A verdict that cannot be released now is tried again; the others must go out.
            logger.exception("tick failed")
            stop.wait(1.0)
        finally:
            close_old_connections()
