"""Open minutes of a calendar: adding them to a moment, and counting them between two. Pure.

A moment counts as open when a wall clock in the calendar's zone shows an open time then. So the
night on which clocks go forward has an hour less of what is open then, the night on which they go
back an hour more, and "00:00-24:00" is open on every day, however long it is.

A range belongs to the day it begins on: "22:00-06:00" on a Monday ends on Tuesday morning, is
closed as a whole when that Monday is a holiday, and open when only that Tuesday is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 1440  # minutes
HORIZON = timedelta(days=3660)  # nothing is counted further ahead than ten years
_ONE_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_AROUND = timedelta(hours=39)  # a day and the widest offset: enough to see one change of clocks

Range = tuple[int, int]  # minutes after midnight; an end at or before its start is the next day's
Span = tuple[datetime, datetime]  # UTC, the end excluded


class BadCalendar(ValueError):
    """What a calendar cannot be, as a sentence."""


class TooFar(ValueError):
    """The moment asked for lies beyond ``HORIZON``."""


@dataclass(frozen=True)
class Calendar:
    """``hours`` has a sequence of ranges for each weekday, Monday first.

    Raises BadCalendar with a sentence: unknown zone, bad ranges, no open hour at all.
    """

    zone: str
    hours: tuple[tuple[Range, ...], ...]
    holidays: Mapping[date, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise BadCalendar(f"There is no time zone “{self.zone}”.") from None
        if len(self.hours) != 7:
            raise BadCalendar("A calendar has hours for each of seven weekdays.")
        for start, end in (each for day in self.hours for each in day):
            if not (0 <= start < DAY and 0 <= end <= DAY):
                raise BadCalendar("Hours lie between 00:00 and 24:00.")
        if not any(self.hours):
            raise BadCalendar("This calendar has no open hour, so nothing would ever be due.")

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def is_always_open(self) -> bool:
        return not self.holidays and all((0, DAY) in day for day in self.hours)


ALWAYS = Calendar("UTC", (((0, DAY),),) * 7)


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Whether a wall clock there shows an open time at ``moment`` (aware)."""
    here = moment.astimezone(calendar.tzinfo)
    minute = here.hour * 60 + here.minute
    return any(start <= minute < end for start, end in _wall(calendar, here.date()))


def add(calendar: Calendar, start: datetime, minutes: float) -> datetime:
    """The first moment (UTC) at which ``minutes`` of open time have passed since ``start``.

    With 0 minutes that is ``start`` itself. ValueError for less, TooFar beyond the horizon.
    """
    if minutes < 0:
        raise ValueError("Time is added forwards only.")
    start = start.astimezone(UTC)
    if minutes * 60 > HORIZON.total_seconds():
        raise TooFar("That is further ahead than ten years.")
    left = timedelta(minutes=minutes)
    if not left or calendar.is_always_open:
        return start + left
    for opens, closes in spans(calendar, start, start + HORIZON):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise TooFar("This calendar has too few open hours in the next ten years.")


def between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Open minutes from ``start`` to ``end``; less than 0 when ``end`` is earlier. TooFar."""
    if end < start:
        return -between(calendar, end, start)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end - start > HORIZON:
        raise TooFar("That is further ahead than ten years.")
    if calendar.is_always_open:
        return (end - start) / _MINUTE
    open_time = (closes - opens for opens, closes in spans(calendar, start, end))
    return sum(open_time, timedelta()) / _MINUTE


def spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """The open spans between two moments (UTC), in order and apart from each other."""
    zone = calendar.tzinfo
    day = start.astimezone(zone).date() - _ONE_DAY  # clocks set back over midnight repeat a day
    last = end.astimezone(zone).date() + _ONE_DAY
    pending: Span | None = None
    while day <= last:
        for opens, closes in _day(zone, day, tuple(_wall(calendar, day))):
            opens, closes = max(opens, start), min(closes, end)
            if opens >= closes:
                continue
            if pending and opens <= pending[1]:
                pending = (pending[0], max(pending[1], closes))
                continue
            if pending:
                yield pending
            pending = (opens, closes)
        day += _ONE_DAY
    if pending:
        yield pending


def _wall(calendar: Calendar, day: date) -> list[Range]:
    """What a wall clock shows while it is open on ``day``, the night before it included."""
    before = day - _ONE_DAY
    found = [
        (0, end)
        for start, end in calendar.hours[before.weekday()]
        if end <= start and end and before not in calendar.holidays
    ]
    if day not in calendar.holidays:
        own = calendar.hours[day.weekday()]
        found += [(start, end if end > start else DAY) for start, end in own]
    return _merged(found)


def _merged(ranges: Sequence[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=8192)
def _day(zone: ZoneInfo, day: date, ranges: tuple[Range, ...]) -> tuple[Span, ...]:
    """The UTC spans in which a wall clock shows ``day`` and one of ``ranges``.

    At a change of clocks the time before it has one offset and the time after it the other; each
    range is laid over both, so a time that is skipped is never open and one that comes twice is
    open twice.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found: list[Span] = []
    for begins, ends, offset in _offsets(zone, midnight):
        for start, end in ranges:
            opens = max(begins, midnight + start * _MINUTE - offset)
            closes = min(ends, midnight + end * _MINUTE - offset)
            if opens < closes:
                found.append((opens, closes))
    return tuple(sorted(found))


def _offsets(zone: ZoneInfo, midnight: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Around a day: from when until when (UTC) clocks are how far ahead of UTC."""
    first, last = midnight - _AROUND + _ONE_DAY, midnight + _AROUND
    before, after = _offset(zone, first), _offset(zone, last)
    if before == after:
        yield first, last, before
        return
    low, high = first, last
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    yield first, high, before
    yield high, last, after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
