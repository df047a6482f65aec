"""The form of a saved view: its name, its filter, and who else may use it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.filtering.language import LONGEST, parse
from reviews.models import SavedView
from workspaces.models import Team, User

Sharing = SavedView.Sharing


class SavedViewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    query = forms.CharField(
        label=gettext_lazy("Filter"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    shared = forms.ChoiceField(label=gettext_lazy("Who sees it"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(Team.objects.filter(archived_at=None, members=user).order_by("name"))
        shared = self.fields["shared"]
        assert isinstance(shared, forms.ChoiceField)
        shared.choices = choices(self.teams)

    def clean_query(self) -> str:
        query = parse(self.cleaned_data["query"])
        if query.faults:
            raise ValidationError([term.fault for term in query.faults])
        if not query.terms:
            raise ValidationError(_("Write a filter, as in trigger:error."))
        return str(query)

    def sharing(self) -> dict[str, Any]:
        """The columns that say who sees it."""
        return sharing_of(self.cleaned_data["shared"], self.teams)


def choices(teams: list[Team]) -> list[tuple[str, Any]]:
    return [
        (Sharing.OWN.value, Sharing.OWN.label),
        *((f"team-{team.pk}", _("Team %(name)s") % {"name": team.name}) for team in teams),
        (Sharing.DESK.value, Sharing.DESK.label),
    ]


def sharing_of(chosen: str, teams: list[Team]) -> dict[str, Any]:
    """Raises KeyError for what ``choices`` does not offer."""
    named: dict[str, dict[str, Any]] = {
        Sharing.OWN.value: {"sharing": Sharing.OWN, "team": None},
        Sharing.DESK.value: {"sharing": Sharing.DESK, "team": None},
        **{f"team-{team.pk}": {"sharing": Sharing.TEAM, "team": team} for team in teams},
    }
    return named[chosen]
