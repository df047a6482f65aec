"""JSON Lines: each line its own small tree, and those that are no JSON as they are written."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering import json_tree
from reviews.rendering.text import drawn, visible

LINES = 100
LINE_CHARACTERS = 20_000


@dataclass(frozen=True)
class JsonLine:
    """`html` is safe; `error` says what is wrong with a line that is no JSON."""

    no: int
    html: SafeString
    error: str = ""


def draw(data: bytes, first_no: int) -> list[JsonLine]:
    """The lines of `data`, which count from `first_no`."""
    lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n") if data else []
    return [_line(no, text.removesuffix("\r")) for no, text in enumerate(lines, first_no)]


def _line(no: int, text: str) -> JsonLine:
    if not text.strip():
        return JsonLine(no, SafeString(""))
    if len(text) > LINE_CHARACTERS:
        text = veils.veil(text)
        cut = f"{text[:LINE_CHARACTERS]}… (+{len(text) - LINE_CHARACTERS})"
        return JsonLine(no, drawn(cut), _("This line is too long for a tree."))
    try:
        value = json_tree.parse(text)
    except json_tree.BadJson as error:
        where = f"{_('column %d') % error.column}: " if error.column else ""
        return JsonLine(no, visible(text), _("Not JSON: %s") % f"{where}{error}")
    return JsonLine(no, json_tree.draw_line(value))
