"""Business time against a reference that looks at a wall clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.business_time import ALWAYS, DAY, BadCalendar, Calendar, TooFar, add, between, is_open

MINUTE = timedelta(minutes=1)
NINE_TO_FIVE = ((540, 1020),)
WEEK = (*(NINE_TO_FIVE,) * 5, (), ())
NIGHTS = (((1320, 360),),) * 7
BERLIN = "Europe/Berlin"
ZONES = ["UTC", BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut"]
# Days around which clocks change there, and quiet ones.
DAYS = [
    *(date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 4)),
    *(date(2026, 10, 3), date(2026, 10, 24), date(2026, 10, 25), date(2026, 11, 1)),
    *(date(2026, 6, 15), date(2026, 12, 31), date(2028, 2, 28)),
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def shown_open(calendar: Calendar, moment: datetime) -> bool:
    """The definition, word for word: the day's own ranges, and what began the day before."""
    here = moment.astimezone(ZoneInfo(calendar.zone))
    today, yesterday = here.date(), here.date() - timedelta(days=1)
    minute = here.hour * 60 + here.minute
    own = today not in calendar.holidays and any(
        (start <= minute < end) if start < end else minute >= start
        for start, end in calendar.hours[today.weekday()]
    )
    tail = yesterday not in calendar.holidays and any(
        end <= start and minute < end for start, end in calendar.hours[yesterday.weekday()]
    )
    return own or tail


def counted(calendar: Calendar, start: datetime, end: datetime) -> int:
    count = 0
    while start < end:
        count += shown_open(calendar, start)
        start += MINUTE
    return count


def walked(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    while minutes:
        minutes -= shown_open(calendar, start)
        start += MINUTE
    return start


quarters = st.integers(0, 95).map(lambda n: n * 15)
ranges = st.tuples(quarters, st.one_of(quarters, st.just(DAY)))
weeks = st.lists(st.lists(ranges, max_size=3).map(tuple), min_size=7, max_size=7).map(tuple)
calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    weeks.filter(any),
    st.sets(st.sampled_from(DAYS), max_size=3).map(lambda days: dict.fromkeys(days, "Holiday")),
)
moments = st.builds(
    lambda day, minute: utc(day.year, day.month, day.day) + minute * MINUTE,
    st.sampled_from(DAYS),
    st.integers(-DAY, 2 * DAY),
)


@settings(max_examples=150, deadline=None)
@given(calendars, moments, st.integers(0, 3 * DAY))
def test_between_counts_the_minutes_that_a_wall_clock_shows_open(
    calendar: Calendar, start: datetime, span: int
) -> None:
    assert between(calendar, start, start + span * MINUTE) == counted(
        calendar, start, start + span * MINUTE
    )


@settings(max_examples=100, deadline=None)
@given(calendars, moments, st.integers(0, 600))
def test_add_ends_when_the_last_open_minute_has_passed(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    assert add(calendar, start, minutes) == walked(calendar, start, minutes)


@settings(max_examples=200, deadline=None)
@given(calendars, moments, st.integers(0, 20_000))
def test_add_and_between_are_inverse(calendar: Calendar, start: datetime, minutes: int) -> None:
    assert between(calendar, start, add(calendar, start, minutes)) == minutes


@settings(max_examples=200, deadline=None)
@given(calendars, moments, st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 3000))
def test_more_minutes_and_a_later_start_never_end_earlier(
    calendar: Calendar, start: datetime, first: int, more: int, later: int
) -> None:
    end = add(calendar, start, first)
    assert end <= add(calendar, start, first + more)
    assert end <= add(calendar, start + later * MINUTE, first)
    assert between(calendar, start, end) <= between(calendar, start, end + later * MINUTE)


@settings(max_examples=200, deadline=None)
@given(calendars, moments)
def test_open_is_what_the_wall_clock_shows(calendar: Calendar, moment: datetime) -> None:
    assert is_open(calendar, moment) == shown_open(calendar, moment)


def test_two_hours_on_friday_afternoon_end_on_monday_morning() -> None:
    week = Calendar(BERLIN, WEEK)
    friday = utc(2026, 11, 20, 15, 0)  # 16:00 there
    assert add(week, friday, 120) == utc(2026, 11, 23, 9, 0)
    assert add(week, friday, 60) == utc(2026, 11, 20, 16, 0)  # when it closes, not when it opens
    monday_off = Calendar(BERLIN, WEEK, {date(2026, 11, 23): "Moving day"})
    assert add(monday_off, friday, 120) == utc(2026, 11, 24, 9, 0)


def test_the_night_clocks_go_forward_has_an_hour_less_and_back_an_hour_more() -> None:
    nights, always = Calendar(BERLIN, NIGHTS), Calendar(BERLIN, (((0, DAY),),) * 7)
    assert between(nights, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12)) == 7 * 60
    assert between(nights, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)) == 9 * 60
    assert between(always, utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)) == 23 * 60
    assert between(always, utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)) == 25 * 60


def test_hours_in_the_gap_are_never_open_and_hours_that_come_twice_are_open_twice() -> None:
    half_past_two = Calendar(BERLIN, (((120, 150),),) * 7)
    assert between(half_past_two, utc(2026, 3, 28, 20), utc(2026, 3, 29, 20)) == 0
    assert between(half_past_two, utc(2026, 10, 24, 20), utc(2026, 10, 25, 20)) == 60
    # 30 minutes from the evening before the gap: the first are those of the next night
    assert add(half_past_two, utc(2026, 3, 28, 20), 30) == utc(2026, 3, 30, 0, 30)


def test_a_holiday_closes_the_night_that_begins_on_it_and_no_other() -> None:
    nights = Calendar("UTC", NIGHTS, {date(2026, 12, 24): "Christmas Eve"})
    assert between(nights, utc(2026, 12, 24, 0), utc(2026, 12, 24, 12)) == 360
    assert between(nights, utc(2026, 12, 24, 12), utc(2026, 12, 25, 12)) == 0


@pytest.mark.parametrize(
    ("zone", "hours", "sentence"),
    [
        ("UTC", ((),) * 7, "no open hour"),
        ("UTC", (NINE_TO_FIVE,), "seven weekdays"),
        ("UTC", (((0, 1500),),) * 7, "24:00"),
        ("Mars/Olympus", WEEK, "no time zone"),
        ("../etc/passwd", WEEK, "no time zone"),
        ("", WEEK, "no time zone"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_with_a_sentence(
    zone: str, hours: tuple[tuple[tuple[int, int], ...], ...], sentence: str
) -> None:
    with pytest.raises(BadCalendar, match=sentence):
        Calendar(zone, hours)


def test_far_horizons_are_refused_and_near_ones_are_quick() -> None:
    always_off = Calendar(
        "UTC",
        (((0, 60),), (), (), (), (), (), ()),
        {date(2026, 1, 5) + timedelta(weeks=n): "off" for n in range(700)},
    )
    with pytest.raises(TooFar):
        add(always_off, utc(2026, 1, 1), 1)
    with pytest.raises(TooFar):
        add(ALWAYS, utc(2026, 1, 1), 1e9)
    with pytest.raises(TooFar):
        between(ALWAYS, utc(2026, 1, 1), utc(2046, 1, 1))
    with pytest.raises(ValueError, match="forwards"):
        add(ALWAYS, utc(2026, 1, 1), -1)
