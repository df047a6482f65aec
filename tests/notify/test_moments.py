"""Quiet hours and digests on the clock of a person, on ordinary nights and on those of a change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.notify.moments import Quiet, next_daily, next_hour, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = 0b1111111
NIGHTS = Quiet(BERLIN, time(22), time(7), EVERY_DAY)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-23T21:59:59", None),
        ("2026-11-23T22:00:00", "2026-11-24T07:00"),
        ("2026-11-24T06:59:59", "2026-11-24T07:00"),
        ("2026-11-24T07:00:00", None),
        ("2026-03-28T23:00:00", "2026-03-29T07:00"),  # the night without an hour
        ("2026-10-24T23:00:00", "2026-10-25T07:00"),  # the night with one more
    ],
)
def test_quiet_hours_end_when_the_clock_says_so(at: str, until: str | None) -> None:
    assert quiet_until(NIGHTS, berlin(at)) == (berlin(until) if until else None)


def test_an_end_that_the_night_leaves_out_comes_an_hour_later() -> None:
    quiet = Quiet(BERLIN, time(22), time(2, 30), EVERY_DAY)
    end = quiet_until(quiet, berlin("2026-03-28T23:00"))
    assert end == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 on the new clock


def test_an_end_that_the_night_repeats_counts_the_first_time() -> None:
    quiet = Quiet(BERLIN, time(22), time(2, 30), EVERY_DAY)
    assert quiet_until(quiet, berlin("2026-10-24T23:00")) == berlin("2026-10-25T02:30", 0)
    assert quiet_until(quiet, berlin("2026-10-25T02:45", 0)) is None
    assert quiet_until(quiet, berlin("2026-10-25T02:15", 1)) is None


def test_days_say_where_quiet_begins() -> None:
    fridays = Quiet(BERLIN, time(22), time(7), 1 << 4)
    assert quiet_until(fridays, berlin("2026-11-28T06:00")) == berlin("2026-11-28T07:00")
    assert quiet_until(fridays, berlin("2026-11-28T23:00")) is None


def test_a_quiet_weekend_and_its_nights_are_one_quiet() -> None:
    quiet = Quiet(BERLIN, time(22), time(7), 0b0011111, weekends=True)
    monday = berlin("2026-11-30T00:00")
    assert quiet_until(quiet, berlin("2026-11-27T22:30")) == monday
    sundays_too = Quiet(BERLIN, time(22), time(7), EVERY_DAY, weekends=True)
    assert quiet_until(sundays_too, berlin("2026-11-27T22:30")) == berlin("2026-11-30T07:00")


def test_quiet_all_round_the_clock_ends_some_day() -> None:
    assert quiet_until(Quiet(BERLIN, time(8), time(8), EVERY_DAY), berlin("2026-11-23T12:00"))


def test_no_hours_are_never_quiet() -> None:
    assert quiet_until(Quiet(BERLIN), berlin("2026-11-28T03:00")) is None


def test_full_hours_are_those_of_the_zone() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    at = datetime(2026, 11, 22, 12, 10, tzinfo=UTC)  # 17:40 there
    assert next_hour(kolkata, at) == datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "digest"),
    [
        ("2026-11-23T08:59", "2026-11-23T09:00"),
        ("2026-11-23T09:00", "2026-11-24T09:00"),
        ("2026-11-27T10:00", "2026-11-30T09:00"),  # Friday: on to Monday
        ("2026-03-27T10:00", "2026-03-30T09:00"),
        ("2026-10-23T10:00", "2026-10-26T09:00"),
    ],
)
def test_a_daily_digest_comes_at_its_time_on_its_days(at: str, digest: str) -> None:
    assert next_daily(BERLIN, time(9), 0b0011111, berlin(at)) == berlin(digest)


def test_a_digest_in_the_repeated_hour_comes_once() -> None:
    first = next_daily(BERLIN, time(2, 30), EVERY_DAY, berlin("2026-10-25T01:00"))
    assert first == berlin("2026-10-25T02:30", 0)
    assert next_daily(BERLIN, time(2, 30), EVERY_DAY, first) == berlin("2026-10-26T02:30")


_ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
_CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@settings(max_examples=300, deadline=None)
@given(_ZONES, _MOMENTS, _CLOCKS, _CLOCKS, st.integers(0, 127), st.booleans())
def test_after_quiet_it_is_not_quiet(
    zone: ZoneInfo, at: datetime, since: time, until: time, days: int, weekends: bool
) -> None:
    quiet = Quiet(zone, since, until, days, weekends)
    end = quiet_until(quiet, at)
    assert end is None or end > at
    if end is not None and (end - at).days < 7:
        assert quiet_until(quiet, end) is None


@settings(max_examples=300, deadline=None)
@given(_ZONES, _MOMENTS, _CLOCKS, st.integers(0, 127))
def test_the_next_digest_is_ahead_and_within_eight_days(
    zone: ZoneInfo, at: datetime, clock: time, days: int
) -> None:
    assert 0 < (next_daily(zone, clock, days, at) - at).total_seconds() <= 8 * 86400 + 7200
    assert 0 < (next_hour(zone, at) - at).total_seconds() <= 3600
