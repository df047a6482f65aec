"""One cell of a table: text whatever it begins with, long ones folded."""

import html

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering.text import drawn, mark

LIMIT = 2_000
FOLDED = 240
_HEAD = 120
_FORMULA = ("=", "@", "+", "-", "\t", "\r")


def draw(text: str, column: str = "") -> SafeString:
    """Safe HTML; a cell that a spreadsheet would compute begins with a mark that says so. In a
    ``column`` whose name says that it is secret, the whole cell is one."""
    sign = mark("ƒ", _("A spreadsheet would take this for a formula")) if is_formula(text) else ""
    member = veils.veil_member(column, text) if column else None
    text = veils.veil(text) if member is None else member
    body = drawn(text[:LIMIT], multiline=True)
    if len(text) > LIMIT:
        body = mark_safe(f"{body}… (+{len(text) - LIMIT})")
    if len(text) > FOLDED:
        head = drawn(text[:_HEAD], multiline=True)
        more = html.escape(_("%(count)d characters") % {"count": len(text)})
        body = mark_safe(
            f"<details><summary>{head}… <small>{more}</small></summary>{body}</details>"
        )
    return mark_safe(sign + body)


def is_formula(text: str) -> bool:
    """Would a spreadsheet compute it? Signed numbers are numbers."""
    return text.startswith(_FORMULA) and not _is_number(text)


def _is_number(cell: str) -> bool:
    bare = cell[1:].replace(".", "").replace(",", "").replace("%", "").replace(" ", "")
    return cell[:1] in "+-" and (not bare or bare.replace("e", "").replace("-", "").isdigit())
