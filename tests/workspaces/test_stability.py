"""A file stands still when nothing about it has moved for long enough by the desk's own clock."""

from dataclasses import replace

import pytest

from workspaces.stability import Tracker
from workspaces.storage import FileFacts

FACTS = FileFacts(size=10, mtime_ns=5, inode=1, ctime_ns=5)


def test_a_file_is_stable_once_it_has_stood_still() -> None:
    tracker = Tracker(still_seconds=1.0)
    assert tracker.feed("a", FACTS, now=100.0) == "wait"
    assert tracker.feed("a", FACTS, now=100.9) == "wait"
    assert tracker.feed("a", FACTS, now=101.0) == "stable"
    assert tracker.feed("a", FACTS, now=500.0) == "stable"


@pytest.mark.parametrize("moved", ["size", "mtime_ns", "inode", "ctime_ns"])
def test_any_change_begins_the_wait_anew(moved: str) -> None:
    tracker = Tracker(still_seconds=1.0)
    tracker.feed("a", FACTS, now=100.0)
    other = replace(FACTS, **{moved: 77})
    assert tracker.feed("a", other, now=101.0) == "wait"
    assert tracker.feed("a", other, now=101.9) == "wait"
    assert tracker.feed("a", other, now=102.0) == "stable"


def test_a_file_appended_forever_never_stands_still_and_its_waiting_is_known() -> None:
    tracker = Tracker(still_seconds=1.0)
    for second in range(60):
        assert tracker.feed("log", replace(FACTS, size=second), now=float(second)) == "wait"
    assert tracker.waiting_seconds("log", now=60.0) == 60.0


@pytest.mark.parametrize("mtime_ns", [0, 2**31 * 10**9, -1])
def test_the_files_own_clock_does_not_matter(mtime_ns: int) -> None:
    tracker = Tracker(still_seconds=1.0)
    facts = replace(FACTS, mtime_ns=mtime_ns)
    assert tracker.feed("a", facts, now=0.0) == "wait"
    assert tracker.feed("a", facts, now=1.0) == "stable"


def test_files_wait_each_by_itself_and_can_be_forgotten() -> None:
    tracker = Tracker(still_seconds=1.0)
    for path in ("a", "b", "c"):
        tracker.feed(path, FACTS, now=0.0)
    tracker.forget("a")
    tracker.forget("never seen")
    tracker.keep_only({"b"})
    assert len(tracker) == 1
    assert tracker.waiting_seconds("a", now=9.0) == 0.0
    assert tracker.feed("b", FACTS, now=1.0) == "stable"
    assert tracker.feed("c", FACTS, now=1.0) == "wait"
