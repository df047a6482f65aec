"""Celery's message transport inside one process: a queue that wakes its consumer.

kombu's own ``memory://`` looks once a second whether something came (measured: 951 ms a task).
Here publishing and acknowledging notify a condition that `Transport.drain_events` waits on
(21 ms a task). Messages live in this process only and are hints: the database is the truth, so
losing them at a stop loses nothing.
"""

from queue import Empty, Queue
from threading import Condition
from time import monotonic
from typing import Any, ClassVar

from kombu import transport
from kombu.transport import memory as _memory
from kombu.transport import virtual as _virtual

# kombu has hardly any type hints, and those it has do not fit.
memory: Any = _memory
virtual: Any = _virtual

SCHEME = "inprocess"
URL = f"{SCHEME}://localhost"  # the host has no meaning, kombu wants one
# The worker looks at its stop flag between two drains, so this bounds how long it stays deaf.
LONGEST_WAIT = 0.5

_something_changed = Condition()
_changes = 0


def wake() -> None:
    """Let every waiting consumer look at its queues again."""
    global _changes
    with _something_changed:
        _changes += 1
        _something_changed.notify_all()


class Channel(memory.Channel):  # type: ignore[misc]
    """A memory channel that tells the consumer when a message came or a slot became free."""

    queues: ClassVar[dict[str, Queue[Any]]] = {}

    def _put(self, queue: str, message: dict[str, Any], **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        wake()

    def _put_fanout(
        self, exchange: str, message: dict[str, Any], routing_key: str | None = None, **kwargs: Any
    ) -> None:
        super()._put_fanout(exchange, message, routing_key, **kwargs)
        wake()

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        wake()  # the prefetch limit may have held messages back

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().basic_reject(delivery_tag, requeue)
        wake()


class Transport(memory.Transport):  # type: ignore[misc]
    """`memory.Transport` whose `drain_events` sleeps until `wake`, not for an interval."""

    Channel = Channel
    global_state = virtual.BrokerState()
    driver_type = driver_name = SCHEME

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message.

        Raises `TimeoutError` after `timeout` seconds (`LONGEST_WAIT` at most) without one, as
        kombu's consumers expect.
        """
        wait = LONGEST_WAIT if timeout is None else min(timeout, LONGEST_WAIT)
        deadline = monotonic() + wait
        while True:
            seen = _changes
            try:
                self.cycle.get(self._deliver, timeout=0)
            except Empty:
                if not _wait_for_change(seen, deadline - monotonic()):
                    raise TimeoutError from None
            else:
                return


def _wait_for_change(seen: int, seconds: float) -> bool:
    """False when nothing changed since the count ``seen`` within ``seconds``."""
    with _something_changed:
        return _something_changed.wait_for(lambda: _changes != seen, max(0.0, seconds))


transport.TRANSPORT_ALIASES[SCHEME] = "handoff_site.transport:Transport"
