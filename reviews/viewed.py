"""Which files of a handoff a person has viewed, by path and bytes: a changed file is new."""

import hashlib
from collections.abc import Iterable

from reviews.models import Artifact, Handoff, ViewedFile
from workspaces import clock
from workspaces.models import User
from workspaces.transactions import write

UNSEEN, VIEWED, CHANGED = "", "viewed", "changed"


def states(handoff: Handoff, user: User, artifacts: Iterable[Artifact]) -> dict[int, str]:
    """{artifact: "viewed", "changed" since it was viewed, or ""}, in one query."""
    rows = ViewedFile.objects.filter(handoff=handoff, user=user)
    known = dict(rows.values_list("path", "sha256"))
    return {
        artifact.pk: UNSEEN
        if artifact.path not in known
        else VIEWED
        if known[artifact.path] == (artifact.sha256 or "")
        else CHANGED
        for artifact in artifacts
    }


def mark(*, handoff: Handoff, user: User, artifact: Artifact) -> None:
    with write():
        ViewedFile.objects.update_or_create(
            handoff=handoff,
            user=user,
            path_key=_key(artifact.path),
            defaults={
                "path": artifact.path,
                "sha256": artifact.sha256 or "",
                "viewed_at": clock.now(),
            },
        )


def unmark(*, handoff: Handoff, user: User, artifact: Artifact) -> None:
    with write():
        ViewedFile.objects.filter(handoff=handoff, user=user, path_key=_key(artifact.path)).delete()


def _key(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
