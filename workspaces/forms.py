"""Forms of the administration's screens: what was typed stays, errors stand beside the field."""

import re
import zoneinfo
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.errors import HandoffError
from workspaces.models import Agent, AgentToken, Role, User, Workspace


class Refusable(forms.BaseForm):
    """A form that can be refused without looking at what it holds."""

    _refusal = ""

    def refuse(self, sentence: str) -> None:
        self._refusal = sentence

    def full_clean(self) -> None:
        if not self._refusal:
            return super().full_clean()
        self.cleaned_data = {}
        self._errors = forms.utils.ErrorDict()
        self.add_error(None, self._refusal)


class SignInForm(Refusable, auth_forms.AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy(
            "No account has this e-mail address and password. Capital letters count in passwords."
        ),
        "inactive": gettext_lazy("This account is switched off."),
    }
    was_refused = False  # the two did not fit, as opposed to a field left empty

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )

    def get_invalid_login_error(self) -> ValidationError:
        self.was_refused = True
        return ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class PasswordResetForm(Refusable, auth_forms.PasswordResetForm):
    """Links lead to the desk's own address, whatever the request calls it."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        site = urlsplit(settings.SITE_URL)
        kwargs |= {"domain_override": site.netloc, "use_https": site.scheme == "https"}
        super().save(*args, **kwargs)


def show(form: forms.BaseForm, error: HandoffError, field: str | None = None) -> None:
    """Put a refusal of the domain beside the field it names, else beside ``field``."""
    named = [(problem.pointer.strip("/"), problem.detail) for problem in error.errors]
    for name, detail in named or [(field or "", error.detail)]:
        form.add_error(name if name in form.fields else field, detail)


def lines(text: str) -> list[str]:
    """One entry a line; blank lines and repetitions go."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class ProfileForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("Every time is shown in it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")
        choices = [(zone, zone.replace("_", " ")) for zone in zones]
        self.fields["time_zone"].choices = choices  # type: ignore[attr-defined]


_INTAKE = gettext_lazy("One a line. Empty: handoff files are taken anywhere in the folder.")
SELF_APPROVAL = [
    ("", gettext_lazy("Only while nobody else could review")),
    ("yes", gettext_lazy("Allowed: people may decide what their own agents submit")),
    ("no", gettext_lazy("Never: somebody else decides")),
]


class WorkspaceForm(forms.Form):
    """A workspace's settings. Its folder is on the desk's machine: site admins choose it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    root = forms.CharField(
        label=gettext_lazy("Folder"),
        max_length=1024,
        help_text=gettext_lazy("An existing folder of the desk's machine, as a whole path."),
    )
    intake_folders = forms.CharField(
        label=gettext_lazy("Intake folders"),
        required=False,
        help_text=_INTAKE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    undo_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds to undo a decision"),
        min_value=0,
        max_value=30,
        required=False,
        help_text=gettext_lazy("0 to 30. Empty: as the desk is set."),
    )
    allow_self_approval = forms.ChoiceField(
        label=gettext_lazy("Reviewing one's own agents"), choices=SELF_APPROVAL, required=False
    )

    def __init__(self, *args: Any, may_choose_folder: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_choose_folder:
            self.fields["root"].disabled = True
            self.fields["root"].help_text = _("A site admin can change it.")

    @staticmethod
    def initial_of(workspace: Workspace) -> dict[str, Any]:
        words = {None: "", True: "yes", False: "no"}
        return {
            "name": workspace.name,
            "root": workspace.root,
            "intake_folders": "\n".join(workspace.intake_folders),
            "undo_seconds": workspace.undo_seconds,
            "allow_self_approval": words[workspace.allow_self_approval],
        }

    def changes(self) -> dict[str, Any]:
        """The columns for ``provisioning.change_workspace``."""
        given = dict(self.cleaned_data)
        own = {"": None, "yes": True, "no": False}[given.pop("allow_self_approval")]
        folders = lines(given.pop("intake_folders"))
        return {**given, "allow_self_approval": own, "intake_folders": folders}


class NewWorkspaceForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    slug = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=63,
        help_text=gettext_lazy(
            "For addresses and the API: lower-case letters, digits and hyphens. It stays."
        ),
    )
    path = forms.CharField(
        label=gettext_lazy("Folder"),
        max_length=1024,
        required=False,
        help_text=gettext_lazy(
            "An existing folder on the desk's machine. Empty: the desk makes one."
        ),
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug == "new":
            raise ValidationError(_("“new” is the address of this page; take another name."))
        return slug


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


class BindingForm(forms.Form):
    """Which agent submits what is dropped below a folder."""

    prefix = forms.CharField(
        label=gettext_lazy("Folder in the workspace"),
        max_length=1024,
        required=False,
        help_text=gettext_lazy("Empty: the whole folder. The longest one that fits counts."),
    )
    agent = forms.ModelChoiceField(Agent.objects.none(), label=gettext_lazy("Agent"))

    def __init__(self, *args: Any, agents: QuerySet[Agent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agent"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = agents.filter(is_active=True).order_by("name")


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


LIVES = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("until it is revoked")),
]


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
    days = forms.ChoiceField(
        label=gettext_lazy("Works for"), choices=LIVES, initial="90", required=False
    )


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
        hosts = [host.lower() for host in lines(self.cleaned_data["callback_hosts"])]
        for host in hosts:
            if not _HOST.fullmatch(host):
                text = _("“%(host)s” is no host: write hooks.example.com or hooks.example.com:8443.")
                raise ValidationError(text % {"host": host})
            if not self._by_site_admin and _is_address(host) and host not in self._known():
                text = _("“%(host)s” may lie inside the network; only a site admin may allow it.")
                raise ValidationError(text % {"host": host})
        return hosts

    def _known(self) -> list[str]:
        return lines(str(self.initial.get("callback_hosts", "")))


_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:\d{1,5}|/\d{1,3})?")


def _is_address(host: str) -> bool:
    """Names the machine or network itself, not something that has to resolve to the outside."""
    name = host if host.startswith("[") else host.partition(":")[0]
    return name.startswith("[") or name == "localhost" or name.rpartition(".")[2][:1].isdigit()
