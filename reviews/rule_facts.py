"""What rules are asked of a round: read once, and only what some rule asks for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Sum

from reviews.conditions import Facts, Proposed, words_of
from reviews.models import Artifact, Handoff, Revision
from reviews.schema import HandoffDocument

EVERYTHING = frozenset({"action", "argument", "files", "file_bytes", "error_type", "text"})
_OF_DOCUMENT = EVERYTHING - {"file_bytes"} | {"file_count", "tags"}
_LONGEST_TEXT = 200_000  # characters whose words count


def read(
    handoff: Handoff,
    revision: Revision,
    *,
    at: datetime,
    wanted: frozenset[str] = EVERYTHING,
    file_bytes: int | None = None,
) -> Facts:
    """The facts of a round that was or is routed ``at``; ``wanted`` are the facts asked for.

    ``file_bytes`` where the caller knows it: a query less.
    """
    document = revision.parsed if wanted & _OF_DOCUMENT else None
    if file_bytes is None:
        file_bytes = size_of(revision) if "file_bytes" in wanted else 0
    return Facts(
        trigger=handoff.trigger,
        agent=handoff.submitter_id,
        workspace=handoff.workspace_id,
        at=at,
        round=revision.number,
        queue=handoff.queue_hint,
        tags=tuple(document.routing.tags) if document else tuple(handoff.tags),
        confidence=handoff.confidence,
        risk=handoff.risk,
        file_bytes=file_bytes,
        **(_of_document(document, wanted) if document else {}),
    )


def size_of(revision: Revision) -> int:
    """Bytes of the round's files, as far as they are known."""
    files = Artifact.objects.filter(revision=revision, kind=Artifact.Kind.FILE)
    return int(files.aggregate(total=Sum("size"))["total"] or 0)


def _of_document(document: HandoffDocument, wanted: frozenset[str]) -> dict[str, Any]:
    return {
        "actions": tuple(Proposed(action.name, action.args) for action in document.actions),
        "files": tuple(file.path for file in document.files),
        "error_type": document.error.type if document.error else "",
        "words": words_of(_texts(document)) if "text" in wanted else frozenset(),
    }


def _texts(document: HandoffDocument) -> Iterator[str]:
    """Title, summary, error and what the actions say of themselves; bounded."""
    left = _LONGEST_TEXT
    texts = [document.title, document.summary]
    if document.error:
        texts += [document.error.type, document.error.message]
    for action in document.actions:
        texts += [action.name, action.description]
    for text in texts:
        yield text[:left]
        left = max(0, left - len(text))
