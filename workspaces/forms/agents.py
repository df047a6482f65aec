"""Agents: making one, its tokens, who answers for it and where decisions may be sent."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.forms.entries import lines
from workspaces.models import AgentToken, User, Workspace

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:\d{1,5}|/\d{1,3})?")
LIVES = [
    ("30", gettext_lazy("for 30 days")),
    ("90", gettext_lazy("for 90 days")),
    ("365", gettext_lazy("for a year")),
    ("never", gettext_lazy("until it is revoked")),
]


class NewAgentForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("As reviewers will read it. It stays."),
    )
    workspace = forms.ModelChoiceField(
        Workspace.objects.none(),
        label=gettext_lazy("May submit to"),
        to_field_name="slug",
        help_text=gettext_lazy("More can be added later."),
    )

    def __init__(self, *args: Any, workspaces: QuerySet[Workspace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["workspace"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workspaces.filter(archived_at=None).order_by("name")
        field.empty_label = None


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Where it is used, such as “production runner”."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May"),
        choices=[
            ("submit", gettext_lazy("submit: hand off, write messages, withdraw")),
            ("read", gettext_lazy("read: wait for decisions and fetch its handoffs")),
        ],
        initial=list(AgentToken.SCOPES),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.ChoiceField(label=gettext_lazy("Works"), choices=LIVES, initial="90")


class AgentForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Owner"),
        required=False,
        empty_label=gettext_lazy("nobody"),
        help_text=gettext_lazy("Who answers for it, and may not review it alone."),
    )
    callback_hosts = forms.CharField(
        label=gettext_lazy("Callback hosts"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Where decisions may be sent: a host or host:port a line, such as hooks.example.com."
        ),
    )

    def __init__(
        self, *args: Any, owners: QuerySet[User], by_site_admin: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._by_site_admin = by_site_admin
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = owners.order_by("name", "email")

    def clean_callback_hosts(self) -> list[str]:
        hosts = lines(self.cleaned_data["callback_hosts"].lower())
        for host in hosts:
            if not _HOST.fullmatch(host):
                text = _("“%(host)s” is no host: write hooks.example.com, or with a port.")
                raise ValidationError(text % {"host": host})
            if not self._by_site_admin and _is_address(host) and host not in self._known():
                text = _("“%(host)s” may lie inside the network; only a site admin may allow it.")
                raise ValidationError(text % {"host": host})
        return hosts

    def _known(self) -> list[str]:
        return lines(str(self.initial.get("callback_hosts", "")))


def _is_address(host: str) -> bool:
    """Names the machine or network itself, not something that has to resolve to the outside."""
    name = host if host.startswith("[") else host.partition(":")[0]
    return name.startswith("[") or name == "localhost" or name.rpartition(".")[2][:1].isdigit()
