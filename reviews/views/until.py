"""The moments a handoff may be snoozed until, in the reader's time zone, and reading them back."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from workspaces import clock
from workspaces.errors import Invalid, Problem

MORNING, AFTERNOON = time(9), time(14)
LAST_FOR_AFTERNOON = 13  # o'clock: later, "this afternoon" is no longer worth offering


@dataclass(frozen=True)
class Choice:
    """``moment`` None: until something happens."""

    value: str
    label: str
    moment: datetime | None
    hint: str


def choices() -> list[Choice]:
    """What is offered now, soonest first."""
    here = timezone.localtime(clock.now())
    found = [Choice("hour", _("In 1 hour"), *_told(here + timedelta(hours=1)))]
    if here.hour < LAST_FOR_AFTERNOON:
        found.append(Choice("afternoon", _("This afternoon"), *_told(_at(here, 0, AFTERNOON))))
    found.append(Choice("tomorrow", _("Tomorrow morning"), *_told(_at(here, 1, MORNING))))
    to_monday = 7 - here.weekday()
    if to_monday > 1:
        found.append(Choice("monday", _("Next Monday"), *_told(_at(here, to_monday, MORNING))))
    hint = _("a new round, a message of the agent, an assignment")
    found.append(Choice("activity", _("Until something happens"), None, hint))
    return found


def _at(here: datetime, days: int, hour: time) -> datetime:
    """That hour of a day from now, as clocks there show it on either side of a clock change."""
    return datetime.combine(here.date() + timedelta(days=days), hour, tzinfo=here.tzinfo)


def _told(moment: datetime) -> tuple[datetime, str]:
    is_today = moment.date() == timezone.localdate()
    return moment, date_format(moment, "H:i" if is_today else "D j M, H:i")


def read(value: str, at: str) -> datetime | None:
    """The moment of a choice, or of a typed date and time; None is until something happens.

    Raises Invalid with a sentence.
    """
    for choice in choices():
        if choice.value == value:
            return choice.moment
    if value == "afternoon":  # offered before one o'clock, chosen after it
        return _at(timezone.localtime(clock.now()), 0, AFTERNOON)
    try:
        typed = parse_datetime(at.strip())
    except ValueError:
        typed = None
    if typed is None or not 2000 < typed.year < 9000:
        detail = _("Choose when it should come back, or type a date and a time.")
        raise Invalid(detail, errors=[Problem("/at", detail)])
    return timezone.make_aware(typed) if timezone.is_naive(typed) else typed


def in_words(moment: datetime) -> str:
    """ "15:30" today, else "Mon 24 Nov, 09:00"."""
    return _told(timezone.localtime(moment))[1]
