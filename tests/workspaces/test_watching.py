"""A written handoff is told within milliseconds, once it is whole, whatever happens to the tree."""

import contextlib
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workspaces import watching
from workspaces.storage import Root
from workspaces.watching import inotify, linux
from workspaces.watching.hints import Place
from workspaces.watching.settling import Settling

PATIENCE_SECONDS = 10.0
STILL_SECONDS = 0.3

on_linux = pytest.mark.skipif(not inotify.is_available(), reason="inotify is Linux's")


@dataclass
class Desk:
    """A watcher in a thread, the places it is given, and what it told in order."""

    places: dict[int, Place | str] = field(default_factory=dict)
    told: "queue.Queue[tuple[int, str, bool, float]]" = field(default_factory=queue.Queue)
    gaps: "queue.Queue[int]" = field(default_factory=queue.Queue)
    stop: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def ask(self) -> dict[int, Place | str]:
        if self.fails:
            raise ConnectionError("the database is away")
        return dict(self.places)

    def on_change(self, workspace_id: int, rel: str, is_complete: bool, /) -> None:
        self.told.put((workspace_id, rel, is_complete, time.monotonic()))
        if self.fails:
            raise ConnectionError("the database is away")

    def next(self) -> tuple[int, str, bool]:
        return self.told.get(timeout=PATIENCE_SECONDS)[:3]

    def gap(self) -> int:
        return self.gaps.get(timeout=PATIENCE_SECONDS)

    def nothing_before(self, act: Callable[[], object], rel: str) -> None:
        """``act`` puts ``rel`` there; it is the next thing told, so nothing was before it."""
        act()
        assert self.next()[1] == rel
        assert self.told.empty()


@contextlib.contextmanager
def watched(desk: Desk, refresh_seconds: float = 0.05) -> Iterator[Desk]:
    thread = threading.Thread(
        target=watching.watch,
        args=(desk.ask, desk.on_change, desk.stop),
        kwargs={
            "on_overflow": desk.gaps.put,
            "refresh_seconds": refresh_seconds,
            "still_seconds": STILL_SECONDS,
        },
    )
    thread.start()
    try:
        yield desk
    finally:
        desk.stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def desk(top: Path) -> Iterator[Desk]:
    """A watcher of one workspace, number 7, that has begun."""
    with watched(Desk({7: Place(str(top))})) as desk:
        assert desk.gap() == 7
        yield desk


def drop(top: Path, name: str, text: str = "{}") -> None:
    """As an agent should: a temporary name, then rename."""
    path = top / name
    path.with_name("being-written").write_text(text)
    path.with_name("being-written").rename(path)


@on_linux
def test_a_renamed_file_is_told_at_once_as_complete(desk: Desk, top: Path) -> None:
    waits = []
    for number in range(20):
        started = time.monotonic()
        drop(top, f"{number}.handoff.json")
        workspace_id, rel, is_complete, at = desk.told.get(timeout=PATIENCE_SECONDS)
        assert (workspace_id, rel, is_complete) == (7, f"{number}.handoff.json", True)
        waits.append(at - started)
    assert sorted(waits)[10] < 0.1


@on_linux
def test_a_file_written_in_place_is_told_after_it_has_stood_still(desk: Desk, top: Path) -> None:
    with (top / "handoff.json").open("w") as file:
        for _ in range(4):
            file.write("x" * 1000)
            file.flush()
            desk.stop.wait(STILL_SECONDS / 6)  # a slow writer, not a slow test
    closed = time.monotonic()
    workspace_id, rel, is_complete, at = desk.told.get(timeout=PATIENCE_SECONDS)
    assert (workspace_id, rel, is_complete) == (7, "handoff.json", False)
    assert at - closed >= STILL_SECONDS * 0.9
    assert desk.told.empty()


@on_linux
def test_a_file_whose_writer_pauses_without_closing_it_is_told_again_at_the_end(
    desk: Desk, top: Path
) -> None:
    with (top / "handoff.json").open("w") as file:
        file.write("half")
        file.flush()
        assert desk.next() == (7, "handoff.json", False)
        file.write(" and half")
    assert desk.next() == (7, "handoff.json", False)


@on_linux
def test_a_hard_link_is_a_file_written_in_place(desk: Desk, top: Path) -> None:
    (top / "written").write_text("{}")
    (top / "handoff.json").hardlink_to(top / "written")
    assert desk.next() == (7, "handoff.json", False)


@on_linux
def test_a_file_rewritten_is_told_each_time(desk: Desk, top: Path) -> None:
    for _ in range(3):
        drop(top, "handoff.json")
        assert desk.next() == (7, "handoff.json", True)


@on_linux
def test_an_ack_is_told_and_other_files_are_not(desk: Desk, top: Path) -> None:
    for name in ("a.receipt.json", "a.decision.json", "notes.txt", "a.handoff.json.tmp"):
        drop(top, name)
    desk.nothing_before(lambda: drop(top, "a.ack.json"), "a.ack.json")


@on_linux
def test_a_file_deleted_before_it_stood_still_is_not_told(desk: Desk, top: Path) -> None:
    (top / "a.handoff.json").write_text("{}")
    (top / "a.handoff.json").unlink()
    (top / "b.handoff.json").write_text("{}")
    assert desk.next() == (7, "b.handoff.json", False)


@on_linux
def test_files_in_new_folders_are_told_however_fast_they_come(desk: Desk, top: Path) -> None:
    wanted = set()
    for number in range(30):
        folder = top / f"run{number}" / "deep" / "er"
        folder.mkdir(parents=True)
        drop(folder, "handoff.json")
        wanted.add(f"run{number}/deep/er/handoff.json")
    seen: set[str] = set()
    while wanted - seen:
        seen.add(desk.next()[1])
    assert seen == wanted


@on_linux
def test_a_folder_moved_in_brings_its_files_complete(desk: Desk, top: Path) -> None:
    made = top.parent / "made" / "sub"
    made.mkdir(parents=True)
    (made / "handoff.json").write_text("{}")
    made.parent.rename(top / "made")
    assert desk.next() == (7, "made/sub/handoff.json", True)
    drop(top / "made" / "sub", "b.handoff.json")
    assert desk.next() == (7, "made/sub/b.handoff.json", True)


@on_linux
def test_a_folder_renamed_is_told_of_under_its_new_name(desk: Desk, top: Path) -> None:
    (top / "old").mkdir()
    (top / "old").rename(top / "new")
    drop(top / "new", "handoff.json")
    assert desk.next()[1] == "new/handoff.json"
    (top / "new").rename(top.parent / "out")
    drop(top.parent / "out", "handoff.json")
    desk.nothing_before(lambda: drop(top, "here.handoff.json"), "here.handoff.json")


@on_linux
def test_skipped_folders_and_foreign_repositories_are_not_told_of(desk: Desk, top: Path) -> None:
    (top / "node_modules").mkdir()
    drop(top / "node_modules", "handoff.json")
    (top / "clone").mkdir()
    (top / "clone" / ".git").mkdir()
    drop(top / "clone", "handoff.json")
    desk.nothing_before(lambda: drop(top, "handoff.json"), "handoff.json")


@on_linux
def test_a_handoffignore_counts_from_when_it_is_written(desk: Desk, top: Path) -> None:
    drop(top, ".handoffignore", "drafts.*\n")
    assert desk.gap() == 7
    drop(top, "drafts.handoff.json")
    desk.nothing_before(lambda: drop(top, "a.handoff.json"), "a.handoff.json")
    (top / ".handoffignore").unlink()
    assert desk.gap() == 7
    drop(top, "drafts.handoff.json")
    assert desk.next()[1] == "drafts.handoff.json"


@on_linux
def test_a_linked_folder_is_not_watched(desk: Desk, top: Path) -> None:
    (top.parent / "outside").mkdir()
    (top / "link").symlink_to("../outside")
    drop(top.parent / "outside", "handoff.json")
    desk.nothing_before(lambda: drop(top, "a.handoff.json"), "a.handoff.json")


@on_linux
def test_strange_names_pass_and_undecodable_ones_are_left_to_the_scan(
    desk: Desk, top: Path
) -> None:
    for name in (b"\xff.handoff.json", b"new\nline.handoff.json"):
        Path(os.fsdecode(os.fsencode(top) + b"/" + name)).write_text("{}")
    bad_folder = Path(os.fsdecode(os.fsencode(top) + b"/\xfe"))
    bad_folder.mkdir()
    drop(bad_folder, "handoff.json")
    os.mkfifo(top / "pipe.handoff.json")
    desk.nothing_before(lambda: drop(top, "😀\u202e.handoff.json"), "😀\u202e.handoff.json")


@on_linux
def test_workspaces_come_and_go_while_it_runs(desk: Desk, top: Path, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    desk.places[8] = str(tmp_path / "second")
    assert desk.gap() == 8
    drop(tmp_path / "second", "handoff.json")
    assert desk.next() == (8, "handoff.json", True)
    del desk.places[7]
    desk.places[9] = Place(str(top), folders=("out",))
    assert desk.gap() == 9
    drop(top, "handoff.json")
    (top / "out").mkdir()
    drop(top / "out", "handoff.json")
    assert desk.next()[:2] == (9, "out/handoff.json")


@on_linux
@pytest.mark.parametrize("how", ["deleted", "renamed"])
def test_a_root_made_anew_is_watched_again(desk: Desk, top: Path, how: str) -> None:
    if how == "deleted":
        shutil.rmtree(top)
    else:
        top.rename(top.parent / "aside")
    top.mkdir()
    assert desk.gap() == 7
    drop(top, "handoff.json")
    assert desk.next() == (7, "handoff.json", True)


@on_linux
def test_a_root_that_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with watched(Desk({1: str(late)})) as desk:
        late.mkdir()
        assert desk.gap() == 1
        drop(late, "handoff.json")
        assert desk.next() == (1, "handoff.json", True)


@on_linux
def test_a_database_that_is_away_does_not_end_the_watching(desk: Desk, top: Path) -> None:
    desk.fails = True
    drop(top, "a.handoff.json")
    assert desk.next()[1] == "a.handoff.json"
    drop(top, "b.handoff.json")
    assert desk.next()[1] == "b.handoff.json"


@on_linux
def test_an_overflow_is_told_for_every_workspace_and_watching_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's queue is not filled for this: the event it then sends is put in its place."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    really_read = inotify.Inotify.read
    overflow = threading.Event()

    def read(self: inotify.Inotify, timeout_seconds: float) -> list[inotify.Event]:
        if overflow.is_set():
            overflow.clear()
            return [inotify.Event(-1, inotify.OVERFLOW, "")]
        return really_read(self, timeout_seconds)

    monkeypatch.setattr(inotify.Inotify, "read", read)
    with watched(Desk({1: str(tmp_path / "one"), 2: str(tmp_path / "two")})) as desk:
        assert {desk.gap(), desk.gap()} == {1, 2}
        overflow.set()
        assert {desk.gap(), desk.gap()} == {1, 2}
        drop(tmp_path / "two", "handoff.json")
        assert desk.next() == (2, "handoff.json", True)


@on_linux
def test_the_real_queue_of_the_kernel_tells_its_overflow(tmp_path: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 70_000:
        pytest.skip("the queue of this kernel is too long to be filled quickly")
    with inotify.Inotify() as events:
        events.add(str(tmp_path), inotify.CREATE)
        for number in range(limit + 10):
            os.close(os.open(tmp_path / str(number), os.O_CREAT | os.O_WRONLY))
        read = []
        while batch := events.read(0.0):
            read.extend(batch)
    assert read[-1].watch == -1
    assert read[-1].has(inotify.OVERFLOW)
    assert len(read) == limit + 1


@on_linux
def test_at_the_kernels_limit_of_watches_the_workspace_is_left_to_the_scan(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (top / f"d{number}").mkdir()
    really_add = inotify.Inotify.add
    added: list[str] = []

    def add(self: inotify.Inotify, folder: str, mask: int) -> int:
        if len(added) == 3:
            raise OSError(28, "No space left on device")
        added.append(folder)
        return really_add(self, folder, mask)

    monkeypatch.setattr(inotify.Inotify, "add", add)
    with watched(Desk({1: str(top)})) as desk:
        assert desk.gap() == 1
        drop(top / "d0", "handoff.json")
        assert desk.next() == (1, "d0/handoff.json", True)


@on_linux
def test_it_stops_within_a_second(top: Path) -> None:
    with watched(Desk({1: str(top)}), refresh_seconds=60.0) as desk:
        desk.gap()
        asked = time.monotonic()
    assert time.monotonic() - asked < 1.0


@on_linux
def test_it_uses_next_to_no_processor_while_nothing_happens(desk: Desk) -> None:
    before = time.process_time()
    desk.stop.wait(2.0)
    assert time.process_time() - before < 0.2


@on_linux
def test_no_watch_or_descriptor_is_left_behind(desk: Desk, top: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for number in range(5):
        (top / f"d{number}" / "e").mkdir(parents=True)
        drop(top / f"d{number}" / "e", "handoff.json")
        desk.next()
        shutil.rmtree(top / f"d{number}")
    desk.nothing_before(lambda: drop(top, "last.handoff.json"), "last.handoff.json")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_without_inotify_files_are_told_once_they_stand_still(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "is_available", lambda: False)
    monkeypatch.setattr(linux, "run", None)
    second = tmp_path / "second"
    places: dict[int, Place | str] = {1: Place(str(top), folders=("out",)), 2: str(second)}
    (top / "out").mkdir()
    with watched(Desk(places)) as desk:
        assert desk.gap() == 1
        second.mkdir()
        assert desk.gap() == 2
        seen: set[tuple[int, str, bool]] = set()
        while len(seen) < 2:
            # watchfiles begins a moment after it is asked to: write until it is heard.
            for folder in (top, top / "out", second):
                drop(folder, "handoff.json")
            with contextlib.suppress(queue.Empty):
                seen.add(desk.told.get(timeout=STILL_SECONDS * 2)[:3])
    assert seen == {(1, "out/handoff.json", False), (2, "handoff.json", False)}


@on_linux
def test_a_root_that_may_not_be_opened_keeps_no_other_from_being_watched(
    top: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "link").symlink_to("root")
    bad: dict[int, Place | str] = {
        1: str(tmp_path / "link"),
        2: Place(str(tmp_path), folders=("../up",)),
        3: str(tmp_path / "nothing"),
    }
    with watched(Desk({**bad, 7: str(top)}), refresh_seconds=0.01) as desk:
        assert desk.gap() == 7
        for number in range(5):
            drop(top, f"{number}.handoff.json")
            assert desk.next() == (7, f"{number}.handoff.json", True)
    assert len(caplog.messages) == 2
    assert "symbolic link" in caplog.text
    assert "“..” part" in caplog.text


@on_linux
def test_more_files_in_place_than_can_wait_are_left_to_the_scan(
    desk: Desk, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.watching.settling.MAX_WAITING", 2)
    for number in range(20):
        (top / f"{number}.handoff.json").write_text("{}")
    told = {desk.next()[1] for _ in range(2)}
    assert told == {"0.handoff.json", "1.handoff.json"}
    assert desk.gap() == 7


@on_linux
def test_a_handoffignore_counts_even_before_the_tree_is_looked_at_again(top: Path) -> None:
    with watched(Desk({7: str(top)}), refresh_seconds=60.0) as desk:
        desk.gap()
        drop(top, ".handoffignore", "drafts.*\n")
        drop(top, "drafts.handoff.json")
        desk.nothing_before(lambda: drop(top, "a.handoff.json"), "a.handoff.json")


def test_what_has_settled_vanished_or_left_is_remembered_no_longer(top: Path) -> None:
    settling = Settling(still_seconds=1.0)
    root = Root(top)
    for name in ("settled", "vanished", "left"):
        (top / name).write_text("{}")
        assert not settling.touch(7, root, name, now=0.0)
    (top / "vanished").unlink()
    settling.forget(7, "left")
    assert settling.seconds_to_next(now=0.4) == 0.6
    assert list(settling.ripe(now=0.9)) == []
    assert list(settling.ripe(now=1.0)) == [(7, "settled")]
    assert settling.seconds_to_next(now=1.0) is None
    assert len(settling) == len(settling.tracker) == 0
