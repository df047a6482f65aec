"""Writers on SQLite: they queue in their process, and none writes from within an open read."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from reviews import claims, dispatch, file_door, problems, scan, tasks
from reviews.models import Artifact, Decision
from tests.cast import Cast
from tests.domain.test_intake import decide
from workspaces import clock, transactions
from workspaces.models import Lease
from workspaces.transactions import write

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
SQLITE_ONLY = "PostgreSQL has neither the queue nor the lock"


@contextmanager
def watched() -> Iterator[list[str]]:
    """The writes that do not queue up behind this process's other writers."""
    astray: list[str] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_queued = transactions._writers._is_owned()  # type: ignore[attr-defined]
        if sql.lstrip().upper().startswith(WRITES) and not is_queued:
            astray.append(sql[:70])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield astray


def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "STILL_SECONDS", 0.0)
    monkeypatch.setattr(file_door, "YOUNG_SECONDS", 0.0)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_a_scan_of_the_sweep_and_of_an_answer_queues_up(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip(SQLITE_ONLY)
    still(monkeypatch)
    cast = transactional_cast
    cast.write("src/a.txt", "one\n")
    cast.write(
        "one.handoff.json", json.dumps({"title": "One", "context": {"files": ["src/a.txt"]}})
    )
    cast.write("bad.handoff.json", "{")
    with watched() as astray:
        assert tasks.scan_one(cast.workspace.pk) == 1
        (handoff,) = cast.workspace.handoffs.all()
        cast.write("src/a.txt", "one\n")  # touched, the same bytes
        scan.scan_workspace(cast.workspace)
        revision = handoff.revisions.get()
        claims.see(handoff=handoff, user=cast.reviewer, revision=1, digest=revision.package_sha256)
        decision = decide(cast, handoff)
        with write():
            Decision.objects.filter(pk=decision.pk).update(release_at=clock.now())
        tasks.sweep()
        dispatch.run_once()
        dispatch.deliver_due()
        cast.write("one.decision.json", "{}")  # tampered with
        problems.forget_file(cast.workspace, "bad.handoff.json")
        tasks.scan_workspaces()
        tasks.sweep()
        cast.api().get("/api/v1/handoffs")
    assert set(astray) == set()


@pytest.mark.django_db(transaction=True)
def test_the_lease_of_a_scan_is_taken_once_and_given_back(transactional_cast: Cast) -> None:
    name = f"scan:{transactional_cast.workspace.pk}"
    with watched() as astray:
        tasks.scan_one(transactional_cast.workspace.pk)
    assert Lease.objects.filter(name=name).count() == 1
    assert astray == [] or connection.vendor != "sqlite"


def elsewhere(run: Callable[[], object]) -> None:
    """Run it on another connection, as another process would."""
    failed: list[BaseException] = []

    def body() -> None:
        try:
            run()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert not failed, failed


@pytest.mark.django_db(transaction=True)
def test_what_a_scan_remembers_of_a_file_is_written_with_no_read_open(
    transactional_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip(SQLITE_ONLY)
    still(monkeypatch)
    cast = transactional_cast
    for name in "abc":
        cast.write(f"{name}.txt", name)
    handoff = cast.submit("Three", context={"files": ["a.txt", "b.txt", "c.txt"]})
    artifacts = Artifact.objects.filter(revision__handoff=handoff).order_by("pk")

    def touched() -> None:
        elsewhere(lambda: Lease.objects.filter(name="none").update(holder="other"))
        elsewhere(lambda: Lease.objects.create(name=f"n{Lease.objects.count()}", holder="x",
                                               until=handoff.created_at))  # fmt: skip
        with write():
            Artifact.objects.filter(pk=artifacts[0].pk).update(inode=1)

    with pytest.raises(OperationalError, match="locked"):  # so it was
        for _artifact in artifacts.iterator(chunk_size=1):
            touched()
    monkeypatch.setattr(scan, "CHUNK", 1)
    for _artifact in scan._in_chunks(artifacts):
        touched()
    assert artifacts[0].inode == 1
