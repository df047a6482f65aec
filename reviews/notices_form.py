"""What somebody wants to be told: one choice a cell, and a person's quiet hours and digests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import NoticeSettings
from reviews.notify import groups
from reviews.notify.groups import DEFAULTS, DIGEST, NOW, OFF, URGENCIES, URGENT, Way

INHERITED = ""
HOW_WORDS = {
    NOW: gettext_lazy("at once"),
    DIGEST: gettext_lazy("in a digest"),
    OFF: gettext_lazy("off"),
}
WAY_WORDS = {
    groups.BELL: gettext_lazy("Bell"),
    groups.MAIL: gettext_lazy("Mail"),
    groups.PUSH: gettext_lazy("Push"),
    groups.OWN: gettext_lazy("Own channels"),
}
DAYS = [
    (str(number), word)
    for number, word in enumerate(
        (
            gettext_lazy("Mo"),
            gettext_lazy("Tu"),
            gettext_lazy("We"),
            gettext_lazy("Th"),
            gettext_lazy("Fr"),
            gettext_lazy("Sa"),
            gettext_lazy("Su"),
        )
    )
]
_TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


@dataclass(frozen=True)
class Cell:
    """One line of the table."""

    urgency: str
    how: forms.BoundField
    by: forms.BoundField


@dataclass(frozen=True)
class Row:
    group: groups.Group
    cells: list[Cell]


class ChoicesForm(forms.Form):
    """The cells. ``inherited``: what holds where nothing is chosen."""

    def __init__(
        self, data: Any, settings: NoticeSettings, inherited: Mapping[str, Way], **kwargs: Any
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self._inherited = DEFAULTS | dict(inherited)
        chosen = groups.read(settings.choices)
        for name in DEFAULTS:
            way = chosen.get(name)
            shown = way or self._inherited[name]
            preset_word = HOW_WORDS[self._inherited[name].how]
            label = f"{groups.Group(name.partition(':')[0]).label}, {_urgency(name)}"
            self.fields[f"how {name}"] = forms.ChoiceField(
                label=label,
                choices=[
                    (INHERITED, _("Preset: %(how)s") % {"how": preset_word}),
                    *HOW_WORDS.items(),
                ],
                required=False,
                initial=way.how if way else INHERITED,
                widget=forms.Select(attrs={"aria-label": label}),
            )
            self.fields[f"by {name}"] = forms.MultipleChoiceField(
                label=label,
                choices=list(WAY_WORDS.items()),
                required=False,
                initial=sorted(shown.by),
                widget=forms.CheckboxSelectMultiple,
            )

    def rows(self) -> Iterator[Row]:
        for group in groups.Group:
            names = [f"{group}:{urgency}" for urgency in URGENCIES]
            yield Row(group, [self._cell(name) for name in names])

    def ways(self) -> dict[str, Way]:
        """What is chosen. A cell with a way ticked otherwise than preset is chosen too."""
        found: dict[str, Way] = {}
        for name in DEFAULTS:
            how, by = self.cleaned_data[f"how {name}"], self.cleaned_data[f"by {name}"]
            preset = self._inherited[name]
            way = Way(frozenset(by), how or preset.how)
            if how or way != preset:
                found[name] = way
        return found

    def _cell(self, name: str) -> Cell:
        return Cell(_urgency(name), self[f"how {name}"], self[f"by {name}"])


class PersonForm(ChoicesForm):
    has_quiet = forms.BooleanField(label=gettext_lazy("Keep quiet at these times"), required=False)
    quiet_from = forms.TimeField(label=gettext_lazy("From"), required=False, widget=_TIME)
    quiet_until = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=_TIME)
    quiet_days = forms.MultipleChoiceField(
        label=gettext_lazy("Beginning on"),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    has_quiet_weekends = forms.BooleanField(
        label=gettext_lazy("Saturday and Sunday are quiet all day"), required=False
    )
    lets_urgent_pass = forms.BooleanField(
        label=gettext_lazy("Urgent things may still come"), required=False
    )
    digest_every = forms.ChoiceField(
        label=gettext_lazy("Send it"),
        choices=NoticeSettings.Every.choices,
        widget=forms.RadioSelect,
    )
    digest_at = forms.TimeField(label=gettext_lazy("At"), widget=_TIME)
    digest_days = forms.MultipleChoiceField(
        label=gettext_lazy("On"),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    most_an_hour = forms.IntegerField(
        label=gettext_lazy("Pings an hour at most"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("1 to 100. What is more comes together in one mail."),
    )

    def __init__(
        self, data: Any, settings: NoticeSettings, inherited: Mapping[str, Way], **kwargs: Any
    ) -> None:
        initial = {name: getattr(settings, name) for name in COLUMNS}
        initial["has_quiet"] = settings.quiet_from is not None
        initial["quiet_from"] = settings.quiet_from or NIGHT[0]
        initial["quiet_until"] = settings.quiet_until or NIGHT[1]
        for name in MASKS:
            initial[name] = _days(initial[name])
        super().__init__(data, settings, inherited, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("quiet_from", "quiet_until") if given.get("has_quiet") else ():
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, _("Say when."))
        return given

    def columns(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[name] for name in COLUMNS}
        if not self.cleaned_data["has_quiet"]:
            found["quiet_from"] = found["quiet_until"] = None
        for name in MASKS:
            found[name] = sum(1 << int(day) for day in found[name])
        return found


COLUMNS = tuple(name for name in PersonForm.declared_fields if name != "has_quiet")
NIGHT = (time(22), time(7))  # what the fields offer before anything is chosen
MASKS = ("quiet_days", "digest_days")


def _days(mask: int) -> list[str]:
    return [number for number, _word in DAYS if mask >> int(number) & 1]


def _urgency(cell: str) -> str:
    return _("urgent") if cell.endswith(URGENT) else _("otherwise")
