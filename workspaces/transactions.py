"""Write transactions. SQLite's busy handler is unfair, so one process queues its own writers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_writers = threading.RLock()


@contextmanager
def write() -> Iterator[None]:
    """One short transaction that changes something. Talk to the outside only after it."""
    if connection.vendor == "sqlite":
        with _writers, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield
