"""A backup of a desk that serves, and the desk made from it: what was answered is there."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services import desk as desks
from tests.services.desk import Installation
from tests.services.players import Person, Site, found
from tests.services.postgres import Postgres

pytestmark = [pytest.mark.services, pytest.mark.slow]
NewDesk = Callable[..., Installation]
FILE = {"path": "report.txt", "content": "a line\n" * 50}


@contextmanager
def submitting(site: Site) -> Iterator[list[str]]:
    """Handoffs come in, one after the other, as long as the block lasts; their ids."""
    taken: list[str] = []
    stop = threading.Event()

    def work() -> None:
        with site.api() as api:
            while not stop.is_set():
                members = {"title": f"Busy {len(taken)}", "context": {"files": [FILE]}}
                taken.append(api.post("/handoffs", json=members).raise_for_status().json()["id"])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()
    assert taken, "nothing came in meanwhile: the desk was not busy"


def decided(site: Site) -> dict[str, Any]:
    """A handoff with a file of its own, approved and released."""
    taken = site.hand_off("Kept?", context={"files": [{**FILE, "content": "kept\n"}]})
    site.person().decide(taken["page"], "approve")
    return taken


def backed_up(site: Site, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What was decided before, and what surely was submitted before, while more came in."""
    taken = decided(site)
    with submitting(site) as coming:
        while len(coming) < 3:
            pass
        before = list(coming)
        said = site.desk.manage("backup", str(folder))
    assert "Backed up to" in said
    return taken, before


def check(copy: Installation, site: Site, taken: dict[str, Any], before: list[str]) -> None:
    """The restored desk serves what the other answered, to the same people and agents."""
    with httpx.Client(base_url=f"{copy.url}/api/v1", headers=_bearer(site)) as api:
        assert api.get(f"/handoffs/{taken['id']}").json()["status"] == "decided"
        for each in before:
            assert api.get(f"/handoffs/{each}").json()["status"] == "pending"
        new = api.post("/handoffs", json={"title": "After"})
        assert new.status_code == 201
    addresses = (site.desk.url, copy.url)
    keys = [httpx.get(f"{url}/api/v1/keys").raise_for_status().json() for url in addresses]
    assert keys[0] == keys[1]
    person = Person(copy.url, site.person().email)
    page = person.http.get(taken["page"]).text
    assert "kept" in page and "Approved" in page


def _bearer(site: Site) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.token}"}


def test_a_busy_desk_on_sqlite(new_desk: NewDesk, tmp_path: Path) -> None:
    desk, folder = new_desk(), tmp_path / "backup"
    site = found(desk, undo_seconds=0)
    taken, before = backed_up(site, folder)
    copy = desks.embedded(tmp_path / "copy")
    said = copy.manage("restore", str(folder))
    assert "Restored the desk" in said and "BROKEN" not in said and "holds" in said
    copy.start()
    try:
        check(copy, site, taken, before)
    finally:
        copy.stop()


def test_a_busy_desk_on_postgresql(stack: Installation, postgres: Postgres, tmp_path: Path) -> None:
    site = found(stack, undo_seconds=0)
    folder = tmp_path / "backup"
    taken, before = backed_up(site, folder)
    url = postgres.create_database()
    copy = desks.embedded(tmp_path / "copy", {"DATABASE_URL": url})
    said = copy.manage("restore", str(folder))
    assert "BROKEN" not in said and "holds" in said
    copy.start()
    try:
        check(copy, site, taken, before)
    finally:
        copy.stop()


def test_a_second_backup_copies_only_what_is_new(new_desk: NewDesk, tmp_path: Path) -> None:
    desk, folder = new_desk(), tmp_path / "backup"
    site = found(desk, undo_seconds=0)
    decided(site)
    desk.manage("backup", str(folder))
    [database] = folder.glob("desk-*")
    site.hand_off("More", context={"files": [{**FILE, "content": "more\n"}]})
    said = desk.manage("backup", str(folder))
    assert " 1 new)" in said
    [newer] = folder.glob("desk-*")
    assert newer != database
    again = desk.manage("backup", str(folder))
    assert " 0 new)" in again


def test_what_cannot_be_done_is_a_sentence(new_desk: NewDesk, tmp_path: Path) -> None:
    desk, folder = new_desk(), tmp_path / "backup"
    site = found(desk, undo_seconds=0)
    taken = decided(site)
    desk.manage("backup", str(folder))
    assert "is inside the data folder" in refused(desk, "backup", str(desk.data / "here"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("mine")
    assert "holds something else: letter.txt" in refused(desk, "backup", str(other))
    assert "A desk already runs" in refused(desk, "restore", str(folder))
    desk.stop()
    assert "not empty" in refused(desk, "restore", str(folder))
    assert "holds no backup" in refused(desk, "restore", str(tmp_path / "nothing"))
    damage = damaged(folder)
    fresh = desks.embedded(tmp_path / "fresh")
    for name, sentence in damage.items():
        assert sentence in refused(fresh, "restore", str(tmp_path / name)), name
    said = fresh.manage("restore", str(folder))  # what was refused left it restorable
    assert "BROKEN" not in said
    assert taken["id"] in fresh.manage(
        "shell", "--no-imports", "-c",
        "from reviews.models import Handoff; print(Handoff.objects.get().public_id)",
    )  # fmt: skip


def damaged(folder: Path) -> dict[str, str]:
    """Copies of a backup beside it, each with one fault, and what is said of it."""

    def copy(name: str) -> Path:
        return shutil.copytree(folder, folder.parent / name)

    [database] = copy("database").glob("desk-*")
    database.write_bytes(database.read_bytes()[:-100])
    newest = next(path for path in (copy("object") / "store").rglob("*") if path.is_file())
    newest.write_bytes(b"x" * newest.stat().st_size)
    missing = next(path for path in (copy("missing") / "store").rglob("*") if path.is_file())
    missing.unlink()
    (copy("key") / "keys" / "signing_key").write_text("other")
    newer = copy("newer") / "manifest.json"
    body = json.loads(newer.read_text())
    body["migrations"]["reviews"].append("9999_tomorrow")
    newer.write_text(json.dumps(body))
    foreign = copy("foreign") / "manifest.json"
    body = json.loads(foreign.read_text())
    body["database"]["vendor"] = "postgresql"
    foreign.write_text(json.dumps(body))
    torn = copy("torn") / "manifest.json"
    torn.write_text(torn.read_text()[:40])
    return {
        "database": "missing or damaged",
        "object": "Of the backup's 1 objects 1 are missing or damaged",
        "missing": "Of the backup's 1 objects 1 are missing or damaged",
        "key": "missing or damaged",
        "newer": "of a newer desk",
        "foreign": "is a backup of postgresql",
        "torn": "cannot be read",
    }


def refused(desk: Installation, *arguments: str) -> str:
    """What the command says when it fails."""
    with pytest.raises(AssertionError) as caught:
        desk.manage(*arguments)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)
