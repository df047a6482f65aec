"""When somebody may be told: quiet hours and digests in their time zone. Pure.

A time that a night of the clock change leaves out comes an hour later; one that it repeats
counts the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKEND = 0b1100000
MOST_IN_A_ROW = 16  # quiet periods that touch each other; a week of nights and days is 14


@dataclass(frozen=True)
class Quiet:
    """From ``since`` until ``until`` (the next day, where that is not later), beginning on
    ``days`` (bit 0: Monday); the whole weekend too, if ``weekends``."""

    zone: ZoneInfo
    since: time | None = None
    until: time | None = None
    days: int = 0
    weekends: bool = False


def quiet_until(quiet: Quiet, at: datetime) -> datetime | None:
    """When it is over; None when it is not quiet at ``at``. Quiet for ever has an end in a week."""
    end: datetime | None = None
    moment = at
    for _ in range(MOST_IN_A_ROW):
        over = max(
            (stop for start, stop in _around(quiet, moment) if start <= moment < stop), default=None
        )
        if over is None:
            break
        end = moment = over
    return end


def next_hour(zone: ZoneInfo, at: datetime) -> datetime:
    """The next full hour on the clock of ``zone``, after ``at``."""
    local = at.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at.astimezone(UTC) + timedelta(hours=1) - past


def next_daily(zone: ZoneInfo, clock: time, days: int, at: datetime) -> datetime:
    """The next time it is ``clock`` on one of ``days``, after ``at``; no days: on any."""
    today = at.astimezone(zone).date()
    for ahead in range(9):
        day = today + ahead * DAY
        moment = _at(day, clock, zone)
        if moment > at and (_has(days, day) or not days):
            return moment
    raise AssertionError("a week has no such day")


def _around(quiet: Quiet, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Quiet periods that may hold ``at``: those that begin yesterday, today or tomorrow there."""
    today = at.astimezone(quiet.zone).date()
    for day in (today - DAY, today):
        if quiet.since is not None and quiet.until is not None and _has(quiet.days, day):
            last = day if quiet.until > quiet.since else day + DAY
            yield _at(day, quiet.since, quiet.zone), _at(last, quiet.until, quiet.zone)
        if quiet.weekends and _has(WEEKEND, day):
            yield _at(day, time(), quiet.zone), _at(day + DAY, time(), quiet.zone)


def _has(days: int, day: date) -> bool:
    return bool(days >> day.weekday() & 1)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
