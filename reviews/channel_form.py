"""One channel as its form shows it: what it is called, where it sends, and what it wants."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Channel
from reviews.notify import event_groups

SHAPES = [
    ("slack", gettext_lazy("Mattermost, Rocket.Chat, or Slack by webhook")),
    ("teams", gettext_lazy("Microsoft Teams, by a workflow")),
    ("plain", gettext_lazy("Plain JSON: title, message, click")),
]
KIND_LABELS = {
    "handoff.submitted": gettext_lazy("a handoff came"),
    "handoff.revised": gettext_lazy("a new round came"),
    "handoff.claimed": gettext_lazy("somebody claimed it"),
    "handoff.assigned": gettext_lazy("it was given to somebody"),
    "handoff.woken": gettext_lazy("it is no longer snoozed"),
    "handoff.commented": gettext_lazy("a message"),
    "handoff.due_soon": gettext_lazy("half of its time is gone"),
    "handoff.escalated": gettext_lazy("it was escalated"),
    "handoff.decided": gettext_lazy("decided"),
    "handoff.changes_requested": gettext_lazy("sent back"),
    "handoff.expired": gettext_lazy("expired"),
    "handoff.withdrawn": gettext_lazy("withdrawn"),
}
AT_FIRST = ["handoff.submitted", "handoff.revised", "handoff.decided", "handoff.expired"]
GROUPS_AT_FIRST = ["review", "assigned", "due"]
_ADDRESS = gettext_lazy("Kept sealed, and shown to nobody afterwards.")


class ChannelForm(forms.Form):
    """``kind`` is of ``Channel.Kind``; ``channel`` is None for a new one. A webhook is for systems,
    which choose kinds of events and get signed JSON, or ``is_chat``: for people, as services are.
    """

    place = forms.ChoiceField(label=gettext_lazy("Belongs to"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=2048)
    shape = forms.ChoiceField(label=gettext_lazy("It is sent"), choices=SHAPES)
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(kind, f"{label}") for kind, label in KIND_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Tells when"), widget=forms.CheckboxSelectMultiple
    )
    urgent_only = forms.BooleanField(
        label=gettext_lazy("Only what is urgent"),
        required=False,
        help_text=gettext_lazy("A critical action, an error, priority urgent, or overdue."),
    )
    named_only = forms.BooleanField(
        label=gettext_lazy("Only what a routing rule sends to it"), required=False
    )
    prose = forms.BooleanField(
        label=gettext_lazy("May hold the agent’s words"),
        required=False,
        help_text=gettext_lazy(
            "Its title. Off: number, trigger, agent, workspace and a link. "
            "Arguments and secrets are never sent."
        ),
    )

    def __init__(
        self,
        *args: Any,
        kind: str,
        is_chat: bool = False,
        channel: Channel | None = None,
        places: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choices("groups", [(name, label()) for name, label in event_groups.GROUPS.items()])
        self._choices("place", places)
        self.fields["url"].help_text = str(_ADDRESS)
        if channel is not None:
            del self.fields["place"]
            self.fields["url"].required = False
            self.fields["url"].help_text = _("Empty: it stays as it is (%(shown)s).") % {
                "shown": channel.address
            }
        is_own = channel is not None and channel.user_id is not None
        self.is_for_systems = kind == Channel.Kind.WEBHOOK and not is_chat
        unused = ["shape", "groups"] if self.is_for_systems else ["kinds"]
        if kind != Channel.Kind.WEBHOOK:
            unused.append("shape")
        if is_own or not places:
            # Whether an agent's words may leave the desk is an admin's to say.
            unused += ["named_only", "groups", "urgent_only", "place", "prose"]
        for name in unused:
            self.fields.pop(name, None)
        if kind == Channel.Kind.PUSH:
            del self.fields["url"]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def config(self) -> dict[str, Any]:
        """``Channel.config`` of a valid form."""
        found = self.cleaned_data
        flags: dict[str, Any] = {
            name: found[name]
            for name in ("urgent_only", "named_only", "prose")
            if name in self.fields
        }
        if self.is_for_systems:
            return {**flags, "shape": "signed", "kinds": found["kinds"]}
        shape = {"shape": found["shape"]} if "shape" in self.fields else {}
        return {**flags, **shape, "groups": found.get("groups", [])}


def initial(channel: Channel | None) -> dict[str, Any]:
    if channel is None:
        return {"kinds": AT_FIRST, "groups": GROUPS_AT_FIRST}
    defaults = {"kinds": AT_FIRST, "groups": GROUPS_AT_FIRST}
    return {**defaults, **channel.config, "name": channel.name}
