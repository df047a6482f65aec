"""Which folders may be a workspace: none that shows the desk, the system or a home."""

import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from workspaces.storage import BadRoot, check_root


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk: its program, its data, two workspaces and a folder beside them."""
    for name in (
        *("program/workspaces", "data/workspaces/demo/sub", "data/workspaces/other", "data/store"),
        *("agents/one/out", "agents/two", "free"),
    ):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def check(desk: Path, path: str | Path, others: Sequence[str] = ()) -> str:
    return check_root(
        path,
        others=[str(desk / other) for other in others],
        data_dir=str(desk / "data"),
        source_dir=str(desk / "program"),
    )


@pytest.mark.parametrize("name", ["free", "agents", "data/workspaces/demo"])
def test_a_folder_of_its_own_is_taken(desk: Path, name: str) -> None:
    assert check(desk, desk / name, others=["data/workspaces/other"]) == str(desk / name)


def test_links_on_the_way_are_resolved_once_and_for_all(desk: Path) -> None:
    (desk / "link").symlink_to("free")
    assert check(desk, desk / "link") == str(desk / "free")
    assert check(desk, f"{desk}/free/../free/") == str(desk / "free")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("agents/one", "agents/one"),
        ("agents/one/out", "agents/one"),
        ("agents", "agents/one"),
        ("data/workspaces/demo/sub", "data/workspaces/demo"),
        ("data/workspaces/demo", "data/workspaces/demo/sub"),
    ],
)
def test_roots_never_overlap(desk: Path, name: str, other: str) -> None:
    with pytest.raises(BadRoot, match="another workspace"):
        check(desk, desk / name, others=["agents/two", other])


def test_a_link_does_not_hide_an_overlap(desk: Path) -> None:
    (desk / "link").symlink_to("agents/one")
    with pytest.raises(BadRoot, match="another workspace"):
        check(desk, desk / "link", others=["agents/one"])
    with pytest.raises(BadRoot, match="another workspace"):
        check(desk, desk / "agents/one/out", others=["link"])


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("data", "data folder"),
        ("data/store", "data folder"),
        ("data/workspaces", "data folder"),
        ("program", "program folder"),
        ("program/workspaces", "program folder"),
        ("", "folder"),
    ],
)
def test_the_desk_itself_is_no_workspace(desk: Path, name: str, word: str) -> None:
    with pytest.raises(BadRoot, match=word):
        check(desk, desk / name)


def test_below_the_data_folders_workspaces_even_a_data_folder_in_the_clone_is_fine(
    desk: Path,
) -> None:
    inside = desk / "program" / ".data" / "workspaces" / "demo"
    inside.mkdir(parents=True)
    data = str(desk / "program" / ".data")
    program = str(desk / "program")
    assert check_root(inside, others=[], data_dir=data, source_dir=program) == str(inside)


@pytest.mark.parametrize("name", ["/", "/etc", "/proc", "/proc/self", "/sys", "/sys/kernel"])
def test_the_system_is_no_workspace(desk: Path, name: str) -> None:
    with pytest.raises(BadRoot):
        check(desk, name)


def test_no_home_of_any_user_is_a_workspace(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = desk / "people" / "ada"
    (home / "project").mkdir(parents=True)
    ada = pwd.struct_passwd(("ada", "x", 1000, 1000, "", str(home), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwall", lambda: [ada])
    for name in ("people/ada", "people"):
        with pytest.raises(BadRoot, match="home folder"):
            check(desk, desk / name)
    assert check(desk, home / "project") == str(home / "project")


def test_the_home_of_root_is_refused_even_where_no_user_has_it(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/root").is_dir() or not os.access("/root", os.R_OK):
        pytest.skip("this user cannot see /root")
    monkeypatch.setattr(pwd, "getpwall", list)
    with pytest.raises(BadRoot, match="home folder"):
        check(desk, "/root")


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("free", "absolute"),
        ("", "absolute"),
        ("{desk}/nothing", "Make it first"),
        ("{desk}/file", "not a folder"),
        ("{desk}/loop", "no folder"),
        ("/nul\x00byte", "no folder"),
        ("/undecodable\udcff", "no folder"),
    ],
)
def test_what_is_no_folder_is_refused_with_a_sentence(desk: Path, given: str, word: str) -> None:
    (desk / "file").touch()
    (desk / "loop").symlink_to("loop")
    with pytest.raises(BadRoot, match=word) as refused:
        check(desk, given.format(desk=desk))
    assert refused.value.status == 422


CHECK_AS_NOBODY = """
import os, sys
from workspaces.storage import BadRoot, check_root
os.setgid(65534)
os.setuid(65534)
try:
    check_root(sys.argv[1], others=[], data_dir="/nowhere/data", source_dir="/nowhere/program")
except BadRoot as refusal:
    print(refusal.detail)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
def test_a_folder_that_the_desk_cannot_write_is_refused() -> None:
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
        done = subprocess.run(
            [sys.executable, "-c", CHECK_AS_NOBODY, made],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
    assert "change the folder's rights" in done.stdout
