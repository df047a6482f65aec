"""The form of a workspace's hours: a line a weekday, the zone, holidays one a line."""

import zoneinfo
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import public_holidays
from reviews.business_time import BadCalendar, Calendar, Range
from reviews.hours_in_words import (
    WEEKDAYS,
    Unreadable,
    read_day,
    read_holidays,
    write_day,
    write_holidays,
)

DAYS = [f"day{number}" for number in range(7)]
_WEEK = ["09:00-17:00"] * 5 + ["", ""]
PRESETS = {
    "week": (gettext_lazy("Mon to Fri, 9 to 17"), _WEEK),
    "always": (gettext_lazy("Around the clock"), ["00:00-24:00"] * 7),
}


class HoursForm(forms.Form):
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        max_length=40_000,
        help_text=gettext_lazy("One a line: 2026-12-25 Christmas Day. Closed all day."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")
        choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["zone"].choices = choices  # type: ignore[attr-defined]
        for name, label in zip(DAYS, WEEKDAYS, strict=True):
            attrs = {"placeholder": _("closed"), "autocomplete": "off", "class": "field"}
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=120, widget=forms.TextInput(attrs=attrs)
            )

    @staticmethod
    def initial_of(calendar: Calendar, version: int) -> dict[str, Any]:
        days = {name: write_day(calendar.hours[n]) for n, name in enumerate(DAYS)}
        holidays = write_holidays(calendar.holidays)
        return {"zone": calendar.zone, "holidays": holidays, "version": version, **days}

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[name] for name in DAYS]

    def clean_holidays(self) -> dict[date, str]:
        try:
            return read_holidays(self.cleaned_data["holidays"])
        except Unreadable as error:
            raise ValidationError(list(error.said)) from None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        hours: list[list[Range]] = []
        for name in DAYS:
            try:
                hours.append(read_day(given.get(name, "")))
            except Unreadable as error:
                self.add_error(name, str(error))
        if not self.errors:
            try:
                Calendar(given["zone"], tuple(map(tuple, hours)), given["holidays"])
            except BadCalendar as error:
                raise ValidationError(str(error)) from None
        given["hours"] = hours
        return given


class FillForm(forms.Form):
    """What a button puts into the fields, before anything is saved: a week, or holidays."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        widget=forms.Select(attrs={"class": "field", "aria-label": gettext_lazy("Country")}),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        required=False,
        widget=forms.NumberInput(attrs={"class": "field", "aria-label": gettext_lazy("Year")}),
        min_value=public_holidays.FIRST,
        max_value=public_holidays.LAST,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("choose one")), *public_holidays.countries()]
        self.fields["country"].choices = choices  # type: ignore[attr-defined]

    def holidays(self) -> dict[date, str]:
        """Of the chosen country and year; none, with an error, when there is no such choice."""
        if not self.is_valid():
            return {}
        if not self.cleaned_data["country"] or not self.cleaned_data["year"]:
            self.add_error("country", _("Choose a country and a year."))
            return {}
        return public_holidays.of(self.cleaned_data["country"], self.cleaned_data["year"])


def with_preset(posted: dict[str, str], name: str) -> dict[str, str]:
    _label, days = PRESETS[name]
    return {**posted, **dict(zip(DAYS, days, strict=True))}


def with_holidays(posted: dict[str, str], found: dict[date, str]) -> dict[str, str]:
    """Added below what is typed, each day once; a line that cannot be read stays as it is."""
    typed = posted.get("holidays", "").strip()
    known = {line.strip().partition(" ")[0] for line in typed.splitlines()}
    added = write_holidays({d: name for d, name in found.items() if d.isoformat() not in known})
    return {**posted, "holidays": "\n".join(part for part in (typed, added) if part)}
