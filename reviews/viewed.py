"""Which files of a handoff a person has viewed, by path and bytes: a changed file is new."""

import hashlib
from collections.abc import Iterable

from django.utils.translation import ngettext

from reviews.models import Artifact, Handoff, Revision, ViewedFile
from reviews.rendering.text import plain
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


def missing(revision: Revision, user: User) -> list[str]:
    """The bound files of a round, by path, that ``user`` has not marked viewed as they are."""
    bound = list(revision.artifacts.filter(kind=Artifact.Kind.FILE).order_by("path"))
    known = states(revision.handoff, user, bound) if bound else {}
    return list(dict.fromkeys(each.path for each in bound if known[each.pk] != VIEWED))


def sentence(paths: list[str]) -> str:
    """Why a round is not approved yet, and the way out."""
    return ngettext(
        "%(n)d file is not marked viewed: open %(path)s under Files and press V.",
        "%(n)d files are not marked viewed, the first is %(path)s: open each under Files, press V.",
        len(paths),
    ) % {"n": len(paths), "path": plain(paths[0])}


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
