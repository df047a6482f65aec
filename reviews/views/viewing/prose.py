"""Markdown, as words and structure."""

from django.utils.translation import gettext as _

from reviews.rendering import markdown
from reviews.views.viewing.shown import Subject, View


def modes(subject: Subject) -> dict[str, str]:
    return {"markdown": _("Text")} if subject.kind == "markdown" else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    shown.kind = "prose"
    shown.prose = markdown.render(subject.data.decode("utf-8", "replace"), headings=True)
