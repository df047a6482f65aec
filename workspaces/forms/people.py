"""Members and invitations."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.models import Role, Workspace


class MemberForm(forms.Form):
    """Who is to be in a workspace, known to the desk or not."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.REVIEWER)

    def __init__(self, *args: Any, roles: Sequence[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(role.value, role.label) for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """A new person; a site admin may invite without a workspace and make more site admins."""

    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=gettext_lazy("Workspace"), to_field_name="slug"
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role there"),
        choices=[(role.value, role.label) for role in Role],
        initial=Role.REVIEWER,
    )
    is_site_admin = forms.BooleanField(
        label=gettext_lazy("Site admin"),
        required=False,
        help_text=gettext_lazy("May do everything in every workspace, and choose folders."),
    )

    def __init__(
        self, *args: Any, workspaces: QuerySet[Workspace], by_site_admin: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["workspace"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workspaces.order_by("name")
        if by_site_admin:
            field.required, field.empty_label = False, _("none yet")
        else:
            del self.fields["is_site_admin"]
