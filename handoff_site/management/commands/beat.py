"""``manage.py beat``: the clock of a desk on several processes or machines."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from handoff_site import beat
from handoff_site.threads import Background

STOP_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Wakes scanner, sweeper and dispatcher on time. Several may run: what they wake is leased."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Beat has a thread of its own, for ``celery beat`` hung at a stop while Redis was away."""
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        running = Background("beat", beat.run)
        running.start()
        stop.wait()
        running.signal()
        running.join(STOP_SECONDS)
