"""A queue of ten thousand: copies of handoffs that came in by the ordinary door.

Copies share the bytes in the store, so that each can be opened, decided and verified like its
model. ``python manage.py shell -c "from tests.bench import crowd; …"`` fills a desk that runs.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Model

from reviews import ulids
from reviews.models import Artifact, Handoff, Revision
from workspaces.transactions import write

WHOLE = 300  # copies with all their artifacts; the rest are rows of the list
BATCH = 1000
Row = TypeVar("Row", bound=Model)


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


def copy(model: Handoff, count: int, *, whole: int = WHOLE) -> list[str]:
    """``count`` open copies of ``model``; the numbers (HO-12) of the ``whole`` newest, which
    have the model's files."""
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
                "priority": number % 7 // 2,
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
            for each in revisions[len(revisions) - whole :]
            for artifact in artifacts
        ]
        Artifact.objects.bulk_create(copies, BATCH)
    return [each.number for each in made[len(made) - whole :]]


def _fields(row: Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def fill(model_id: str, count: int) -> Sequence[str]:
    """For a desk that runs: copies of the handoff with this public id."""
    return copy(Handoff.objects.get(public_id=model_id), count)
