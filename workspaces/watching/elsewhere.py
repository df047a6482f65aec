"""The watcher where there is no inotify (macOS): watchfiles, which cannot tell a rename.

So every file waits until it stands still, and ``is_complete`` is never said.
"""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import watchfiles

from workspaces import discovery
from workspaces.storage import Root
from workspaces.watching.hints import Listener, Place, Places, ask
from workspaces.watching.settling import Settling

_LOOK_MS = 100


def run(
    places: Places,
    listener: Listener,
    stop: threading.Event,
    *,
    refresh_seconds: float,
    still_seconds: float,
) -> None:
    """The contract is that of ``watching.watch``, but for ``is_complete``."""
    settling = Settling(still_seconds)
    there: dict[int, Place] = {}
    while not stop.is_set():
        before, there = there, _present(places, there)
        for workspace_id in there.keys() - before.keys():
            listener.tell_gap(workspace_id)
        if there:
            _watch_these(there, places, listener, stop, settling, refresh_seconds)
        else:
            stop.wait(min(refresh_seconds, 0.5))


def _watch_these(
    there: Mapping[int, Place],
    places: Places,
    listener: Listener,
    stop: threading.Event,
    settling: Settling,
    refresh_seconds: float,
) -> None:
    """Watch until other places are wanted or there."""
    refresh_at = time.monotonic() + refresh_seconds
    for changes in watchfiles.watch(
        *(place.path for place in there.values()),
        watch_filter=None,
        debounce=_LOOK_MS,
        step=_LOOK_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        for change, absolute in changes:
            if change != watchfiles.Change.deleted:
                _touch(there, absolute, listener, settling)
        for workspace_id, rel in settling.ripe(time.monotonic()):
            listener.tell_change(workspace_id, rel, is_complete=False)
        if time.monotonic() >= refresh_at:
            if _present(places, there) != there:
                return
            refresh_at = time.monotonic() + refresh_seconds


def _touch(
    there: Mapping[int, Place], absolute: str, listener: Listener, settling: Settling
) -> None:
    for workspace_id, place in there.items():
        if not Path(absolute).is_relative_to(place.path):
            continue
        rel = Path(absolute).relative_to(place.path).as_posix()
        root = Root(place.path)
        if discovery.is_candidate(
            root, rel, discovery.rules_of(root, place.folders)
        ) and settling.touch(workspace_id, root, rel, time.monotonic()):
            listener.tell_change(workspace_id, rel, is_complete=False)


def _present(places: Places, before: Mapping[int, Place]) -> dict[int, Place]:
    wanted = ask(places)
    there = before if wanted is None else wanted
    return {key: place for key, place in there.items() if Path(place.path).is_dir()}
