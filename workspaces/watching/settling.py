"""Files that were written in place, waiting until they stand still."""

from collections.abc import Iterator

from workspaces.stability import STILL_SECONDS, Tracker
from workspaces.storage import Root, StorageError

MAX_WAITING = 20_000


class Settling:
    """A queue of (workspace id, path) in the order in which each is looked at again.

    Every file waits equally long, so the oldest entry is always the next one due. ``now`` is a
    monotonic clock in seconds.
    """

    def __init__(self, still_seconds: float = STILL_SECONDS) -> None:
        self.tracker = Tracker(still_seconds)
        self._due: dict[tuple[int, str], tuple[float, Root]] = {}

    def __len__(self) -> int:
        return len(self._due)

    @property
    def is_full(self) -> bool:
        return len(self._due) >= MAX_WAITING

    def touch(self, workspace_id: int, root: Root, rel: str, now: float) -> bool:
        """Look at the file; True when it has stood still, else it waits for its next look."""
        key = (workspace_id, rel)
        self._due.pop(key, None)
        tracked = f"{workspace_id}/{rel}"
        try:
            state = self.tracker.feed(tracked, root.stat(rel), now)
        except StorageError:
            # Gone, or no file any more: there is nothing to wait for.
            self.tracker.forget(tracked)
            return False
        if state == "stable":
            self.tracker.forget(tracked)
            return True
        self._due[key] = (now + self.tracker.still_seconds, root)
        return False

    def ripe(self, now: float) -> Iterator[tuple[int, str]]:
        """The files whose time has come and that have stood still; others go on waiting."""
        while self._due:
            (workspace_id, rel), (at, root) = next(iter(self._due.items()))
            if at > now:
                return
            if self.touch(workspace_id, root, rel, now):
                yield workspace_id, rel

    def seconds_to_next(self, now: float) -> float | None:
        """How long until a look is due; None while nothing waits."""
        first = next(iter(self._due.values()), None)
        return None if first is None else max(0.0, first[0] - now)

    def forget(self, workspace_id: int, rel: str | None = None) -> None:
        """Drop one file, or all files of a workspace."""
        keys = [(workspace_id, rel)] if rel is not None else list(self._due)
        for key in keys:
            if key[0] == workspace_id:
                self._due.pop(key, None)
                self.tracker.forget(f"{key[0]}/{key[1]}")
