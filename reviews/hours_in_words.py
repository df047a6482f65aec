"""Hours and holidays as people write them, both ways: "09:00-12:00, 13:00-17:30"."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.business_time import DAY, Calendar, Range

WEEKDAYS = [
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
]
_SHORT = [
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
]
MOST_RANGES, MOST_HOLIDAYS, LONGEST_NAME = 8, 400, 80
_RANGE = re.compile(r"(\d{1,2})(?::?(\d{2}))?\s*[-–—]\s*(\d{1,2})(?::?(\d{2}))?")


class Unreadable(ValueError):
    """What could not be read, as sentences."""

    def __init__(self, *said: str) -> None:
        super().__init__(" ".join(said))
        self.said = said


def read_day(text: str) -> list[Range]:
    """ "9-12, 13:00-17:30" → ranges; empty is closed. Raises Unreadable, naming what is not."""
    pieces = [piece.strip() for piece in re.split(r"[,;]", text) if piece.strip()]
    if len(pieces) > MOST_RANGES:
        raise Unreadable(_("At most %(n)d ranges a day.") % {"n": MOST_RANGES})
    return [_read_range(piece) for piece in pieces]


def _read_range(piece: str) -> Range:
    match = _RANGE.fullmatch(piece)
    if match is not None:
        hour, minute, to_hour, to_minute = (int(each or 0) for each in match.groups())
        start, end = hour * 60 + minute, to_hour * 60 + to_minute
        if minute < 60 and to_minute < 60 and start < DAY and end <= DAY:
            return start, end
    raise Unreadable(
        _("“%(piece)s” is no range of hours; write it as 09:00-17:00.") % {"piece": piece[:40]}
    )


def write_day(ranges: Sequence[Sequence[int]]) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in ranges)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_holidays(text: str) -> dict[date, str]:
    """One a line, "2026-12-25 Christmas Day". Raises Unreadable with a sentence a bad line."""
    found: dict[date, str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        day, _space, name = line.strip().partition(" ")
        try:
            when = date.fromisoformat(day)
        except ValueError:
            faults.append(
                _("Line %(n)d: “%(line)s” does not begin with a date like 2026-12-25.")
                % {"n": number, "line": line.strip()[:60]}
            )
            continue
        if when in found:
            faults.append(
                _("Line %(n)d: %(day)s is in the list already.") % {"n": number, "day": day}
            )
        elif len(name) > LONGEST_NAME:
            faults.append(
                _("Line %(n)d: a name has at most %(most)d characters.")
                % {"n": number, "most": LONGEST_NAME}
            )
        else:
            found[when] = name.strip() or _("Holiday")
    if len(found) > MOST_HOLIDAYS:
        faults.append(_("At most %(n)d holidays.") % {"n": MOST_HOLIDAYS})
    if faults:
        raise Unreadable(*faults[:20])
    return found


def write_holidays(holidays: Mapping[date, str]) -> str:
    return "\n".join(f"{day.isoformat()} {name}" for day, name in sorted(holidays.items()))


def sentence(calendar: Calendar) -> str:
    """ "Mon to Fri 09:00-17:00, Europe/Berlin, 9 holidays"."""
    if calendar.is_always_open:
        return _("Around the clock")
    groups: list[tuple[int, int, str]] = []
    for day, ranges in enumerate(calendar.hours):
        text = write_day(ranges)
        if groups and groups[-1][2] == text and groups[-1][1] == day - 1:
            groups[-1] = (groups[-1][0], day, text)
        elif text:
            groups.append((day, day, text))
    parts = [f"{_days(first, last)} {text}" for first, last, text in groups if text]
    parts.append(calendar.zone)
    if count := len(calendar.holidays):
        parts.append(ngettext("%(n)d holiday", "%(n)d holidays", count) % {"n": count})
    return ", ".join(parts)


def _days(first: int, last: int) -> str:
    if first == last:
        return str(_SHORT[first])
    return _("%(first)s to %(last)s") % {"first": _SHORT[first], "last": _SHORT[last]}
