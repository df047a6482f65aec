"""A workspace's hours: the screen, what cannot be read, two admins at once, public holidays."""

from datetime import date
from typing import Any

import pytest

from reviews import calendars, public_holidays
from reviews.business_time import ALWAYS, Calendar
from reviews.hours_in_words import (
    Unreadable,
    read_day,
    read_holidays,
    sentence,
    write_day,
    write_holidays,
)
from reviews.models import WorkHours
from tests.cast import Cast
from workspaces.models import Event, Workspace

URL = "/w/acme/hours/"
WEEK: dict[str, Any] = {
    **{f"day{n}": "09:00-12:00, 13:00-17:30" for n in range(5)},
    **{"day5": "", "day6": ""},
}
GIVEN = {**WEEK, "zone": "Europe/Berlin", "holidays": "2026-12-25 Christmas Day", "version": "0"}


def stands(cast: Cast) -> Calendar:
    return calendars.of(Workspace.objects.get(pk=cast.workspace.pk))


def test_without_hours_a_workspace_is_open_around_the_clock(cast: Cast) -> None:
    assert stands(cast) == ALWAYS
    assert "Around the clock" in cast.client(cast.owner).get("/w/acme/settings/").content.decode()


def test_an_admin_saves_hours_and_the_record_says_so(cast: Cast) -> None:
    client = cast.client(cast.owner)
    assert client.post(URL, GIVEN).status_code == 302
    week = (((540, 720), (780, 1050)),) * 5 + ((), ())
    assert stands(cast) == Calendar("Europe/Berlin", week, {date(2026, 12, 25): "Christmas Day"})
    event = Event.objects.get(kind="hours.changed")
    assert event.actor_id == str(cast.owner.pk)
    assert event.payload and event.payload["changed"] == ["zone", "hours", "holidays"]
    page = client.get(URL).content.decode()
    assert 'value="09:00-12:00, 13:00-17:30"' in page and "2026-12-25 Christmas Day" in page
    words = "Mon to Fri 09:00-12:00, 13:00-17:30, Europe/Berlin, 1 holiday"
    assert words in client.get("/w/acme/settings/").content.decode()
    assert client.post(URL, {**GIVEN, "version": "1"}).status_code == 302
    assert Event.objects.filter(kind="hours.changed").count() == 1  # nothing was changed


def test_bad_lines_are_named_and_nothing_typed_is_lost(cast: Cast) -> None:
    typed = "2026-12-25 Christmas Day\n25.12.2026 Wrong\n\n2026-12-25 Twice\n2026-02-30 None"
    answer = cast.client(cast.owner).post(URL, {**GIVEN, "holidays": typed, "day2": "9-25"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Line 2: “25.12.2026 Wrong” does not begin with a date" in page
    assert "Line 4: 2026-12-25 is in the list already." in page
    assert "Line 5: “2026-02-30 None”" in page
    assert "“9-25” is no range of hours" in page
    assert typed in page and 'value="9-25"' in page
    assert not WorkHours.objects.exists()


def test_a_calendar_without_an_open_hour_is_refused_with_a_sentence(cast: Cast) -> None:
    closed = dict.fromkeys([f"day{n}" for n in range(7)], "")
    page = cast.client(cast.owner).post(URL, {**GIVEN, **closed}).content.decode()
    assert "This calendar has no open hour" in page
    assert not WorkHours.objects.exists()


def test_the_second_of_two_admins_is_told_and_may_save_again(cast: Cast) -> None:
    client = cast.client(cast.owner)
    client.post(URL, GIVEN)
    answer = client.post(URL, {**GIVEN, "zone": "Asia/Tokyo"})
    page = answer.content.decode()
    assert "Somebody changed these hours" in page
    assert '<option value="Asia/Tokyo" selected>' in page and 'name="version" value="1"' in page
    assert stands(cast).zone == "Europe/Berlin"
    assert client.post(URL, {**GIVEN, "zone": "Asia/Tokyo", "version": "1"}).status_code == 302
    assert stands(cast).zone == "Asia/Tokyo"


def test_public_holidays_are_put_in_beside_what_is_typed_and_saved_only_by_save(
    cast: Cast,
) -> None:
    typed = "2026-12-24 Our own\n2026-12-25 Our Christmas\nnonsense"
    posted = {**GIVEN, "holidays": typed, "fill": "holidays", "country": "DE", "year": "2026"}
    page = cast.client(cast.owner).post(URL, posted).content.decode()
    assert "9 holidays were found. Save to keep them." in page
    assert f"{typed}\n2026-01-01 New Year" in page
    assert page.count("2026-12-25") == 2  # the field's own line, and the example beside it
    assert not WorkHours.objects.exists()


@pytest.mark.parametrize(
    "chosen", [{"country": "QQ", "year": "2026"}, {"country": "DE", "year": "1"}, {}]
)
def test_a_country_that_is_none_is_named(cast: Cast, chosen: dict[str, str]) -> None:
    page = cast.client(cast.owner).post(URL, {**GIVEN, "fill": "holidays", **chosen})
    assert page.status_code == 200 and 'class="err"' in page.content.decode()


def test_a_button_fills_in_a_week(cast: Cast) -> None:
    page = cast.client(cast.owner).post(URL, {**GIVEN, "fill": "always"}).content.decode()
    assert page.count('value="00:00-24:00"') == 7 and "2026-12-25 Christmas Day" in page


def test_members_see_the_hours_and_cannot_change_them(cast: Cast) -> None:
    page = cast.client(cast.reviewer).get(URL).content.decode()
    assert "Only admins" in page and "Save" not in page.split("<main")[1]


def test_a_row_that_cannot_be_read_counts_as_none(cast: Cast) -> None:
    WorkHours.objects.create(workspace=cast.workspace, zone="Gone/Zone", hours=[[[0, 60]]] * 7)
    assert stands(cast) == ALWAYS


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", []),
        ("9-17", [(540, 1020)]),
        ("09:00–12:00; 13 - 17:30", [(540, 720), (780, 1050)]),
        ("22:00-06:00", [(1320, 360)]),
        ("00:00-24:00", [(0, 1440)]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, ranges: list[tuple[int, int]]) -> None:
    assert read_day(text) == ranges
    assert read_day(write_day(ranges)) == ranges


@pytest.mark.parametrize("text", ["x", "9-", "9:60-10", "25-26", "9-24:01", "-", "9-17-18"])
def test_what_is_no_range_is_named(text: str) -> None:
    with pytest.raises(Unreadable, match="no range of hours"):
        read_day(text)


def test_holidays_are_written_as_they_are_read() -> None:
    found = {date(2026, 12, 25): "Christmas Day", date(2027, 1, 1): "New Year"}
    assert read_holidays(write_holidays(found)) == found
    assert read_holidays("2026-05-01") == {date(2026, 5, 1): "Holiday"}
    with pytest.raises(Unreadable, match="At most"):
        read_holidays("\n".join(f"{1000 + n}-01-01 x" for n in range(401)))


def test_public_holidays_need_no_network() -> None:
    assert public_holidays.of("US", 2026)[date(2026, 7, 4)] == "Independence Day"
    assert ("DE", "Germany") in public_holidays.countries()
    with pytest.raises(LookupError):
        public_holidays.of("DE", 1066)


def test_days_with_the_same_hours_are_said_together() -> None:
    week = (((540, 1020),),) * 3 + (((540, 720),),) + (((540, 1020),),) + ((), ())
    said = "Mon to Wed 09:00-17:00, Thu 09:00-12:00, Fri 09:00-17:00, UTC"
    assert sentence(Calendar("UTC", week)) == said
