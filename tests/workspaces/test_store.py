"""What is stored is what was hashed, once, whole, and nobody else's to read."""

import errno
import fcntl
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from workspaces import store as store_module
from workspaces.storage import (
    DiskFull,
    FileMissing,
    FileTooLarge,
    NotRegular,
    OutsideRoot,
    Root,
    Unstable,
)
from workspaces.storage import root as root_module
from workspaces.store import Blob, Store

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / "root").mkdir()
    return Root(tmp_path / "root")


def unfinished(store: Store) -> list[Path]:
    return list(store.folder.glob("unfinished/*"))


def test_bytes_come_back_under_their_digest(store: Store) -> None:
    assert store.put_bytes(b"hello") == Blob(HELLO, 5)
    assert store.path(HELLO) == store.folder / HELLO[:2] / HELLO[2:4] / HELLO
    assert store.has(HELLO)
    assert store.read(HELLO, limit=5) == b"hello"
    with store.open(HELLO) as file:
        assert file.read() == b"hello"
    assert store.verify(HELLO)
    assert unfinished(store) == []


def test_nothing_at_all_can_be_stored(store: Store) -> None:
    blob = store.put_bytes(b"")
    assert store.read(blob.sha256, limit=0) == b""


def test_objects_are_the_desks_own(store: Store) -> None:
    store.put_bytes(b"hello")
    path = store.path(HELLO)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_the_same_bytes_are_written_once(store: Store) -> None:
    store.put_bytes(b"hello")
    inode = store.path(HELLO).stat().st_ino
    store.put_bytes(b"hello")
    store.put_stream(io.BytesIO(b"hello"), limit=5)
    assert store.path(HELLO).stat().st_ino == inode
    assert unfinished(store) == []


def test_an_object_that_a_power_cut_left_short_is_written_anew(store: Store) -> None:
    store.put_bytes(b"hello")
    os.truncate(store.path(HELLO), 0)
    assert not store.verify(HELLO)
    store.put_bytes(b"hello")
    assert store.verify(HELLO)


def test_a_stream_above_the_limit_keeps_nothing(store: Store) -> None:
    with pytest.raises(FileTooLarge):
        store.put_stream(io.BytesIO(b"123456"), limit=5)
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    assert store.put_stream(io.BytesIO(b"12345"), limit=5).size == 5


@pytest.mark.parametrize("name", ["", "../../etc/passwd", HELLO.upper(), HELLO + "\n", HELLO[:-1]])
def test_only_a_digest_names_an_object(store: Store, name: str) -> None:
    with pytest.raises(FileMissing):
        store.open(name)
    with pytest.raises(FileMissing):
        store.has(name)


def test_an_absent_object_is_missing(store: Store) -> None:
    assert not store.has(HELLO)
    assert not store.verify(HELLO)
    with pytest.raises(FileMissing):
        store.read(HELLO, limit=5)


def test_an_object_above_the_readers_limit_is_not_read(store: Store) -> None:
    store.put_bytes(b"hello")
    with pytest.raises(FileTooLarge):
        store.read(HELLO, limit=4)


def test_a_workspace_file_is_kept_with_its_facts(store: Store, root: Root) -> None:
    root.write_atomic("a", b"hello")
    kept = store.put_file(root, "a")
    assert (kept.sha256, kept.size, kept.stored) == (HELLO, 5, True)
    assert kept.facts == root.stat("a")
    assert store.read(HELLO, limit=5) == b"hello"
    root.write_atomic("a", b"other")
    assert store.read(HELLO, limit=5) == b"hello"


def test_a_file_above_the_limit_is_digested_and_not_kept(store: Store, root: Root) -> None:
    root.write_atomic("a", b"hello")
    kept = store.put_file(root, "a", limit=4)
    assert (kept.sha256, kept.size, kept.stored) == (HELLO, 5, False)
    assert not store.has(HELLO)
    assert store.put_file(root, "a", limit=5).stored


def test_a_link_or_an_absent_file_is_not_kept(store: Store, root: Root, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (Path(root.path) / "link").symlink_to("../secret")
    (Path(root.path) / "up").symlink_to("..")
    for rel, refusal in (("link", NotRegular), ("up/secret", OutsideRoot), ("no", FileMissing)):
        with pytest.raises(refusal):
            store.put_file(root, rel)
    assert not list(store.folder.rglob("*/*/*"))


@pytest.mark.parametrize("limit", [1 << 30, 10])
def test_a_file_changed_while_kept_is_unstable_and_not_kept(
    store: Store, root: Root, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    root.write_atomic("a", b"x" * 3_000_000)
    really = root_module.chunks

    def chunks_then_rewrite(file: BinaryIO, size: int) -> Iterator[bytes]:
        for number, chunk in enumerate(really(file, size)):
            yield chunk
            if number == 0:
                (Path(root.path) / "a").write_bytes(b"y" * 3_000_000)

    monkeypatch.setattr(store_module, "chunks", chunks_then_rewrite)
    with pytest.raises(Unstable):
        store.put_file(root, "a", limit=limit)
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_where_the_file_system_clones_it_is_the_clone_that_is_hashed(
    store: Store, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clone is what is kept, so its bytes count, not those read from the file."""
    root.write_atomic("a", b"hello")
    calls = []

    def clone(target: int, request: int, source: int) -> int:
        calls.append(request)
        os.pwrite(target, b"HELLO", 0)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", clone)
    kept = store.put_file(root, "a")
    assert len(calls) == 1
    assert kept.sha256 == hashlib.sha256(b"HELLO").hexdigest()
    assert store.read(kept.sha256, limit=5) == b"HELLO"


def test_a_clone_of_another_length_is_unstable(
    store: Store, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.write_atomic("a", b"hello")
    monkeypatch.setattr(fcntl, "ioctl", lambda target, request, source: os.pwrite(target, b"hi", 0))
    with pytest.raises(Unstable):
        store.put_file(root, "a")


def test_a_full_disk_is_said_and_leaves_nothing(
    store: Store, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.write_atomic("a", b"hello")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        store.put_file(root, "a")
    with pytest.raises(DiskFull):
        store.put_bytes(b"other")
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_many_writers_of_the_same_and_of_other_bytes_do_not_disturb_each_other(
    store: Store,
) -> None:
    same = b"s" * 200_000
    with ThreadPoolExecutor(8) as pool:
        blobs = list(
            pool.map(
                lambda n: store.put_stream(io.BytesIO(same + b"x" * (n % 3)), limit=1_000_000),
                range(48),
            )
        )
    assert len(set(blobs)) == 3
    assert all(store.verify(blob.sha256) for blob in blobs)
    assert unfinished(store) == []


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from workspaces.store import Store

def die(*unused, **also_unused):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os if sys.argv[2] == "fsync" else Path, sys.argv[2], die)
Store(sys.argv[1]).put_bytes(b"hello")
"""


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_killed_writer_leaves_no_object_and_the_next_one_succeeds(
    store: Store, step: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(store.folder), step],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert not store.has(HELLO)
    assert len(unfinished(store)) == 1
    store.put_bytes(b"hello")
    assert store.verify(HELLO)


def test_sweeping_removes_what_killed_writers_left_and_nothing_young(store: Store) -> None:
    store.put_bytes(b"hello")
    old, young = (store.folder / "unfinished" / name for name in ("old.tmp", "young.tmp"))
    old.touch()
    young.touch()
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    assert store.sweep() == 1
    assert unfinished(store) == [young]
    assert store.verify(HELLO)
