"""Finding handoff files below a workspace's root, and knowing which files are none.

What is skipped (protocol, 'File'): ``.git``, ``node_modules``, ``.venv``, ``__pycache__``, a
folder below the root with its own ``.git``, symbolic links, what ``.handoffignore`` in the root
names (gitignore syntax), and everything outside the folders a workspace is restricted to.
"""

import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from workspaces import paths
from workspaces.ignoring import IGNORE_NAME, Ignored, load
from workspaces.storage import FileFacts, FileMissing, Root, RootMissing, StorageError
from workspaces.storage.root import facts_of

OWN_REPOSITORY = (
    "The folder of this file is a repository of its own (it has a .git), so the file is not taken. "
    "Drop it outside of the repository, or make the repository a workspace."
)
REPOSITORY_FOLDERS = 1_000
SKIPPED_FOLDERS = frozenset({".git", "node_modules", ".venv", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be taken: its path, the facts of one look at it, and what it is."""

    path: str
    facts: FileFacts
    kind: Literal["handoff", "ack"] = "handoff"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that looks like a handoff and cannot be taken, or a place not looked into.

    ``path`` is for showing (paths.printable, at most 1,024 characters); it is the same on every
    walk and another for every file, so it can be a key.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder about to be listed; ``path`` is "" for the root, and may be undecodable."""

    path: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a workspace is looked into: its restriction to folders and its .handoffignore."""

    folders: tuple[str, ...] = ()
    ignored: Ignored = field(default_factory=Ignored)

    def skips_folder(self, path: str) -> bool:
        """Whether nothing at or below this folder is ever taken, as far as names tell."""
        if path.rpartition("/")[2] in SKIPPED_FOLDERS or self.ignored.has_folder(path):
            return True
        return bool(self.folders) and not any(
            paths.matches_prefix(path, folder) or paths.matches_prefix(folder, path)
            for folder in self.folders
        )

    def takes_file(self, path: str) -> bool:
        """Whether a file of this path is taken, its folders being no obstacle."""
        inside = not self.folders or any(paths.matches_prefix(path, f) for f in self.folders)
        return inside and not self.ignored.has_file(path)


def rules_of(root: Root, folders: Sequence[str] = ()) -> Rules:
    """Read .handoffignore and put it together with the restriction to ``folders``."""
    return Rules(tuple(paths.normalise(folder) for folder in folders), load(root))


def find(
    root: Root, *, folders: Sequence[str] = (), acks: bool = False
) -> Iterator[Found | Unreadable]:
    """All handoff files below the root, in one order on every walk; ``acks`` too when asked.

    Raises RootMissing when the root cannot be opened, or no longer; everything else that is
    wrong with one file or folder is yielded and the walk goes on.
    """
    rules = rules_of(root, folders)
    for reason in rules.ignored.problems:
        yield Unreadable(IGNORE_NAME, reason)
    for step in walk(root, rules):
        if isinstance(step, Unreadable) or (
            isinstance(step, Found) and (acks or step.kind == "handoff")
        ):
            yield step


def walk(root: Root, rules: Rules, start: str = "") -> Iterator[Folder | Found | Unreadable]:
    """Every folder not skipped, each before it is listed, and what is found in it.

    ``start`` is a folder below the root that the caller knows is not skipped. A folder that
    vanishes meanwhile is passed over; RootMissing when it is the root.
    """
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if len(path) > paths.PATH_MAX_CHARACTERS:
            yield Unreadable(_shown(path), "This folder is too deep for a path: not looked into.")
            continue
        yield Folder(path)
        try:
            listing = _list(root, path)
        except FileMissing:
            continue
        except RootMissing:
            raise
        except StorageError as error:
            yield Unreadable(_shown(path), error.detail)
            continue
        if path and listing.has_git:
            yield from _of_a_repository(root, rules, path)
            continue
        for name, status in listing.candidates:
            if rules.takes_file(found := _below(path, name)):
                yield _judge(found, name, status)
        deeper = [_below(path, name) for name in listing.folders]
        kept = [folder for folder in deeper if not rules.skips_folder(folder)]
        waiting.extend(reversed(kept))


def _of_a_repository(root: Root, rules: Rules, top: str) -> Iterator[Unreadable]:
    """What looks like a handoff in a repository of its own, in whichever of its folders: told,
    because whoever dropped it there waits for an answer. Looks into ``REPOSITORY_FOLDERS`` of
    them, those at the top first: a repository may be large, and nothing in it is taken."""
    waiting = deque([top])
    for _look in range(REPOSITORY_FOLDERS):
        if not waiting:
            return
        path = waiting.popleft()
        try:
            listing = _list(root, path)
        except RootMissing:
            raise
        except StorageError:
            continue
        for name, _status in listing.candidates:
            if paths.is_intake(name) and rules.takes_file(_below(path, name)):
                yield Unreadable(_shown(_below(path, name)), OWN_REPOSITORY)
        deeper = [_below(path, name) for name in listing.folders]
        waiting.extend(
            folder
            for folder in deeper
            if len(folder) <= paths.PATH_MAX_CHARACTERS and not rules.skips_folder(folder)
        )


def is_candidate(root: Root, rel: str, rules: Rules) -> bool:
    """Whether one path would come out of ``walk`` as Found, were it a regular file.

    Looks at the disk only for a ``.git`` in the folders between the root and the file.
    """
    name = rel.rpartition("/")[2]
    if not (paths.is_intake(name) or paths.is_ack(name)) or paths.intake_problem(rel):
        return False
    if not rules.takes_file(rel):
        return False
    above = list(_folders_above(rel))
    if any(rules.skips_folder(folder) for folder in above):
        return False
    try:
        return not any(root.exists(f"{folder}/.git") for folder in above)
    except StorageError:
        return False


@dataclass(slots=True)
class _Listing:
    candidates: list[tuple[str, os.stat_result]]
    folders: list[str]
    has_git: bool


def _list(root: Root, path: str) -> _Listing:
    """One folder's names, sorted; only what may be a handoff or an ack is looked at."""
    listing = _Listing([], [], has_git=False)
    with root.folder(path) as opened, os.scandir(opened) as entries:
        for entry in entries:
            name = entry.name
            if name == ".git":
                listing.has_git = True
            elif entry.is_dir(follow_symlinks=False):
                listing.folders.append(name)
            elif paths.is_intake(name) or paths.is_ack(name):
                with suppress(FileNotFoundError):
                    listing.candidates.append((name, entry.stat(follow_symlinks=False)))
    listing.candidates.sort(key=lambda candidate: candidate[0])
    listing.folders.sort()
    return listing


def _judge(path: str, name: str, status: os.stat_result) -> Found | Unreadable:
    if reason := paths.intake_problem(path):
        return Unreadable(_shown(path), reason)
    if not stat.S_ISREG(status.st_mode):
        return Unreadable(_shown(path), f"It is {_what(status.st_mode)}, not a file.")
    return Found(path, facts_of(status), "handoff" if paths.is_intake(name) else "ack")


def _shown(path: str) -> str:
    """A printable name of bounded length, still another one for every path."""
    shown = paths.printable(path)
    if len(shown) <= paths.PATH_MAX_CHARACTERS:
        return shown
    return f"{shown[:1000]}…{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}"


def _what(mode: int) -> str:
    for is_kind, words in (
        (stat.S_ISLNK, "a symbolic link, which the desk does not follow"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if is_kind(mode):
            return words
    return "a device"


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _folders_above(rel: str) -> Iterator[str]:
    at = rel.find("/")
    while at != -1:
        yield rel[:at]
        at = rel.find("/", at + 1)
