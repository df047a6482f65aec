"""A workspace: making it, its settings, and whose files are whose."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.forms.entries import lines
from workspaces.models import Agent, Workspace
from workspaces.models.workspace import LONGEST_REASON, MOST_REASONS, REASONS

_INTAKE = gettext_lazy("One a line. Empty: handoff files are taken anywhere in the folder.")
_REASONS = gettext_lazy("Ready words for the note, one a line, four at the most.")
SELF_APPROVAL = [
    ("auto", gettext_lazy("Only while nobody else could review")),
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
        label=gettext_lazy("Reviewing one's own agents"), choices=SELF_APPROVAL
    )
    must_view_files = forms.BooleanField(
        label=gettext_lazy("Every file is viewed before it is approved"),
        required=False,
        help_text=gettext_lazy("Who approves has marked each bound file as viewed, in this round."),
    )

    reasons_request_changes = forms.CharField(
        label=gettext_lazy("Reasons to request changes"),
        required=False,
        help_text=_REASONS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reasons_reject = forms.CharField(
        label=gettext_lazy("Reasons to reject"),
        required=False,
        help_text=_REASONS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, may_choose_folder: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_choose_folder:
            self.fields["root"].disabled = True
            self.fields["root"].help_text = _("A site admin can change it.")

    @staticmethod
    def initial_of(workspace: Workspace) -> dict[str, Any]:
        words = {None: "auto", True: "yes", False: "no"}
        return {
            "name": workspace.name,
            "root": workspace.root,
            "intake_folders": "\n".join(workspace.intake_folders),
            "undo_seconds": workspace.undo_seconds,
            "allow_self_approval": words[workspace.allow_self_approval],
            "must_view_files": workspace.must_view_files,
            **{
                f"reasons_{verdict}": "\n".join(texts)
                for verdict, texts in workspace.reasons().items()
            },
        }

    def clean_reasons_request_changes(self) -> list[str]:
        return self._reasons("reasons_request_changes")

    def clean_reasons_reject(self) -> list[str]:
        return self._reasons("reasons_reject")

    def _reasons(self, name: str) -> list[str]:
        found = lines(self.cleaned_data[name])
        if len(found) > MOST_REASONS:
            raise ValidationError(_("At most %(n)d lines.") % {"n": MOST_REASONS})
        if any(len(each) > LONGEST_REASON for each in found):
            said = _("At most %(n)d characters a line.") % {"n": LONGEST_REASON}
            raise ValidationError(said)
        return found

    def changes(self) -> dict[str, Any]:
        """The columns for ``provisioning.change_workspace``."""
        given = dict(self.cleaned_data)
        own = {"auto": None, "yes": True, "no": False}[given.pop("allow_self_approval")]
        folders = lines(given.pop("intake_folders"))
        reasons = {verdict: given.pop(f"reasons_{verdict}") for verdict in REASONS}
        as_the_desk = {verdict: [str(each) for each in known] for verdict, known in REASONS.items()}
        return {
            **given,
            "allow_self_approval": own,
            "intake_folders": folders,
            "preset_reasons": None if reasons == as_the_desk else reasons,
        }


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


class BindingForm(forms.Form):
    """Which agent submits what is dropped below a folder."""

    folder = forms.CharField(
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
        field.empty_label = _("choose one")
