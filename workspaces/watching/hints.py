"""What the watcher is told to watch, and whom it tells."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace's root, absolute, and the folders below it that intake is restricted to."""

    path: str
    folders: tuple[str, ...] = ()


Places = Callable[[], Mapping[int, Place | str]]
"""Asks which workspaces to watch, by id; a plain path is a Place that is not restricted."""


def ask(places: Places) -> dict[int, Place] | None:
    """The places wanted now; None, and a line in the log, when they cannot be told."""
    try:
        return {
            workspace_id: place if isinstance(place, Place) else Place(place)
            for workspace_id, place in places().items()
        }
    except Exception:
        logger.exception("the list of workspaces could not be read; watching goes on as it was")
        return None


class OnChange(Protocol):
    """Called with a workspace's id, a path below its root, and whether the file is whole.

    ``is_complete`` is True for a file that came by rename; False for one that was written in
    place and has now stood still, whose writer may yet go on.
    """

    def __call__(self, workspace_id: int, rel: str, is_complete: bool, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Listener:
    """The two callbacks; what they raise is logged and never ends the watching."""

    on_change: OnChange
    on_overflow: Callable[[int], None]

    def tell_change(self, workspace_id: int, rel: str, *, is_complete: bool) -> None:
        try:
            self.on_change(workspace_id, rel, is_complete)
        except Exception:
            logger.exception("a change in workspace %s was not taken; a rescan will", workspace_id)

    def tell_gap(self, workspace_id: int) -> None:
        try:
            self.on_overflow(workspace_id)
        except Exception:
            logger.exception("a gap in workspace %s was not noted", workspace_id)
