"""Who looks at which handoff: kept in memory, never written down.

Each process knows its own pages. Over Redis it hears the whole state of the others whenever that
changes, and again every ``RETELL_SECONDS``, so that a lost message heals by itself; a process that
falls silent is forgotten. Without Redis, people of one process see each other only.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Any

STAY_SECONDS = 60.0  # without a word of the page; it says one every 20 s
RETELL_SECONDS = 15.0
FORGET_SECONDS = 40.0
MOST_TOLD = 200  # handoffs in one message


@dataclass(frozen=True)
class Place:
    """A handoff, and the workspace whose members may know who looks at it."""

    workspace_id: int
    handoff_id: int

    @property
    def number(self) -> str:
        return f"HO-{self.handoff_id}"


@dataclass(frozen=True)
class Viewer:
    user_id: int
    name: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.user_id, "name": self.name}


@dataclass
class _Seat:
    place: Place
    viewer: Viewer
    until: float


class Board:
    """Belongs to one thread. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._here: dict[Hashable, _Seat] = {}
        self._others: dict[str, list[_Seat]] = {}
        self._heard_at: dict[str, float] = {}
        self._changed: set[Place] = set()

    def look(self, page: Hashable, viewer: Viewer, place: Place | None) -> bool:
        """This page looks at ``place`` now, None: at none. Is that news?"""
        before = self._here.pop(page, None)
        if place is not None:
            self._here[page] = _Seat(place, viewer, self._clock() + STAY_SECONDS)
        if (before.place if before else None) == place:
            return False
        self._changed |= {each for each in (before and before.place, place) if each}
        return True

    def place_of(self, page: Hashable) -> Place | None:
        seat = self._here.get(page)
        return seat.place if seat else None

    def told(self) -> list[list[Any]]:
        """This process's pages, for ``hear`` in the others."""
        return [
            [seat.place.workspace_id, seat.place.handoff_id, seat.viewer.user_id, seat.viewer.name]
            for seat in self._here.values()
        ]

    def hear(self, process: str, told: Any) -> bool:
        """All that another process ``told``. Is the process new? Raises ValueError, TypeError."""
        until = self._clock() + FORGET_SECONDS
        seats = [
            _Seat(Place(int(workspace), int(handoff)), Viewer(int(user), str(name)), until)
            for workspace, handoff, user, name in told
        ]
        is_new = process not in self._heard_at
        before = {(seat.place, seat.viewer) for seat in self._others.get(process, ())}
        after = {(seat.place, seat.viewer) for seat in seats}
        self._changed |= {place for place, _ in before ^ after}
        self._others[process], self._heard_at[process] = seats, self._clock()
        return is_new

    def expire(self) -> bool:
        """Forget pages and processes that fell silent. Has one of our own pages gone?"""
        now = self._clock()
        silent = [page for page, seat in self._here.items() if seat.until <= now]
        for page in silent:
            self._changed.add(self._here.pop(page).place)
        for process, at in list(self._heard_at.items()):
            if at + FORGET_SECONDS <= now:
                del self._heard_at[process]
                self._changed |= {seat.place for seat in self._others.pop(process)}
        return bool(silent)

    def take_changes(self) -> dict[int, dict[str, list[dict[str, Any]]]]:
        """{workspace: {"HO-12": people}} of what changed since the last time."""
        changed, self._changed = self._changed, set()
        people = self._people()
        found: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(dict)
        for place in changed:
            found[place.workspace_id][place.number] = people.get(place, [])
        return found

    def within(self, workspaces: Collection[int]) -> dict[str, list[dict[str, Any]]]:
        """{"HO-12": people} of everything that is looked at there; the newest, if many."""
        people = self._people()
        shown = (place for place in people if place.workspace_id in workspaces)
        places = sorted(shown, key=lambda place: place.handoff_id, reverse=True)
        return {place.number: people[place] for place in places[:MOST_TOLD]}

    def _people(self) -> dict[Place, list[dict[str, Any]]]:
        """Each person once, however many pages they have open."""
        found: dict[Place, dict[int, Viewer]] = defaultdict(dict)
        for seats in (self._here.values(), *self._others.values()):
            for seat in seats:
                found[seat.place].setdefault(seat.viewer.user_id, seat.viewer)
        return {
            place: [viewer.as_json() for viewer in viewers.values()]
            for place, viewers in found.items()
        }
