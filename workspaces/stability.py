"""When a file stands still: pure, time comes in as an argument (protocol, 'File'; rule R5)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from workspaces.storage import FileFacts

STILL_SECONDS = 1.0


@dataclass(slots=True)
class _Look:
    facts: FileFacts
    since: float
    first: float


class Tracker:
    """Remembers the last look at each file and says when nothing has moved for long enough.

    ``now`` is a monotonic clock in seconds: the file's own times are only compared for equality,
    so a mtime of 1970 or 2038 and a wall clock set back change nothing.
    """

    def __init__(self, still_seconds: float = STILL_SECONDS) -> None:
        self.still_seconds = still_seconds
        self._looks: dict[str, _Look] = {}

    def __len__(self) -> int:
        return len(self._looks)

    def feed(self, path: str, facts: FileFacts, now: float) -> Literal["stable", "wait"]:
        """Tell of one look; "stable" once equal facts were seen ``still_seconds`` apart."""
        look = self._looks.get(path)
        if look is None:
            self._looks[path] = _Look(facts, now, now)
            return "wait"
        if look.facts != facts:
            look.facts, look.since = facts, now
            return "wait"
        return "stable" if now - look.since >= self.still_seconds else "wait"

    def waiting_seconds(self, path: str, now: float) -> float:
        """How long ago this file was seen first; 0 for one never seen."""
        look = self._looks.get(path)
        return now - look.first if look else 0.0

    def forget(self, path: str) -> None:
        """Drop what is known of one file: it was taken, or it is gone."""
        self._looks.pop(path, None)

    def keep_only(self, seen: Collection[str]) -> None:
        """Drop every file that the last walk did not meet, so that memory stays bounded."""
        for path in self._looks.keys() - set(seen):
            del self._looks[path]
