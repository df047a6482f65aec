"""The diff that the agent wrote itself: its claim, beside the file."""

from django.utils.translation import gettext as _

from reviews.views.viewing.changes import parts_of
from reviews.views.viewing.shown import Subject, View


def modes(subject: Subject) -> dict[str, str]:
    return {"diff": _("Diff, by the agent")} if subject.agents_diff else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    shown.kind = "diff"
    shown.warning = _("The agent wrote this diff; the file itself is under “File”.")
    shown.parts = parts_of(subject.agents_diff)
