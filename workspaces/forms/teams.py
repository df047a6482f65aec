"""Teams: their names, who is to be in them, and their roles in a workspace."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.models import Role, Team, User
from workspaces.teams import LONGEST_NAME


class TeamForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("As rules and filters will name it, such as “Web”."),
    )


class TeamMemberForm(forms.Form):
    """Somebody with an account; ``person`` is the cleaned value."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)

    def clean_email(self) -> User:
        email = self.cleaned_data["email"]
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise ValidationError(_("Nobody here has this address. Invite them first."))
        return person


class TeamRoleForm(forms.Form):
    """A team that has no role in this workspace yet, and the one it gets."""

    team = forms.ModelChoiceField(Team.objects.none(), label=gettext_lazy("Team"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.REVIEWER)

    def __init__(self, data: Any = None, *, teams: QuerySet[Team], roles: Sequence[Role]) -> None:
        super().__init__(data, prefix="team")
        field, role = self.fields["team"], self.fields["role"]
        assert isinstance(field, forms.ModelChoiceField) and isinstance(role, forms.ChoiceField)
        field.queryset, field.empty_label = teams.order_by("name"), None
        role.choices = [(each.value, each.label) for each in roles]
