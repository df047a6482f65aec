"""The file as it is written: numbered lines, coloured by its name."""

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from reviews.rendering import code
from reviews.views.viewing.shown import EMPTY, READ_BYTES, Subject, View

_NOT_TEXT = {"image", "pdf", "media", "binary", "archive", "none"}


def modes(subject: Subject) -> dict[str, str]:
    return {} if subject.kind in _NOT_TEXT else {"source": _("File")}


def draw(subject: Subject, shown: View, mode: str) -> None:
    drawn = code.highlight(subject.data, subject.artifact.path, is_table=subject.kind == "table")
    if subject.is_cut and not drawn.truncated:
        shown.note(_("Only the first %(size)s are shown.") % {"size": filesizeformat(READ_BYTES)})
    shown.note(drawn.note)
    if drawn.is_binary:
        shown.be_blank(
            _("Not inspectable here"),
            _("These bytes are not text; approve them by their digest, or not."),
        )
    elif not drawn.lines:
        shown.be_blank(*EMPTY)
    else:
        shown.kind, shown.lines = "code", drawn.lines
