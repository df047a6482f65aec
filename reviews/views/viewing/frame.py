"""HTML and SVG drawn in a sandbox, beside their source."""

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

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
    shown.kind = "frame"
    shown.body = reverse("frame", args=[subject.place.handoff.number, subject.artifact.sha256])
    shown.warning = _(
        "Drawn from the agent's file. Scripts, links, forms and everything it would load from "
        "elsewhere are off, so it may look different in use."
    )
