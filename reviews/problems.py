"""What could not be taken: nothing is dropped silently, each has a reason and a retry."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from reviews import event_kinds, secrets
from reviews.models import Problem, SourceFile
from workspaces import clock, errors, events
from workspaces.actors import SYSTEM, Actor
from workspaces.models import Workspace
from workspaces.transactions import write


def report(
    workspace: Workspace,
    path: str,
    kind: Problem.Kind,
    detail: str,
    *,
    found: Iterable[errors.Problem] = (),
    document_sha256: str = "",
) -> Problem:
    """Open a problem, or bring the open one of this path and kind up to date."""
    values = {
        "detail": detail,
        "errors": [problem.as_dict() for problem in found],
        "document_sha256": document_sha256,
    }
    with write():
        open_ = Problem.objects.filter(workspace=workspace, path=path, kind=kind, resolved_at=None)
        if problem := open_.first():
            if any(getattr(problem, name) != value for name, value in values.items()):
                open_.update(**values)
                problem.refresh_from_db()
            return problem
        try:
            with transaction.atomic():
                problem = Problem.objects.create(
                    workspace=workspace, path=path, kind=kind, created_at=clock.now(), **values
                )
        except IntegrityError:
            return open_.get()
        events.record(
            workspace.pk,
            event_kinds.PROBLEM_OPENED,
            subject=("problem", str(problem.pk)),
            actor=SYSTEM,
            payload={"path": secrets.masked(path), "kind": kind},
        )
        return problem


def resolve(
    workspace: Workspace,
    path: str,
    *,
    kinds: Iterable[Problem.Kind] = (),
    actor: Actor = SYSTEM,
) -> int:
    """Close the open problems of ``path`` (of ``kinds`` only, when given); returns how many."""
    chosen = Problem.objects.filter(workspace=workspace, path=path, resolved_at=None)
    if wanted := list(kinds):
        chosen = chosen.filter(kind__in=wanted)
    if not chosen.exists():
        return 0
    with write():
        rows = list(chosen)
        count = chosen.update(resolved_at=clock.now())
        for problem in rows:
            events.record(
                workspace.pk,
                event_kinds.PROBLEM_RESOLVED,
                subject=("problem", str(problem.pk)),
                actor=actor,
                payload={"path": secrets.masked(path), "kind": problem.kind},
            )
        return count


def forget_file(workspace: Workspace, path: str) -> None:
    """Make the next look at ``path`` a first one, so that "retry" reads it again."""
    with write():
        SourceFile.objects.filter(workspace=workspace, path=path).update(
            inode=0, mtime_ns=0, ctime_ns=0, size=0, receipt_for=""
        )
