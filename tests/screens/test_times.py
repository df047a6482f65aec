"""The one way a time gets onto a screen."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from workspaces import times

NOW = datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC)


def drawn(moment: datetime | None, style: str = "relative") -> str:
    template = Template("{% load desk %}{% when moment style %}")
    with time_machine.travel(NOW, tick=False):
        return template.render(Context({"moment": moment, "style": style}))


def words(moment: datetime | None, style: str = "relative") -> str:
    return re.sub(r"<[^>]*>", "", drawn(moment, style))


@pytest.mark.parametrize(
    ("ago", "said", "short"),
    [
        (0, "just now", "now"),
        (59, "just now", "now"),
        (60, "1 minute ago", "1 min"),
        (3 * 3600, "3 hours ago", "3 h"),
        (2 * 86400, "2 days ago", "2 d"),
        (-600, "in 10 minutes", "10 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(ago: int, said: str, short: str) -> None:
    moment = NOW - timedelta(seconds=ago)
    assert words(moment) == said
    assert words(moment, "short") == short


def test_a_deadline_says_whether_it_has_passed() -> None:
    assert words(NOW + timedelta(minutes=12), "due") == "Due in 12 min"
    assert words(NOW - timedelta(minutes=3), "due") == "Overdue by 3 min"


def test_a_clock_time_has_its_day_only_when_it_is_not_today() -> None:
    assert words(NOW, "clock") == "14:02:11"
    assert words(NOW - timedelta(days=1), "clock") == "21 Nov 14:02"
    assert words(NOW - timedelta(days=400), "clock") == "18 Oct 2025 14:02"


def test_the_exact_time_is_in_the_persons_zone_and_machines_get_utc() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        html = drawn(NOW)
    assert 'title="2026-11-22 15:02:11 CET"' in html
    assert 'datetime="2026-11-22T14:02:11.000+00:00"' in html


def test_no_time_is_a_dash() -> None:
    assert words(None) == "–"


def test_absolute_times_are_moments_of_the_persons_zone() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")), times.absolute(True):
        assert words(NOW - timedelta(minutes=4)) == "14:58:11"
        assert words(NOW - timedelta(days=1), "short") == "21 Nov 15:02"
        assert words(NOW - timedelta(hours=1), "short") == "14:02"
        assert words(NOW + timedelta(minutes=12), "due") == "Due 15:14"
        assert words(NOW - timedelta(minutes=3), "due") == "Overdue since 14:59"
        assert words(NOW + timedelta(seconds=5), "leaves") == "leaves in 5 s"  # it counts down
    assert words(NOW) == "just now"
