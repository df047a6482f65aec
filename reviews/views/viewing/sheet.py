"""Tables: CSV and TSV, a page of rows at a time."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reviews.rendering import table
from reviews.views.viewing.asked import Spot, spot
from reviews.views.viewing.shown import Subject, View


@dataclass(frozen=True)
class SheetPage:
    """Rows for the template, and the addresses of other pages ("" where there are none)."""

    table: table.TableView
    first_url: str = ""
    before_url: str = ""
    next_url: str = ""


def modes(subject: Subject) -> dict[str, str]:
    return {"table": _("Table")} if subject.kind == "table" and subject.origin.size else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    wanted = spot(subject.place.asked.get("from", "")) or Spot(0, 1)
    with subject.origin.open() as file:
        found = table.read(
            file, path=subject.artifact.path, at=min(wanted.at, subject.origin.size), no=wanted.no
        )
    shown.note(found.note)
    before = found.before_at

    def url(spot: Spot) -> str:
        return subject.url(mode, **{"from": spot})

    shown.kind = "table"
    shown.body = SheetPage(
        found,
        first_url=subject.url(mode) if before is not None else "",
        before_url=url(Spot(before, found.before_no)) if before is not None else "",
        next_url=url(Spot(found.next_at, found.first_no + len(found.rows)))
        if found.next_at is not None
        else "",
    )
