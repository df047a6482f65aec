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


def draw(data: bytes, first_no: int, *, before: bytes = b"", after: bytes = b"") -> list[JsonLine]:
    """The lines of `data`, which count from `first_no`; what stands around them tells secrets in
    lines that an edge cuts."""
    lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n") if data else []
    if lines:
        lead = before.rpartition(b"\n")[2].decode("utf-8", "replace")
        if lead:
            lines[0] = veils.veil_part(lead + lines[0], len(lead), len(lead) + len(lines[0]))
        tail = after.partition(b"\n")[0].decode("utf-8", "replace")
        if tail and not data.endswith(b"\n"):
            lines[-1] = veils.veil_part(lines[-1] + tail, 0, len(lines[-1]))
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
