"""A person's own settings."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.models import Density, Theme

MOST_UNDO_SECONDS = 30


class PreferencesForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        help_text=_("As others see it. Empty: the part of your address before the @."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Rows"), choices=Density.choices, widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Every time is shown in it."))
    has_absolute_times = forms.BooleanField(
        label=_("Absolute times"),
        required=False,
        help_text=_("“14:02” and “21 Nov 14:02” instead of “4 minutes ago” and “2 days ago”."),
    )
    undo_seconds = forms.IntegerField(
        label=_("Seconds to undo a decision"),
        required=False,
        min_value=0,
        max_value=MOST_UNDO_SECONDS,
        help_text=_(
            "0 to 30. Empty: as the workspace says, else the desk. Where a workspace has its own "
            "number, you can lengthen it, not shorten it. Critical actions have no undo."
        ),
    )
    has_single_keys = forms.BooleanField(
        label=_("Single keys work"),
        required=False,
        help_text=_("Switch off if you speak to the computer or type by accident. Ctrl K stays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")
        choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["time_zone"].choices = choices  # type: ignore[attr-defined]
