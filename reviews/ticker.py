"""The precise half of the sweeper: releases verdicts when their undo window closes.

Any number of processes may run it; each release is a compare-and-set. The schedule is the rows.
"""

import logging
import threading

from django.db import close_old_connections
from django.db.utils import Error

from reviews import decisions, scan

logger = logging.getLogger("handoff.ticker")
SECONDS = 0.1


def run(stop: threading.Event) -> None:
    """Tick until ``stop`` is set. A database that is away is tried again."""
    while not stop.wait(SECONDS):
        try:
            if decisions.release_due():
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
