"""Tables: CSV and TSV."""

from django.utils.translation import gettext as _

from reviews.rendering import table
from reviews.views.viewing.shown import Subject, View


def modes(subject: Subject) -> dict[str, str]:
    return {"table": _("Table")} if subject.kind == "table" else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    shown.kind, shown.sheet = "table", table.read(subject.data, path=subject.artifact.path)
    shown.note(shown.sheet.note)
