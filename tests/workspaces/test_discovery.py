"""Every handoff below a root is found, nothing else is, and what cannot be taken is told."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from workspaces import discovery, ignoring
from workspaces.discovery import Found, Unreadable
from workspaces.storage import Root, RootMissing, safe_open


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def put(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def found(top: Path, folders: Sequence[str] = (), *, acks: bool = False) -> list[str]:
    steps = discovery.find(Root(top), folders=folders, acks=acks)
    return [step.path for step in steps if isinstance(step, Found)]


def unreadable(top: Path) -> dict[str, str]:
    steps = discovery.find(Root(top))
    return {step.path: step.reason for step in steps if isinstance(step, Unreadable)}


def test_handoffs_are_found_anywhere_and_other_files_are_not(top: Path) -> None:
    put(top, "handoff.json", "a/handoff.json", "a/b/c/night.handoff.json", "x.receipt.handoff.json")
    put(top, "handoff.json.tmp", "handoff.receipt.json", "a/night.decision.json", "a/b/x.json")
    put(top, "a/night.ack.json", "myhandoff.json")
    assert found(top) == [
        "handoff.json",
        "x.receipt.handoff.json",
        "a/handoff.json",
        "a/b/c/night.handoff.json",
    ]


def test_a_find_has_the_facts_of_the_file(top: Path) -> None:
    put(top, "a/handoff.json")
    assert list(discovery.find(Root(top))) == [
        Found("a/handoff.json", Root(top).stat("a/handoff.json"), "handoff")
    ]


def test_acks_are_found_when_asked_for(top: Path) -> None:
    put(top, "a.handoff.json", "a.ack.json", ".ack.json")
    assert found(top) == ["a.handoff.json"]
    assert found(top, acks=True) == ["a.ack.json", "a.handoff.json"]


def test_every_walk_has_the_same_order(top: Path) -> None:
    names = [f"{folder}/{n}.handoff.json" for folder in ("b", "a", "a/z", "é") for n in (2, 10, 1)]
    put(top, *names)
    first = found(top)
    shutil.copytree(top, top.parent / "copy")
    put(top.parent / "copy", *reversed(names))
    assert found(top.parent / "copy") == first
    assert first[0] == "a/1.handoff.json"
    assert set(first) == set(names)


def test_folders_of_tools_are_skipped_at_any_depth(top: Path) -> None:
    put(top, "a/handoff.json", "a/b/node_modules/c/handoff.json", "a/b/.venv/handoff.json")
    assert found(top) == ["a/handoff.json"]


@pytest.mark.parametrize("name", [".git", "node_modules", ".venv", "__pycache__"])
def test_folders_of_tools_are_not_looked_into(top: Path, name: str) -> None:
    put(top, f"{name}/handoff.json", f"{name}/b/handoff.json", "a/handoff.json")
    assert found(top) == ["a/handoff.json"]


def test_the_root_may_be_a_repository_and_those_below_it_are_left_alone(top: Path) -> None:
    put(top, ".git/config", "handoff.json", "clone/.git/config", "clone/handoff.json")
    put(top, "clone/deeper/handoff.json", "worktree/.git", "worktree/handoff.json")
    assert found(top) == ["handoff.json"]


def test_what_waits_in_a_repository_below_is_told_of_at_any_depth(top: Path) -> None:
    put(top, "clone/.git/config", "clone/handoff.json", "clone/a/b/deep.handoff.json")
    put(top, "clone/sub/.git/config", "clone/sub/x/handoff.json", "clone/.git/handoff.json")
    put(top, "clone/node_modules/handoff.json", "clone/a/other.json", "clone/a/handoff.ack.json")
    put(top, ".handoffignore", "clone/drafts/handoff.json")
    (top / ".handoffignore").write_text("drafts/\n")
    told = [item for item in discovery.find(Root(str(top))) if isinstance(item, Unreadable)]
    assert {item.path for item in told} == {
        "clone/handoff.json",
        "clone/a/b/deep.handoff.json",
        "clone/sub/x/handoff.json",
    }
    assert all("repository of its own" in item.reason for item in told)


def test_a_repository_without_end_is_looked_into_as_far_as_a_limit_goes(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "REPOSITORY_FOLDERS", 3)
    put(top, "clone/.git/config", *(f"clone/{n}/handoff.json" for n in range(9)), "z/handoff.json")
    found_ = list(discovery.find(Root(str(top))))
    assert [item.path for item in found_] == [
        "clone/0/handoff.json",
        "clone/1/handoff.json",
        "z/handoff.json",
    ]


def test_a_restricted_workspace_is_looked_into_only_there(top: Path) -> None:
    put(top, "handoff.json", "out/handoff.json", "out/deep/handoff.json", "outer/handoff.json")
    put(top, "work/reports/handoff.json", "work/handoff.json")
    assert found(top, ["out"]) == ["out/handoff.json", "out/deep/handoff.json"]
    assert found(top, ["work/reports/", "out/deep"]) == [
        "out/deep/handoff.json",
        "work/reports/handoff.json",
    ]
    assert found(top, ["nothing/here"]) == []


def test_handoffignore_has_the_syntax_of_gitignore(top: Path) -> None:
    put(top, "a.handoff.json", "drafts/a.handoff.json", "x/drafts/b.handoff.json")
    put(top, "keep/a.handoff.json", "keep/wip-1.handoff.json", "only/here/handoff.json")
    put(top, "x/only/here/handoff.json", "tmp/handoff.json", "tmp/keep/handoff.json")
    (top / ".handoffignore").write_text(
        "# comment\n\ndrafts/\nwip-*.handoff.json\n/only/here\ntmp/*\n!tmp/keep\n"
    )
    assert found(top) == [
        "a.handoff.json",
        "keep/a.handoff.json",
        "tmp/keep/handoff.json",
        "x/only/here/handoff.json",
    ]


def test_only_the_roots_own_handoffignore_counts(top: Path) -> None:
    put(top, "a/handoff.json", "a/.handoffignore")
    (top / "a" / ".handoffignore").write_text("*\n")
    assert found(top) == ["a/handoff.json"]


@pytest.mark.timeout(20)
def test_a_hostile_handoffignore_is_told_and_does_not_hold_up_the_scan(top: Path) -> None:
    put(top, "a" * 200 + ".handoff.json", "ignored.handoff.json", "/".join(["a"] * 200) + "/x")
    put(top, "/".join(["a"] * 200) + "/handoff.json")
    (top / ".handoffignore").write_text("*a" * 60 + "b\n" + "**/a/" * 40 + "b\nignored.*\n\\\n")
    assert len(found(top)) == 2
    [reason] = unreadable(top).values()
    assert reason  # problems of one file share its path; the list of them is in parse
    problems = ignoring.parse((top / ".handoffignore").read_text()).problems
    assert [problem.partition(",")[0] for problem in problems] == ["Line 1", "Line 2", "Line 4"]


def test_only_so_many_patterns_count() -> None:
    parsed = ignoring.parse("\n".join(f"f{n}" for n in range(ignoring.MAX_PATTERNS + 1)))
    assert parsed.has_file(f"f{ignoring.MAX_PATTERNS - 1}")
    assert not parsed.has_file(f"f{ignoring.MAX_PATTERNS}")
    assert "Only the first 500" in parsed.problems[0]


def test_a_handoffignore_that_is_a_link_or_too_large_is_told_and_ignores_nothing(
    top: Path,
) -> None:
    put(top, "handoff.json")
    (top.parent / "all").write_text("*\n")
    (top / ".handoffignore").symlink_to("../all")
    assert found(top) == ["handoff.json"]
    assert ".handoffignore" in unreadable(top)
    (top / ".handoffignore").unlink()
    (top / ".handoffignore").write_text("*\n" * ignoring.MAX_BYTES)
    assert found(top) == ["handoff.json"]
    assert "larger than" in unreadable(top)[".handoffignore"]


def test_links_are_not_followed_and_a_linked_handoff_is_told(top: Path) -> None:
    put(top.parent, "outside/handoff.json")
    put(top, "real/handoff.json")
    (top / "away").symlink_to("../outside")
    (top / "loop").symlink_to(".")
    (top / "linked.handoff.json").symlink_to("../outside/handoff.json")
    assert found(top) == ["real/handoff.json"]
    assert "symbolic link" in unreadable(top)["linked.handoff.json"]


@pytest.mark.timeout(10)
def test_a_pipe_or_socket_named_as_a_handoff_is_told_and_never_opened(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(top / "pipe.handoff.json")
    monkeypatch.chdir(top)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.handoff.json")
    assert found(top) == []
    told = unreadable(top)
    assert "named pipe" in told["pipe.handoff.json"]
    assert "socket" in told["socket.handoff.json"]


def test_a_folder_named_as_a_handoff_is_a_folder(top: Path) -> None:
    put(top, "a.handoff.json/handoff.json")
    assert found(top) == ["a.handoff.json/handoff.json"]


def test_names_that_no_document_can_say_are_told_in_a_safe_spelling(top: Path) -> None:
    names = [b"\xff.handoff.json", b"new\nline.handoff.json", b"back\\slash.handoff.json"]
    for name in names:
        (Path(os.fsdecode(os.fsencode(top) + b"/" + name))).write_text("{}")
    bad_folder = Path(os.fsdecode(os.fsencode(top) + b"/\xfe"))
    bad_folder.mkdir()
    (bad_folder / "handoff.json").write_text("{}")
    put(top, "emoji 😀.handoff.json", "bidi\u202e.handoff.json")
    assert found(top) == ["bidi\u202e.handoff.json", "emoji 😀.handoff.json"]
    told = unreadable(top)
    assert sorted(told) == [
        "\\xfe/handoff.json",
        "\\xff.handoff.json",
        "back\\\\slash.handoff.json",
        "new\\nline.handoff.json",
    ]
    assert "UTF-8" in told["\\xff.handoff.json"]
    assert all(text.encode() for text in [*told, *told.values()])


def test_a_name_too_long_for_its_answers_is_told(top: Path) -> None:
    put(top, "n" * 230 + ".handoff.json")
    [reason] = unreadable(top).values()
    assert "too long" in reason


def test_a_tree_deeper_than_any_path_may_be_is_walked_and_told(top: Path) -> None:
    put(top, "/".join(["d"] * 500) + "/handoff.json")
    below = top / "/".join(["d"] * 500)
    here = os.open(below, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("e" * 200, dir_fd=here)
        deeper = os.open("e" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(os.open("handoff.json", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    assert found(top) == ["/".join(["d"] * 500) + "/handoff.json"]
    told = unreadable(top)
    assert len(told) == 1
    assert all(len(path) <= 1024 for path in told)
    assert "deep" in next(iter(told.values()))


def test_a_root_that_is_gone_says_so(top: Path) -> None:
    top.rmdir()
    with pytest.raises(RootMissing):
        found(top)


def test_a_folder_that_vanishes_during_the_walk_is_passed_over(top: Path) -> None:
    put(top, "a/handoff.json", "b/handoff.json", "c/handoff.json")
    walking = discovery.find(Root(top))
    first = next(walking)
    shutil.rmtree(top / "b")
    assert [step.path for step in (first, *walking)] == ["a/handoff.json", "c/handoff.json"]


@pytest.mark.parametrize("kernel", [True, False])
def test_a_folder_swapped_for_a_link_during_the_walk_is_not_entered(
    top: Path, monkeypatch: pytest.MonkeyPatch, kernel: bool
) -> None:
    if not kernel:
        monkeypatch.setattr(safe_open, "has_openat2", lambda: False)
    put(top.parent, "outside/handoff.json")
    put(top, "a/handoff.json", "b/x")
    walking = discovery.find(Root(top))
    first = next(walking)
    shutil.rmtree(top / "b")
    (top / "b").symlink_to("../outside")
    rest = list(walking)
    assert first.path == "a/handoff.json"
    assert [type(step) for step in rest] == [Unreadable]


WALK_AS_NOBODY = """
import os, sys
from workspaces import discovery
from workspaces.storage import Root
os.setgid(65534)
os.setuid(65534)
for step in discovery.find(Root(sys.argv[1])):
    print(type(step).__name__, step.path)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_a_closed_folder_is_told_and_the_walk_goes_on() -> None:
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        top.chmod(0o755)
        put(top, "closed/handoff.json", "open/handoff.json")
        (top / "closed").chmod(0o700)
        done = subprocess.run(
            [sys.executable, "-c", WALK_AS_NOBODY, made],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.splitlines() == ["Unreadable closed", "Found open/handoff.json"]


def test_the_watchers_question_has_the_walks_answer(top: Path) -> None:
    put(top, "handoff.json", "a/handoff.json", "a/x.ack.json", "a/x.json", "clone/.git/x")
    put(top, "clone/deep/handoff.json", "node_modules/handoff.json", "drafts/handoff.json")
    put(top, "wip.handoff.json", "out/b/handoff.json")
    (top / ".handoffignore").write_text("drafts/\nwip.*\n")
    root = Root(top)
    everything = [p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file()]
    for folders in ((), ("out",), ("a", "out/b"), ("clone",)):
        rules = discovery.rules_of(root, folders)
        told = {rel for rel in everything if discovery.is_candidate(root, rel, rules)}
        assert told == set(found(top, folders, acks=True))
    assert found(top) == ["handoff.json", "a/handoff.json", "out/b/handoff.json"]


@pytest.mark.slow
def test_a_hundred_thousand_files_are_walked_within_two_seconds(top: Path) -> None:
    for number in range(200):
        folder = top / f"d{number % 20}" / f"e{number}"
        folder.mkdir(parents=True)
        for file in range(500):
            name = f"{file}.handoff.json" if file % 50 == 0 else f"{file}.txt"
            os.close(os.open(folder / name, os.O_WRONLY | os.O_CREAT))
    started = time.perf_counter()
    assert len(found(top)) == 2000
    assert time.perf_counter() - started < 2.0
