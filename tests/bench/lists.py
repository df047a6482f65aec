"""The lists with 100,000 open handoffs: milliseconds and plans of first pages, by filter and sort.

``python -m tests.bench.lists [ROWS]`` on SQLite, ``python -m tests.services.postgres python -m
tests.bench.lists`` on PostgreSQL. Makes and drops a database of its own; prints a line a list.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import django

WORDS = [f"word{n}" for n in range(5000)]
LISTS = {
    "": "the open queue",
    **{f"sort:{name}": "" for name in ("due", "risk", "age", "newest")},
    **{f"group:{name}": "" for name in ("workspace", "trigger", "agent")},
    "sort:due group:workspace": "",
    "sort:age group:trigger": "",
    "trigger:error": "",
    "workspace:w3": "",
    "agent:a7 confidence:<0.3": "",
    "assignee:me": "",
    "tag:rare": "",
    "word42": "a word of many",
    "rarest": "a word of one",
    "word42 word4711 -trigger:error": "",
    "is:overdue": "",
    "due:<2h sort:due": "",
    "is:snoozed": "",
    "is:decided": "",
    "confidence:>0.99 files:>10 round:>1": "nothing",
}
VIEWS = [
    *("trigger:error", "assignee:me", "word42", "due:<1h", "risk:>=high", "age:>1d"),
    *("agent:a7", "confidence:<0.1", "confidence:>0.99 files:>10 round:>1"),
]


def main(rows: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
    os.environ.setdefault("HANDOFF_DATA", tempfile.mkdtemp(prefix="lists"))
    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases

    setup_databases(verbosity=0, interactive=False)
    try:
        user = _fill(rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        _measure(user)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def _fill(rows: int) -> "object":
    from reviews.models import Handoff, SearchText
    from reviews.searching import texts
    from tests.cast import make_user
    from workspaces import clock
    from workspaces.models import Agent, Membership, Workspace

    chance = random.Random(1)
    now = clock.now()
    user = make_user("reviewer@example.com")
    workspaces = [Workspace.objects.create(slug=f"w{n}", name=f"W {n}") for n in range(20)]
    for workspace in workspaces:
        Membership.objects.create(user=user, workspace=workspace)
    agents = [Agent.objects.create(name=f"a{n}", webhook_secret="x") for n in range(50)]
    triggers = ["critical_action", "error", "low_confidence", "question", "completion"]
    for start in range(0, rows, 2000):
        made = []
        for number in range(start, min(rows, start + 2000)):
            is_over = number % 5 == 4  # a fifth more than the open ones, decided
            at = now - timedelta(seconds=chance.randrange(7 * 86400))
            made.append(
                Handoff(
                    public_id=f"ho_{number:026d}",
                    workspace=chance.choice(workspaces),
                    submitter=chance.choice(agents),
                    source="api",
                    title=f"Handoff {number}",
                    trigger=chance.choice(triggers),
                    confidence=chance.choice([None, chance.random()]),
                    risk=chance.randrange(5),
                    priority=chance.choices([0, 1, 2, 3], [10, 80, 8, 2])[0],
                    file_count=chance.randrange(12),
                    status="decided" if is_over else "pending",
                    ended_at=at if is_over else None,
                    due_at=chance.choice([None, now + timedelta(minutes=chance.randrange(9999))]),
                    snoozed_until=now + timedelta(hours=1) if number % 100 == 0 else None,
                    assigned_to=user if number % 1000 == 1 else None,
                    created_at=at,
                    queued_at=at,
                    updated_at=at,
                )
            )
        Handoff.objects.bulk_create(made)
        kept = []
        for row in Handoff.objects.order_by("-pk")[: len(made)]:
            some = " ".join(dict.fromkeys(chance.choices(WORDS, k=60)))
            extra = " rarest §rare" if row.pk == 77 else ""
            words = texts.with_names(some + extra, row.pk, "agent")
            kept.append(SearchText(handoff_id=row.pk, words=words))
        SearchText.objects.bulk_create(kept)
    return user


def _measure(user: "object") -> None:
    from django.db import connection

    from reviews import saved_views
    from reviews.filtering.language import parse
    from reviews.models import SavedView
    from reviews.queue import PAGE, Filter, Queue
    from workspaces.models import User

    assert isinstance(user, User)
    print(f"{connection.vendor}; {Queue(user).counts()['open']:,} open", flush=True)
    for text in LISTS:
        queue = Queue(user, Filter(query=parse(text)))
        page = queue.page()
        first = _time(queue.page)
        second = _time(partial(queue.page, page.next_cursor)) if page.next_cursor else 0
        plan = (
            queue.filter.order.sorted(queue.matching())
            .values("pk")[: PAGE + 1]
            .explain()
            .replace("\n", " | ")
        )
        print(
            f"{text or '(all)':40} {len(page.rows):3} rows {first:8.1f} ms,"
            f" next {second:7.1f} ms  {plan[:150]}",
            flush=True,
        )
    own = SavedView.Sharing.OWN
    views = [saved_views.save(user, name=q, query=q, sharing=own, team=None) for q in VIEWS]
    for view in views:
        spent = _time(partial(saved_views.counts, user, [view]))
        print(f"count {view.query:34} {spent:8.1f} ms", flush=True)
    spent = _time(partial(saved_views.counts, user, views))
    print(f"counts of {len(views)} views in one query {spent:8.1f} ms")
    print(f"counts of the rail {_time(Queue(user).counts):8.1f} ms")


def _time(work: Callable[[], object]) -> float:
    """Median milliseconds of five."""
    spans = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        spans.append((time.perf_counter() - start) * 1000)
    return statistics.median(spans)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 125_000)
