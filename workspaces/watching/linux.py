"""The watcher on Linux: one inotify queue for all workspaces."""

import errno
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from workspaces import discovery, paths
from workspaces.errors import HandoffError
from workspaces.ignoring import IGNORE_NAME
from workspaces.storage import Root, StorageError
from workspaces.watching import inotify
from workspaces.watching.hints import Listener, Place, Places, ask
from workspaces.watching.settling import Settling

logger = logging.getLogger(__name__)

_LOOK_AT_STOP_SECONDS = 0.5
_FOLDER_MASK = inotify.CREATE | inotify.CLOSE_WRITE | inotify.MOVED_TO | inotify.MOVED_FROM
_ROOT_MASK = _FOLDER_MASK | inotify.DELETE


@dataclass(slots=True, eq=False)
class _Tree:
    """One watched root; ``watches`` maps each folder's path below it to its watch."""

    workspace_id: int
    place: Place
    root: Root
    rules: discovery.Rules
    identity: tuple[int, int]
    watches: dict[str, int] = field(default_factory=dict)
    is_stale: bool = False  # to be begun anew at the next refresh
    is_at_limit: bool = False  # the kernel watches no more folders


def run(
    places: Places,
    listener: Listener,
    stop: threading.Event,
    *,
    refresh_seconds: float,
    still_seconds: float,
) -> None:
    """The contract is that of ``watching.watch``."""
    with inotify.Inotify() as queue:
        watcher = _Watcher(queue, listener, Settling(still_seconds))
        refresh_at = time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            if now >= refresh_at:
                watcher.refresh(places)
                refresh_at = time.monotonic() + refresh_seconds
            watcher.settle(time.monotonic())
            wait = min(_LOOK_AT_STOP_SECONDS, max(0.0, refresh_at - time.monotonic()))
            for event in queue.read(watcher.seconds_to_wait(wait)):
                watcher.handle(event)


class _Watcher:
    def __init__(self, queue: inotify.Inotify, listener: Listener, settling: Settling) -> None:
        self._queue = queue
        self._listener = listener
        self._settling = settling
        self._trees: dict[int, _Tree] = {}
        self._where: dict[int, tuple[_Tree, str]] = {}
        # Told once a refresh, so that a flood of files does not become a flood of scans.
        self._gaps: set[int] = set()
        self._refused: dict[int, str] = {}

    def refresh(self, places: Places) -> None:
        """Begin and end trees so that they are those wanted, each still the same folder."""
        wanted = ask(places)
        if wanted is None:
            return
        for tree in list(self._trees.values()):
            place = wanted.get(tree.workspace_id)
            is_same = place == tree.place and _identity(tree.place.path) == tree.identity
            if tree.is_stale or not is_same:
                self._end(tree)
        for workspace_id, place in wanted.items():
            if workspace_id not in self._trees:
                self._begin(workspace_id, place)
        while self._gaps:
            self._listener.tell_gap(self._gaps.pop())

    def settle(self, now: float) -> None:
        for workspace_id, rel in self._settling.ripe(now):
            self._listener.tell_change(workspace_id, rel, is_complete=False)

    def seconds_to_wait(self, at_most: float) -> float:
        due = self._settling.seconds_to_next(time.monotonic())
        return at_most if due is None else min(at_most, due)

    def handle(self, event: inotify.Event) -> None:
        if event.has(inotify.OVERFLOW):
            logger.warning("the queue of file events overflowed; all workspaces are scanned")
            for tree in self._trees.values():
                tree.is_stale = True
            return
        known = self._where.get(event.watch)
        if known is None:
            return
        tree, folder = known
        if event.has(inotify.IGNORED):
            self._lose(event.watch, tree, folder)
            return
        rel = f"{folder}/{event.name}" if folder else event.name
        if rel == IGNORE_NAME:
            tree.rules = discovery.rules_of(tree.root, tree.place.folders)
            tree.is_stale = True
        elif event.name == ".git" and folder:
            self._unwatch_below(tree, folder)
        elif event.has(inotify.IS_FOLDER):
            self._handle_folder(tree, rel, event)
        elif event.has(inotify.CREATE, inotify.CLOSE_WRITE, inotify.MOVED_TO):
            self._handle_file(tree, rel, is_complete=event.has(inotify.MOVED_TO))

    def _handle_folder(self, tree: _Tree, rel: str, event: inotify.Event) -> None:
        if event.has(inotify.MOVED_FROM):
            self._unwatch_below(tree, rel)
        elif event.has(inotify.CREATE, inotify.MOVED_TO) and not tree.rules.skips_folder(rel):
            try:
                found = self._watch_below(tree, rel)
            except StorageError:
                return  # the root itself is gone; the next refresh notices
            for path in found:
                self._report(tree, path, is_complete=event.has(inotify.MOVED_TO))

    def _handle_file(self, tree: _Tree, rel: str, *, is_complete: bool) -> None:
        if discovery.is_candidate(tree.root, rel, tree.rules):
            self._report(tree, rel, is_complete=is_complete)

    def _report(self, tree: _Tree, rel: str, *, is_complete: bool) -> None:
        if is_complete:
            self._settling.forget(tree.workspace_id, rel)
            self._listener.tell_change(tree.workspace_id, rel, is_complete=True)
        elif self._settling.is_full:
            self._gaps.add(tree.workspace_id)
        elif self._settling.touch(tree.workspace_id, tree.root, rel, time.monotonic()):
            self._listener.tell_change(tree.workspace_id, rel, is_complete=False)

    def _begin(self, workspace_id: int, place: Place) -> None:
        identity = _identity(place.path)
        if identity is None:
            return
        root = Root(place.path)
        try:
            rules = discovery.rules_of(root, place.folders)
            tree = _Tree(workspace_id, place, root, rules, identity)
            self._trees[workspace_id] = tree
            self._watch_below(tree, "")
        except HandoffError as error:
            self._refuse(workspace_id, error.detail)
            return
        self._refused.pop(workspace_id, None)
        self._gaps.add(workspace_id)

    def _refuse(self, workspace_id: int, reason: str) -> None:
        """Said in the log once, though it is tried again at every refresh."""
        if self._refused.get(workspace_id) != reason:
            logger.warning("workspace %s cannot be watched: %s", workspace_id, reason)
            self._refused[workspace_id] = reason
        if tree := self._trees.get(workspace_id):
            self._end(tree)

    def _end(self, tree: _Tree) -> None:
        for watch in tree.watches.values():
            self._where.pop(watch, None)
            self._queue.remove(watch)
        self._settling.forget(tree.workspace_id)
        self._trees.pop(tree.workspace_id, None)

    def _lose(self, watch: int, tree: _Tree, folder: str) -> None:
        """A watched folder is gone; where that is the root, the next refresh looks for it anew."""
        del self._where[watch]
        if tree.watches.get(folder) == watch:
            del tree.watches[folder]
            if not folder:
                self._end(tree)

    def _watch_below(self, tree: _Tree, start: str) -> list[str]:
        """Watch a folder and all below it; returns the files that were there already."""
        found = []
        for step in discovery.walk(tree.root, tree.rules, start):
            if isinstance(step, discovery.Found):
                found.append(step.path)
            elif isinstance(step, discovery.Folder) and not self._watch(tree, step.path):
                break
        return found

    def _watch(self, tree: _Tree, folder: str) -> bool:
        """Watch one folder; False when it is watched already or no more folders can be."""
        absolute = Path(tree.root.path, folder)
        try:
            watch = self._queue.add(str(absolute), _FOLDER_MASK if folder else _ROOT_MASK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                return True
            if not tree.is_at_limit:
                logger.warning("workspace %s has too many folders to watch", tree.workspace_id)
                self._gaps.add(tree.workspace_id)
            tree.is_at_limit = True
            return False
        if self._where.get(watch) == (tree, folder):
            return False
        self._where[watch] = (tree, folder)
        tree.watches[folder] = watch
        return True

    def _unwatch_below(self, tree: _Tree, folder: str) -> None:
        for path in [path for path in tree.watches if paths.matches_prefix(path, folder)]:
            watch = tree.watches.pop(path)
            self._where.pop(watch, None)
            self._queue.remove(watch)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
