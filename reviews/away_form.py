"""Being away: from when until when, in the person's own time zone, and who stands in."""

import zoneinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workspaces import roles
from workspaces.errors import HandoffError
from workspaces.models import Absence, User
from workspaces.permissions import visible_workspaces

_MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class AwayForm(forms.Form):
    since = forms.DateTimeField(
        label=_("From"), required=False, widget=_MOMENT, help_text=_("Empty: from now on.")
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=_MOMENT, help_text=_("Empty: until you say so.")
    )
    delegate = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who stands in"),
        required=False,
        empty_label=_("nobody: all reviewers may take it"),
        help_text=_("Gets what is assigned, where they may decide it; if away too, passes it on."),
    )
    note = forms.CharField(
        label=_("A sentence for others"),
        required=False,
        max_length=Absence.LONGEST_NOTE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, person: User, by: User) -> None:
        standing = Absence.objects.standing().filter(user=person).first()
        super().__init__(data, initial=_initial(standing), label_suffix="")
        field = self.fields["delegate"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _delegates(person, by, standing)
        if person.pk != by.pk:
            self.fields["until"].help_text = _("Empty: until somebody says so.")

    def show(self, error: HandoffError) -> None:
        """Put a refusal of the domain beside the fields it names."""
        for problem in error.errors:
            name = problem.pointer.strip("/")
            self.add_error(name if name in self.fields else None, problem.detail)
        if not error.errors:
            self.add_error(None, error.detail)


def _initial(standing: Absence | None) -> dict[str, Any]:
    if standing is None:
        return {}
    return {
        "since": timezone.localtime(standing.since),
        "until": timezone.localtime(standing.until) if standing.until else None,
        "delegate": standing.delegate_id,
        "note": standing.note,
    }


def _delegates(person: User, by: User, standing: Absence | None) -> Any:
    """Active people of the workspaces that both may know of, and who is chosen already."""
    shared = visible_workspaces(person).filter(pk__in=visible_workspaces(by).values("pk"))
    people = roles.people_in(shared).filter(is_active=True)
    if standing is not None and standing.delegate_id is not None:
        people = people | User.objects.filter(pk=standing.delegate_id)
    return people.exclude(pk=person.pk).order_by("name", "email")


def zone_of(person: User) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(person.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
