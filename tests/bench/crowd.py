"""A queue of ten thousand: copies of handoffs that came in by the ordinary door.

Copies share the bytes in the store, so that each can be opened, decided and verified like its
model. ``python manage.py shell -c "from tests.bench import crowd; …"`` fills a desk that runs.
"""

import time
from datetime import timedelta
from typing import Any

from django.db.models import Model

from reviews import event_kinds, lifecycle, ulids
from reviews.models import Artifact, Handoff, Revision, SearchText
from reviews.searching import texts
from workspaces import events
from workspaces.actors import SYSTEM
from workspaces.transactions import write

WHOLE = 80
BATCH = 1000


def package(files: int = 50) -> dict[str, Any]:
    """A document with that many files of ordinary code."""
    body = "\n\n".join(
        f"def step_{n}(order: dict[str, int]) -> int:\n"
        f'    """Add the {n}th line of the order."""\n'
        f"    total = order.get('net', 0) * {n}\n    return total + order['vat']"
        for n in range(40)
    )
    return {
        "title": "Add the totals of an order",
        "summary": "Fifty files change.\n\n- all **412 tests** pass\n- no schema change",
        "actions": [{"id": "merge", "name": "merge", "args": {"branch": "totals", "squash": True}}],
        "context": {
            "files": [
                {"path": f"shop/part{n // 10}/module_{n}.py", "content": f"# part {n}\n{body}\n"}
                for n in range(files)
            ]
        },
    }


def copy(model: Handoff, count: int, *, priority: int = 1) -> list[str]:
    """``count`` open copies of ``model`` with its files; their numbers (HO-12)."""
    revision = model.current
    artifacts = list(revision.artifacts.all())
    made: list[Handoff] = []
    with write():
        for number in range(count):
            earlier = timedelta(seconds=count - number)
            fields = _fields(model) | {
                "public_id": ulids.new(),
                "external_id": None,
                "title": f"{model.title} {number}",
                "priority": priority,
                "queued_at": model.queued_at - earlier,
                "claimed_by_id": None,
                "claimed_until": None,
            }
            made.append(Handoff(**fields))
        Handoff.objects.bulk_create(made, BATCH)
        revisions = [Revision(**_fields(revision) | {"handoff_id": each.pk}) for each in made]
        Revision.objects.bulk_create(revisions, BATCH)
        copies = [
            Artifact(**_fields(artifact) | {"revision_id": each.pk})
            for each in revisions
            for artifact in artifacts
        ]
        Artifact.objects.bulk_create(copies, BATCH)
        words = SearchText.objects.get(handoff=model).words
        found = [
            SearchText(handoff=each, words=texts.with_names(words, each.pk, model.submitter.name))
            for each in made
        ]
        SearchText.objects.bulk_create(found, BATCH)
    return [each.number for each in made]


def crowd(plain: Handoff, whole: Handoff, count: int) -> list[str]:
    """``count`` handoffs wait; first in the queue, and returned, are ``WHOLE`` copies of
    ``whole``. (A package's document holds the text of its files: ten thousand are gigabytes.)"""
    copy(plain, count - WHOLE)
    return copy(whole, WHOLE, priority=2)


def _fields(row: Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def fill(plain_id: str, whole_id: str, count: int) -> list[str]:
    """For a desk that runs: the same of handoffs with these public ids."""
    models = Handoff.objects.in_bulk([plain_id, whole_id], field_name="public_id")
    return crowd(models[plain_id], models[whole_id], count)


def stir(workspace_id: int, rounds: int, *, pause: float = 0.4) -> None:
    """Something happens to every open handoff of the workspace, ``rounds`` times; ``pause`` seconds
    between two, for what comes at once is told at once."""
    handoffs = list(Handoff.objects.open().filter(workspace=workspace_id))
    for _ in range(rounds):
        with write():
            for handoff in handoffs:
                events.record(
                    workspace_id,
                    event_kinds.SEEN,
                    subject=lifecycle.subject(handoff),
                    actor=SYSTEM,
                    payload={"revision": 1, "package": handoff.current.package_sha256},
                )
        time.sleep(pause)
