"""Files of a workspace are opened safely, whatever an agent puts in their place."""

import errno
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from workspaces.paths import BadPath
from workspaces.storage import (
    AlreadyThere,
    DiskFull,
    FileDenied,
    FileMissing,
    FileTooLarge,
    NotRegular,
    OutsideRoot,
    Root,
    RootMissing,
    Unstable,
    is_temporary,
    safe_open,
)
from workspaces.storage import root as root_module

SECRET = b"the secret outside"


@pytest.fixture(params=["openat2", "component by component"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every attack is tried against both ways of resolving a path."""
    if request.param == "openat2":
        if not safe_open.has_openat2():
            pytest.skip("this kernel has no openat2")
    else:
        monkeypatch.setattr(safe_open, "has_openat2", lambda: False)
    return str(request.param)


@pytest.fixture
def root(way: str, tmp_path: Path) -> Root:
    (tmp_path / "root").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    return Root(tmp_path / "root")


@pytest.fixture
def folder(root: Root) -> Path:
    return Path(root.path)


def test_a_file_is_read_with_the_facts_of_its_descriptor(root: Root, folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "c.txt").write_bytes(b"hello")
    data, facts = root.read("a/b/c.txt", limit=5)
    assert data == b"hello"
    found = (folder / "a" / "b" / "c.txt").stat()
    assert (facts.size, facts.mtime_ns, facts.inode) == (5, found.st_mtime_ns, found.st_ino)
    assert root.stat("a/b/c.txt") == facts
    assert root.digest("./a//b/c.txt") == (hashlib.sha256(b"hello").hexdigest(), facts)


def test_an_empty_file_is_a_file(root: Root, folder: Path) -> None:
    (folder / "empty").touch()
    assert root.read("empty", limit=0)[0] == b""
    assert root.digest("empty")[0] == hashlib.sha256(b"").hexdigest()


def test_a_file_above_the_limit_is_not_read(root: Root, folder: Path) -> None:
    (folder / "large").write_bytes(b"123456")
    with pytest.raises(FileTooLarge, match="larger than 5 bytes"):
        root.read("large", limit=5)


@pytest.mark.parametrize("path", ["nothing", "no/such/folder", "x" * 300, "file/below"])
def test_what_is_not_there_is_missing(root: Root, folder: Path, path: str) -> None:
    (folder / "file").write_text("no folder")
    with pytest.raises(FileMissing):
        root.open(path)
    assert not root.exists(path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside/secret", "a/../../outside/secret"])
def test_a_path_out_of_the_root_is_refused_before_the_disk_is_asked(root: Root, path: str) -> None:
    with pytest.raises(BadPath):
        root.read(path, limit=100)


@pytest.mark.parametrize("target", ["../outside/secret", "/etc/hostname", "inside"])
def test_a_link_is_never_followed_not_even_to_a_neighbour(
    root: Root, folder: Path, target: str
) -> None:
    (folder / "inside").write_text("fine by itself")
    (folder / "link").symlink_to(target)
    for use in (root.open, root.stat, root.digest):
        with pytest.raises((NotRegular, OutsideRoot)):
            use("link")
    assert root.exists("link")


@pytest.mark.parametrize("target", ["../outside", "/etc", "real"])
def test_a_linked_folder_on_the_way_is_refused_for_reading_writing_and_renaming(
    root: Root, folder: Path, tmp_path: Path, target: str
) -> None:
    (folder / "real").mkdir()
    (folder / "mine").write_text("mine")
    (folder / "linked").symlink_to(target)
    with pytest.raises(OutsideRoot, match="symbolic link"):
        root.read("linked/secret", limit=100)
    with pytest.raises(OutsideRoot):
        root.exists("linked/secret")
    with pytest.raises(OutsideRoot):
        root.write_atomic("linked/secret", b"overwritten")
    with pytest.raises(OutsideRoot):
        root.rename("mine", "linked/secret", replace=True)
    assert (tmp_path / "outside" / "secret").read_bytes() == SECRET
    assert not list((folder / "real").iterdir())


def test_the_kernel_level_refuses_dot_dot_as_well(root: Root, folder: Path) -> None:
    opened = safe_open.open_root(root.path)
    with pytest.raises(OSError, match=r"link") as refused:
        safe_open.open_folder(opened, "../outside")
    os.close(opened)
    assert refused.value.errno == errno.EXDEV


def test_a_root_that_is_gone_is_said_to_be(root: Root, folder: Path) -> None:
    folder.rmdir()
    for use in (lambda: root.read("a", 1), root.free_bytes, lambda: root.exists("a")):
        with pytest.raises(RootMissing):
            use()


def test_a_root_replaced_by_a_link_is_not_followed(root: Root, folder: Path) -> None:
    folder.rmdir()
    folder.symlink_to("outside")
    with pytest.raises(RootMissing, match="symbolic link"):
        root.read("secret", limit=100)


def test_a_link_in_the_path_of_the_root_is_not_followed(way: str, tmp_path: Path) -> None:
    (tmp_path / "other" / "out").mkdir(parents=True)
    (tmp_path / "agent").symlink_to("other")
    with pytest.raises(RootMissing, match="symbolic link"):
        Root(tmp_path / "agent" / "out").exists("a")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def _device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("make", [_fifo, _socket, _device, Path.mkdir])
def test_what_is_no_file_is_refused_and_never_blocks(
    root: Root, folder: Path, make: Callable[[Path], None]
) -> None:
    make(folder / "thing")
    with pytest.raises(NotRegular):
        root.read("thing", limit=10)
    with pytest.raises(NotRegular):
        root.stat("thing")
    assert root.exists("thing")


@pytest.mark.timeout(10)
def test_a_file_replaced_by_a_pipe_between_look_and_open_does_not_block(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a").write_text("a file")
    really_open = os.open

    def swap_then_open(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        if path == "a":
            (folder / "a").unlink()
            os.mkfifo(folder / "a")
        return really_open(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swap_then_open)
    with pytest.raises(NotRegular):
        root.read("a", limit=10)


def test_a_file_replaced_by_a_link_between_look_and_open_is_not_followed(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a").write_text("a file")
    really_open = os.open

    def swap_then_open(path: str, flags: int, *rest: int, dir_fd: int | None = None) -> int:
        if path == "a":
            (folder / "a").unlink()
            (folder / "a").symlink_to("../outside/secret")
        return really_open(path, flags, *rest, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", swap_then_open)
    with pytest.raises(OutsideRoot):
        root.read("a", limit=100)


@pytest.mark.timeout(60)
def test_a_folder_swapped_for_a_link_while_reading_never_gives_the_secret(
    root: Root, folder: Path
) -> None:
    """A thread swaps folder and link all the time; every read gives the file or a refusal."""
    (folder / "real").mkdir()
    (folder / "real" / "secret").write_bytes(b"harmless")
    (folder / "link").symlink_to("../outside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for name in ("real", "link"):
                (folder / name).rename(folder / "sub")
                (folder / "sub").rename(folder / name)

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = set()
    try:
        for _ in range(3000):
            try:
                seen.add(root.read("sub/secret", limit=100)[0])
            except (FileMissing, OutsideRoot) as refusal:
                seen.add(refusal.code.encode())
    finally:
        stop.set()
        swapping.join()
    assert SECRET not in seen
    assert b"harmless" in seen


def after_the_first_chunk(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    really = root_module.chunks

    def chunks_then_act(file: BinaryIO, size: int) -> Iterator[bytes]:
        for number, chunk in enumerate(really(file, size)):
            yield chunk
            if number == 0:
                act()

    monkeypatch.setattr(root_module, "chunks", chunks_then_act)


@pytest.mark.parametrize("what", ["append", "rewrite", "truncate", "delete"])
def test_a_file_changed_while_digested_is_unstable(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    file = folder / "big"
    file.write_bytes(b"x" * 3 * root_module.CHUNK_BYTES)
    before = file.stat()

    def meddle() -> None:
        match what:
            case "append":
                with file.open("ab") as appending:
                    appending.write(b"more")
            case "rewrite":
                file.write_bytes(b"y" * before.st_size)
                os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            case "truncate":
                os.truncate(file, 10)
            case "delete":
                file.unlink()

    after_the_first_chunk(monkeypatch, meddle)
    with pytest.raises(Unstable, match="changed while it was read"):
        root.digest("big")


def test_a_name_given_to_another_file_while_digested_gives_the_first_or_unstable(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "big").write_bytes(b"x" * 3 * root_module.CHUNK_BYTES)
    (folder / "new").write_bytes(b"y" * 3 * root_module.CHUNK_BYTES)

    def give_the_name_away() -> None:
        (folder / "new").rename(folder / "big")

    after_the_first_chunk(monkeypatch, give_the_name_away)
    with pytest.raises(Unstable):
        root.digest("big")
    assert root.read("big", 1 << 30)[0][:1] == b"y"


@pytest.mark.timeout(30)
def test_a_file_appended_to_forever_does_not_keep_the_reader_forever(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "log"
    file.write_bytes(b"x" * root_module.CHUNK_BYTES)
    really = root_module.chunks

    def chunks_of_a_growing_file(source: BinaryIO, size: int) -> Iterator[bytes]:
        for chunk in really(source, size):
            with file.open("ab") as appending:
                appending.write(b"x" * len(chunk) * 2)
            yield chunk

    monkeypatch.setattr(root_module, "chunks", chunks_of_a_growing_file)
    with pytest.raises(Unstable):
        root.digest("log")


@pytest.mark.parametrize(
    "name", ["emoji 😀.json", "bidi\u202e.json", "näme", "quote'\"$(x).json", "n" * 255]
)
def test_strange_names_are_ordinary_names(root: Root, name: str) -> None:
    root.write_atomic(name, b"data")
    assert root.read(name, limit=4)[0] == b"data"


def test_a_deep_tree_is_read(root: Root, folder: Path) -> None:
    deep = "/".join(["d"] * 500)
    (folder / deep).mkdir(parents=True)
    root.write_atomic(f"{deep}/f", b"deep")
    assert root.read(f"{deep}/f", limit=4)[0] == b"deep"


def test_a_write_gives_mode_0644_whatever_the_umask(root: Root, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        facts = root.write_atomic("a", b"one")
    finally:
        os.umask(before)
    found = (folder / "a").stat()
    assert stat.S_IMODE(found.st_mode) == 0o644
    assert (facts.inode, facts.size, facts.mtime_ns) == (found.st_ino, 3, found.st_mtime_ns)


def test_a_write_can_keep_the_mode_of_a_script(root: Root, folder: Path) -> None:
    (folder / "run.sh").write_text("old")
    (folder / "run.sh").chmod(0o755)
    root.write_atomic("run.sh", b"new", keep_mode=True)
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) == 0o755
    assert (folder / "run.sh").read_text() == "new"


def test_writing_over_a_link_leaves_its_target_alone(
    root: Root, folder: Path, tmp_path: Path
) -> None:
    (folder / "a").symlink_to("../outside/secret")
    root.write_atomic("a", b"answer")
    assert (tmp_path / "outside" / "secret").read_bytes() == SECRET
    assert not (folder / "a").is_symlink()
    assert root.read("a", limit=10)[0] == b"answer"


@pytest.mark.parametrize("has_renameat2", [True, False])
def test_a_new_file_never_replaces_one(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch, has_renameat2: bool
) -> None:
    if not has_renameat2:
        monkeypatch.setattr(safe_open, "_libc", object())
        monkeypatch.setattr(safe_open, "has_openat2", lambda: False)
    root.write_atomic("a", b"first", replace=False)
    with pytest.raises(AlreadyThere):
        root.write_atomic("a", b"second", replace=False)
    assert [path.name for path in folder.iterdir()] == ["a"]
    assert (folder / "a").read_bytes() == b"first"


@pytest.mark.parametrize("has_renameat2", [True, False])
def test_renaming_never_loses_what_has_the_name(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch, has_renameat2: bool
) -> None:
    if not has_renameat2:
        monkeypatch.setattr(safe_open, "_libc", object())
        monkeypatch.setattr(safe_open, "has_openat2", lambda: False)
    root.write_atomic("a", b"a")
    root.write_atomic("b", b"b")
    with pytest.raises(AlreadyThere, match="“b”"):
        root.rename("a", "b")
    root.rename("a", "c")
    assert not root.exists("a")
    assert root.read("c", limit=1)[0] == b"a"
    root.rename("c", "b", replace=True)
    assert root.read("b", limit=1)[0] == b"a"
    with pytest.raises(FileMissing):
        root.rename("gone", "d")


def test_writing_onto_a_folder_is_refused_and_leaves_no_litter(root: Root, folder: Path) -> None:
    (folder / "a").mkdir()
    with pytest.raises(NotRegular):
        root.write_atomic("a", b"x")
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_full_disk_is_said_and_leaves_no_litter(
    root: Root, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.write_atomic("a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull) as refused:
        root.write_atomic("a", b"new")
    assert refused.value.status == 507
    assert [path.name for path in folder.iterdir()] == ["a"]
    assert (folder / "a").read_bytes() == b"old"


def test_free_space_is_a_number_of_bytes(root: Root) -> None:
    assert root.free_bytes() > 0


KILLED_WRITER = """
import os, signal, sys
from workspaces.storage import Root

def die(*unused, **also_unused):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, sys.argv[2], die)
Root(sys.argv[1]).write_atomic("a", b"new" * 100_000)
"""


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_writer_killed_between_temporary_file_and_rename_leaves_the_old_file_whole(
    folder: Path, step: str
) -> None:
    (folder / "a").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(folder), step],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert (folder / "a").read_bytes() == b"old"
    left = [path.name for path in folder.iterdir() if path.name != "a"]
    assert len(left) == 1
    assert is_temporary(left[0])
    Root(folder).write_atomic("a", b"again")
    assert (folder / "a").read_bytes() == b"again"


UNPRIVILEGED_READER = """
import os, sys
from workspaces.storage import FileDenied, Root, safe_open
if sys.argv[2] == "parts":
    safe_open.has_openat2 = lambda: False
os.setgid(65534)
os.setuid(65534)
root = Root(sys.argv[1])
for use in (lambda: root.read("secret", 9), lambda: root.write_atomic("new", b""),
            lambda: root.read("closed/a", 9)):
    try:
        use()
    except FileDenied as refusal:
        print(refusal.status)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become somebody else")
@pytest.mark.parametrize("how", ["openat2", "parts"])
def test_what_the_system_forbids_is_said_to_be_forbidden(how: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        top.chmod(0o755)
        (top / "secret").write_text("s")
        (top / "secret").chmod(0o600)
        (top / "closed").mkdir(mode=0o700)
        done = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED_READER, made, how],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.split() == ["403", "403", "403"]
    assert FileDenied.status == 403


def test_no_descriptor_is_left_open(root: Root, folder: Path) -> None:
    (folder / "d").mkdir()
    (folder / "d" / "link").symlink_to("x")
    os.mkfifo(folder / "d" / "pipe")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        root.write_atomic("d/a", b"1")
        root.read("d/a", limit=1)
        for path in ("d/link/x", "d/link", "d/pipe", "no/x", "d/a/x"):
            with pytest.raises((FileMissing, NotRegular, OutsideRoot)):
                root.read(path, limit=1)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
