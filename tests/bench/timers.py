"""The sweep of due times over 100,000 open handoffs, each with three timers: milliseconds.

``python -m tests.bench.timers [ROWS]`` on SQLite, ``python -m tests.services.postgres python -m
tests.bench.timers`` on PostgreSQL. Makes and drops a database of its own; prints a line a figure.
The bar is 1 s a sweep that finds nothing to do or a batch; 2 in 100 are due and held by a snooze.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

BAR = 1000.0  # milliseconds
RUNS = 7
FIRED = 100


def main(rows: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
    os.environ.setdefault("HANDOFF_DATA", tempfile.mkdtemp(prefix="timers"))
    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases

    setup_databases(verbosity=0, interactive=False)
    try:
        _fill(rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return _measure(rows)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def _fill(rows: int) -> None:
    from reviews.models import Handoff, Timer
    from workspaces import clock
    from workspaces.models import Agent, Workspace

    now = clock.now()
    workspaces = [Workspace.objects.create(slug=f"w{n}", name=f"W {n}") for n in range(20)]
    agent = Agent.objects.create(name="a", webhook_secret="x")
    for start in range(0, rows, 2000):
        made = [_handoff(n, workspaces[n % 20], agent, now) for n in range(start, start + 2000)]
        Handoff.objects.bulk_create(made)
        Timer.objects.bulk_create(
            [
                Timer(handoff=each, revision=1, kind=kind, at=_at(each.pk, share, now))
                for each in made
                for kind, share in (("warn", 0.5), ("escalate", 0.8), ("expire", 1.0))
            ]
        )


def _handoff(number: int, workspace: Any, agent: Any, now: datetime) -> Any:
    from reviews.models import Handoff

    return Handoff(
        public_id=f"ho_{number:026d}",
        workspace=workspace,
        submitter=agent,
        source="api",
        title=f"Handoff {number}",
        trigger="question",
        due_at=now + timedelta(hours=2, minutes=number % 9000),
        snoozed_until=now + timedelta(days=1) if number % 50 == 0 else None,
        created_at=now,
        queued_at=now,
        updated_at=now,
    )


def _at(pk: int, share: float, now: datetime) -> datetime:
    """To come; of every fiftieth, which is snoozed, the reminder is due."""
    if share == 0.5 and pk % 50 == 1:
        return now - timedelta(minutes=1)
    return now + timedelta(hours=2) + timedelta(minutes=pk % 9000) * share


def _make_due(count: int) -> None:
    """Let the reminders of ``count`` handoffs be due; those need what a round has."""
    from reviews import routing
    from reviews.models import Handoff, Revision, RoutingRun, Timer
    from workspaces import clock

    now = clock.now()
    waiting = Timer.objects.filter(
        kind="warn", done_at=None, at__gt=now, handoff__revisions=None
    ).values("handoff")
    for handoff in Handoff.objects.filter(pk__in=waiting).select_related("workspace")[:count]:
        revision = Revision.objects.create(
            handoff=handoff,
            number=1,
            origin="api",
            document='{"schema":"handoff/v1","title":"x","trigger":"question"}',
            document_sha256="0" * 64,
            received_sha256="0" * 64,
            package_sha256="0" * 64,
            created_at=now,
        )
        rule = routing.ensure_otherwise(handoff.workspace)
        RoutingRun.objects.create(
            handoff=handoff, revision=revision, rule=rule, rule_text="x", created_at=now
        )
        Timer.objects.filter(handoff=handoff, kind="warn").update(at=now - timedelta(seconds=1))


def _measure(rows: int) -> int:
    from django.db import connection

    from reviews import firing, timers
    from reviews.models import Timer
    from workspaces import clock

    held = Timer.objects.filter(at__lte=clock.now(), done_at=None).count()
    print(f"{connection.vendor}; {rows:,} open, {Timer.objects.count():,} timers, {held:,} held")
    print(timers.due(clock.now()).values("pk")[:100].explain().replace("\n", " | ")[:300])
    idle = [_time(lambda: _expect(firing.fire_due(), 0)) for _ in range(RUNS)]
    full, busy = [], []
    for _ in range(RUNS):
        _make_due(FIRED)
        begun = time.process_time()
        full.append(_time(lambda: _expect(firing.fire_due(), FIRED)))
        busy.append((time.process_time() - begun) * 1000)
    for name, figures in (("nothing due", idle), (f"{FIRED} due", full)):
        middle = statistics.median(figures)
        print(f"sweep, {name:12} {middle:8.1f} ms (median of {RUNS}; most {max(figures):.1f})")
    print(f"of which this process computed {statistics.median(busy):.0f} ms of {FIRED} due")
    return 0 if max(statistics.median(idle), statistics.median(full)) <= BAR else 1


def _expect(got: int, wanted: int) -> None:
    assert got == wanted, f"{got} fired, {wanted} expected"


def _time(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
