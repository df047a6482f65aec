"""The Celery app: tasks are hints that wake somebody; the database says what is to be done.

With ``REDIS_URL`` the broker is Redis; without it an in-process queue (`handoff_site.transport`)
and the worker is threads of the desk (`handoff_site.embedded`). Publishing never waits for a dead
broker: no retries and short socket timeouts; the sweeper on the beat does what no wake-up did.
"""

import os
from datetime import timedelta
from typing import Any

from celery import Celery, bootsteps
from django.conf import settings
from django.utils.module_loading import import_string

from handoff_site import transport
from handoff_site.threads import Background

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")

SWEEP_SECONDS = 5
TICKER = "reviews.ticker.run"
# Publishing to a dead broker fails at once, to a frozen one after three; by default, kombu tries
# for 6 s. An idle BRPOP answers once a second, so the longer timeout never cuts a healthy one.
_REDIS_OPTIONS = {
    "max_retries": 0,
    "interval_start": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "visibility_timeout": 120,
}


def _every(task: str, seconds: float) -> dict[str, Any]:
    """A hint that nobody took before the next one is due is dropped, so that none pile up."""
    return {
        "task": task,
        "schedule": timedelta(seconds=seconds),
        "options": {"expires": seconds, "retry": False},
    }


app = Celery("handoff")
app.conf.update(
    broker_url=settings.REDIS_URL or transport.URL,
    broker_transport_options=_REDIS_OPTIONS if settings.REDIS_URL else {},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    result_backend=None,
    task_ignore_result=True,
    task_publish_retry=False,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    worker_pool="threads",
    worker_concurrency=4,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    # In memory: the schedule is code, nothing of it is worth a file.
    beat_scheduler="celery.beat:Scheduler",
    beat_max_loop_interval=1,
    beat_schedule={
        "scan": _every("reviews.tasks.scan_workspaces", settings.HANDOFF_SCAN_SECONDS),
        "sweep": _every("reviews.tasks.sweep", SWEEP_SECONDS),
        "dispatch": _every("reviews.tasks.dispatch", SWEEP_SECONDS),
    },
    timezone="UTC",
)
app.autodiscover_tasks(["workspaces", "reviews"])
# "Current" is a thread's own; the default is what web, worker and waking threads find.
app.set_default()


class Ticker(bootsteps.StartStopStep):  # type: ignore[misc] # celery has no type hints
    """A thread beside the worker that does what is due to the fraction of a second.

    It starts before the worker connects to its broker, so that a decision leaves on time with
    Redis dead too.
    """

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._ticker = Background("ticker", lambda stop: import_string(TICKER)(stop))

    def start(self, worker: Any) -> None:
        self._ticker.start()

    def stop(self, worker: Any) -> None:
        self._ticker.signal()
        self._ticker.join(5)

    terminate = stop


app.steps["worker"].add(Ticker)
