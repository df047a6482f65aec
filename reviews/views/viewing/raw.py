"""Bytes that are not text: in hexadecimal, or the list of what an archive holds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reviews import veils
from reviews.rendering import archive, hexdump
from reviews.views.viewing.asked import Spot, spot
from reviews.views.viewing.shown import Subject, View

_BYTES = {"binary", "archive", "image", "media", "pdf"}


@dataclass(frozen=True)
class HexPage:
    lines: list[hexdump.HexLine]
    first_url: str = ""
    before_url: str = ""
    next_url: str = ""
    last_url: str = ""


def modes(subject: Subject) -> dict[str, str]:
    keys: dict[str, str] = {}
    if subject.kind == "archive":
        keys["archive"] = _("Entries")
    if subject.kind in _BYTES:
        keys["hex"] = _("Bytes")
    return keys


def draw(subject: Subject, shown: View, mode: str) -> None:
    if mode == "archive":
        with subject.origin.open() as file:
            shown.kind, shown.body = "archive", archive.read(file, subject.origin.size)
        shown.note(_("As the archive says; the desk unpacks nothing."))
        shown.note(shown.body.note)
        return
    if subject.kind == "binary":
        shown.note(
            _(
                "Not inspectable as text or picture. These are its bytes; what you decide on is "
                "the file with the digest below."
            )
        )
    shown.kind, shown.body = "hex", _hex_page(subject, mode)


def _hex_page(subject: Subject, mode: str) -> HexPage:
    size, page = subject.origin.size, hexdump.PAGE_BYTES
    wanted = spot(subject.place.asked.get("from", "")) or Spot(0, 1)
    at = min(wanted.at, max(size - 1, 0)) // 16 * 16
    last = max(size - 1, 0) // page * page

    def url(at: int) -> str:
        return subject.url(mode, **{"from": at})

    before = max(at - hexdump.AROUND, 0)
    around = subject.origin.read(before, at - before + page + hexdump.AROUND)
    data = veils.veil_bytes(around, slice(at - before, at - before + page))
    return HexPage(
        hexdump.draw(data, at),
        first_url=url(0) if at else "",
        before_url=url(max(at - page, 0)) if at else "",
        next_url=url(at + page) if at + page < size else "",
        last_url=url(last) if at + page < size else "",
    )
