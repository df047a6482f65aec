"""Celery's messages inside one process, with a real worker in a thread."""

import threading
from collections.abc import Iterator
from time import monotonic

import pytest
from celery import Celery, current_app
from celery.worker import WorkController, state

from handoff_site import transport


class Tasks:
    """A Celery app of its own with one task that notes when it ran."""

    def __init__(self) -> None:
        self.app = Celery("toy")
        self.app.set_default()  # current in every thread
        self.app.conf.update(
            broker_url=transport.URL,
            task_default_queue="toy",
            task_ignore_result=True,
            task_acks_late=True,
            worker_prefetch_multiplier=1,
            worker_pool="threads",
            worker_concurrency=1,
            worker_enable_remote_control=False,
            worker_hijack_root_logger=False,
        )
        self.ran = threading.Semaphore(0)
        self.last = 0.0

        @self.app.task(name="toy.note", shared=False)
        def note() -> None:
            self.last = monotonic()
            self.ran.release()

        self.note = note


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    monkeypatch.setenv("CELERY_SKIP_CHECKS", "1")
    state.should_stop = None
    the_desks = current_app._get_current_object()
    made = Tasks()
    options = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
    worker = WorkController(app=made.app, hostname="toy@test", **options)
    thread = threading.Thread(target=worker.start, daemon=True)
    thread.start()
    yield made
    state.should_stop = 0
    thread.join(5)
    state.should_stop = None
    the_desks.set_current()
    the_desks.set_default()
    assert not thread.is_alive()


def test_publishing_wakes_the_worker(tasks: Tasks) -> None:
    delays = []
    for _ in range(20):
        begun = monotonic()
        tasks.note.apply_async(retry=False)
        assert tasks.ran.acquire(timeout=5)
        delays.append(tasks.last - begun)
    # kombu's memory:// polls once a second; ours was measured at 1 ms.
    assert sorted(delays)[10] < 0.1


def test_what_the_prefetch_limit_held_back_comes_as_soon_as_a_slot_is_free(tasks: Tasks) -> None:
    begun = monotonic()
    for _ in range(200):
        tasks.note.apply_async(retry=False)
    for _ in range(200):
        assert tasks.ran.acquire(timeout=5)
    assert monotonic() - begun < 5  # a wait of half a second a task would take 100 s
