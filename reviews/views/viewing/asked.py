"""Where within a file the address asks to look: ``from=<offset>.<line>`` in its several forms."""

import re
from dataclasses import dataclass

_PLACE = re.compile(r"(-?)(\d{1,15})(?:\.(-?\d{1,12}))?")


@dataclass(frozen=True)
class Spot:
    """A page that begins at the byte ``at`` with line ``no``, or with ``is_end`` ends there: its
    last line is ``no``. Lines may count from the end, which is -1."""

    at: int
    no: int
    is_end: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.is_end else ''}{self.at}.{self.no}"


def spot(text: str) -> Spot | None:
    """What ``str(Spot)`` wrote; None for anything else."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return Spot(int(found[2]), int(found[3] or 1), bool(found[1]))
