"""Routing through 200 rules, and a simulation of 50, on a database of its own:
``python -m tests.bench.rules_timed HANDOFFS ROUTED`` prints ``{"route": [ms], "queries": n,
"simulate": [s], "simulated": n, "peak_mib": n}``, the peak of what a simulation allocates.
On PostgreSQL: ``python -m tests.services.postgres …``."""

import json
import os
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import django


def main(handoffs: int, routed: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
    os.environ["HANDOFF_DATA"] = tempfile.mkdtemp(prefix="rules")
    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases

    setup_databases(verbosity=0, interactive=False)
    try:
        print(json.dumps(measured(handoffs, routed)))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measured(handoffs: int, routed: int) -> dict[str, Any]:
    # Only now: models cannot be imported before django.setup().
    from django.conf import settings

    from reviews import rule_drafts, rule_simulations
    from reviews.rule_forms import forms_of
    from tests.cast import Cast, make_agent, make_user, make_workspace
    from tests.rules import stage
    from workspaces.models import Membership, Role

    settings.HANDOFF_WAKERS = []
    workspace = make_workspace("acme", Path(settings.DATA_DIR))
    owner, reviewer, stranger = (make_user(f"{n}@example.com") for n in "abc")
    Membership.objects.create(user=owner, workspace=workspace, role=Role.OWNER)
    Membership.objects.create(user=reviewer, workspace=workspace, role=Role.REVIEWER)
    agent, second = (make_agent(name, workspace) for name in ("builder", "writer"))
    cast = Cast(owner, reviewer, stranger, workspace, agent, second, token="", second_token="")
    stage.publish(workspace, *stage.many(200))
    spent, queries = _routed(cast, routed)
    stage.fill(cast, handoffs)
    draft = rule_drafts.open_draft(workspace, by=None)
    otherwise = forms_of(draft)[-1]
    forms = [*stage.fifty(), stage.rule("All", stage.LOW), otherwise]
    rule_drafts.replace(draft, forms, seen=draft.edition, by=None)
    begun = time.perf_counter()
    row = rule_simulations.run(rule_simulations.start(draft, days=7, by=None).pk, "bench")
    seconds = time.perf_counter() - begun
    assert row is not None
    assert row.status == "done", row.error
    # Once more for its memory: the process's own figure is hidden by what filling had freed.
    tracemalloc.start()
    rule_simulations.run(rule_simulations.start(draft, days=7, by=None).pk, "bench")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "route": spent,
        "queries": queries,
        "simulate": [seconds],
        "simulated": row.done,
        "peak_mib": round(peak / 1024**2, 1),
    }


def _routed(cast: Any, count: int) -> tuple[list[float], int]:
    """Milliseconds of each, as intake calls it, and the most queries that one took."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from reviews import routing
    from reviews.models import RoutingRun
    from tests.rules import stage
    from workspaces.transactions import write

    spent, most = [], 0
    for n in range(count + 1):
        handoff = cast.submit(f"No. {n}", **stage.PAY)
        RoutingRun.objects.filter(handoff=handoff).delete()
        revision = handoff.current
        assert revision.parsed  # as intake has it
        is_counted = n % 2 == 1
        with write():
            begun = time.perf_counter()
            if is_counted:
                with CaptureQueriesContext(connection) as captured:
                    routing.route(handoff, revision, at=handoff.queued_at, file_bytes=0)
                most = max(most, len(captured))
            else:
                routing.route(handoff, revision, at=handoff.queued_at, file_bytes=0)
                spent.append(1000 * (time.perf_counter() - begun))
    return spent[1:], most  # the first one reads and compiles the rules


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
