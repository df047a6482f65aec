"""HTML and SVG drawn in a sandbox, beside their source."""

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering import markup
from reviews.rendering.decoding import as_written
from reviews.views.viewing.shown import Subject, View

LIMIT_BYTES = 4 * 1024 * 1024


def modes(subject: Subject) -> dict[str, str]:
    return {"drawn": _("Rendered")} if subject.kind in {"html", "svg"} else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    if subject.origin.size > LIMIT_BYTES:
        shown.be_blank(
            _("Too large to draw"),
            _("Files of up to %s are drawn. Read its source under “File”.")
            % filesizeformat(LIMIT_BYTES),
        )
        return
    text = as_written(subject.data).text or ""
    if markup.parts_a_secret(text) and veils.is_hidden(markup.words(text)):
        shown.be_blank(
            _("Drawn, it would show a secret"),
            _("It is spelled so that it cannot be masked in a drawing. Read it under “File”."),
        )
        return
    if veils.is_hidden(text):
        shown.note(_("Its secrets are masked in the drawing."))
    shown.kind = "frame"
    shown.body = reverse("frame", args=[subject.place.handoff.number, subject.artifact.sha256])
    shown.warning = _(
        "Drawn from the agent's file. Scripts, links, forms and everything it would load from "
        "elsewhere are off, so it may look different in use."
    )
