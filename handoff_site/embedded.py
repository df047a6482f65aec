"""The one-process desk: web server, Celery worker, beat, ticker and folder watcher.

The server has the main thread; worker and beat are Celery's own, run as threads, and the ticker
comes with the worker (`handoff_site.celery.Ticker`). All stop together on SIGTERM or SIGINT.
"""

import os
import sys
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

from celery.worker import WorkController, state
from django.conf import settings
from django.utils.module_loading import import_string

from handoff_site import beat, transport
from handoff_site.asgi import serve
from handoff_site.celery import app
from handoff_site.threads import Background

WATCHER = "reviews.watcher.run"
JOIN_SECONDS = 5.0


def run_worker(stop: Event) -> None:
    """Celery's worker on this thread until ``stop``."""
    # The desk's own command ran Django's system checks already.
    os.environ["CELERY_SKIP_CHECKS"] = "1"
    state.should_stop = None
    worker = WorkController(
        app=app, without_gossip=True, without_mingle=True, without_heartbeat=True
    )
    Thread(target=_stop_worker, args=(stop,), name="worker-stop", daemon=True).start()
    worker.start()


def _stop_worker(stop: Event) -> None:
    stop.wait()
    state.should_stop = 0  # the exit code; the worker's loop looks at it between two messages
    transport.wake()


def run_watcher(stop: Event) -> None:
    import_string(WATCHER)(stop)


def services() -> list[Background]:
    running = [Background("worker", run_worker), Background("beat", beat.run)]
    if settings.HANDOFF_WATCH:
        running.append(Background("watcher", run_watcher))
    return running


def run(*, host: str, port: int, on_listening: Callable[[], object]) -> None:
    """Run everything until SIGTERM or SIGINT, then stop within 10 s. Raises `PortTaken`."""
    # The server's loop waits this long for a busy thread to let go of the interpreter (default:
    # 5 ms); shorter was measured to help a POST while tasks run in the same process.
    sys.setswitchinterval(0.001)
    running = services()

    def begin() -> None:
        for service in running:
            service.start()
        on_listening()

    serve(host=host, port=port, on_listening=begin, on_stop=[s.signal for s in running])
    deadline = monotonic() + JOIN_SECONDS
    for service in running:
        service.join(max(0.0, deadline - monotonic()))
