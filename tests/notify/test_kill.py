"""kill -9 in the middle of a delivery: the next process brings it, recognisable as the same."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from reviews import dispatch
from reviews.models import Delivery
from tests.notify.receivers import Receiver, serving
from tests.notify.stage import Stage, only
from workspaces.models import Event

DISPATCH = "import django; django.setup(); from reviews import dispatch; dispatch.run(); "
ROOT = Path(__file__).resolve().parents[2]


def start_dispatcher() -> "subprocess.Popen[bytes]":
    """A process of its own on this test's database."""
    found = connection.settings_dict
    url = f"sqlite:///{found['NAME']}"
    if connection.vendor == "postgresql":
        user, password = found["USER"], found["PASSWORD"]
        url = f"postgres://{user}:{password}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HANDOFF_DATA": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "handoff_site.settings",
    }
    code = f"{DISPATCH} dispatch.wait(60)"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)


@pytest.mark.slow
@pytest.mark.both_databases
def test_a_delivery_cut_off_by_kill_9_is_repeated_with_the_same_id(real_stage: Stage) -> None:
    stage = real_stage
    stage.agent.callback_hosts = ["127.0.0.1"]
    stage.agent.save()
    with serving(Receiver(gate=threading.Event())) as receiver:
        handoff = stage.hand_off(path="runs/a.handoff.json", callback={"url": receiver.url})
        stage.answer(handoff)
        process = start_dispatcher()
        try:
            assert receiver.arrived.acquire(timeout=30)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        assert not Event.objects.filter(dispatched_at=None).exists()
        assert only("callback").status == Delivery.Status.WAITING
        assert receiver.gate is not None
        receiver.gate.set()
        dispatch.run()
        assert dispatch.wait() and len(receiver.calls) == 1  # the lease still holds
        stage.pass_time(seconds=31)
        dispatch.run()
        assert dispatch.wait()
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert {only(kind).status for kind in ("callback", "file")} == {Delivery.Status.DONE}
    assert (stage.folder / "runs/a.decision.json").exists()
