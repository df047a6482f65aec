"""Celery wakes; the database says what is to be done. Every task may run twice, or never."""

import socket
import time
from os import getpid
from threading import get_ident

from celery import shared_task
from django.conf import settings

from reviews import decisions, dispatch, rule_simulations, scan, snoozing
from reviews.models import IdempotencyKey
from workspaces import clock
from workspaces.models import Lease, Workspace

_HOLDER = f"{socket.gethostname()}:{getpid()}"
_resting: dict[int, float] = {}  # workspace -> monotonic second before which it is left alone


@shared_task(name="reviews.tasks.scan_workspaces", ignore_result=True)  # type: ignore[untyped-decorator]
def scan_workspaces() -> int:
    """Rescan every folder, one scanner at a time; a slow one rests 10 × its own duration."""
    return sum(
        _scan(workspace)
        for workspace in Workspace.objects.with_folder().order_by("pk")
        if _resting.get(workspace.pk, 0) <= time.monotonic()
    )


@shared_task(name="reviews.tasks.scan_one", ignore_result=True)  # type: ignore[untyped-decorator]
def scan_one(workspace_id: int) -> int:
    """Rescan one folder now: the watcher may have missed something there."""
    workspace = Workspace.objects.with_folder().filter(pk=workspace_id).first()
    return _scan(workspace) if workspace is not None else 0


def _scan(workspace: Workspace) -> int:
    name, start = f"scan:{workspace.pk}", time.monotonic()
    if not Lease.objects.take(name, _HOLDER, settings.HANDOFF_LEASE_SECONDS, clock.now()):
        return 0
    try:
        taken = scan.scan_workspace(workspace).taken
    finally:
        Lease.objects.give_back(name, _HOLDER, clock.now())
    seconds = time.monotonic() - start
    _resting[workspace.pk] = time.monotonic() + 10 * seconds
    return taken


@shared_task(name="reviews.tasks.sweep", ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Do what no wake-up did: release, expire, retry, forget keys older than a day."""
    decisions.release_due()
    decisions.expire_due()
    snoozing.wake_due()
    scan.retry_waiting()
    for pk in rule_simulations.waiting():
        simulate.apply_async((pk,), retry=False)
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - IdempotencyKey.KEPT).delete()


@shared_task(name="reviews.tasks.dispatch", ignore_result=True)  # type: ignore[untyped-decorator]
def dispatch_outbox() -> None:
    """Fan out new Events and make the deliveries that are due."""
    dispatch.run()


@shared_task(name="reviews.tasks.simulate", ignore_result=True)  # type: ignore[untyped-decorator]
def simulate(simulation_id: int) -> None:
    """What draft rules would have done; one worker at a time has a simulation."""
    rule_simulations.run(simulation_id, f"{_HOLDER}:{get_ident()}")
