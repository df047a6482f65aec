import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from reviews import watcher


class Command(BaseCommand):
    help = "Watch the workspaces' folders and take handoff files as they are written."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        watcher.run(stop)
