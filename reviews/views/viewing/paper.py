"""PDFs: one page at a time as a picture, its text beside it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews import veils
from reviews.pdf import pages
from reviews.rendering.text import visible
from reviews.views.viewing.asked import Spot, spot
from reviews.views.viewing.shown import Subject, View

# In an address: draw it now, however long that takes.
_NOW = 2


@dataclass(frozen=True)
class Paper:
    """``image_url`` is "" until the page has been drawn: then ``draw_url`` does it."""

    number: int
    draw_url: str
    image_url: str = ""
    is_withheld: bool = False  # the picture: it shows a secret that is masked in the text
    width: int = 0
    height: int = 0
    text: SafeString | str = ""
    count: int = 0
    before_url: str = ""
    next_url: str = ""
    first_url: str = ""
    last_url: str = ""


def modes(subject: Subject) -> dict[str, str]:
    return {"pages": _("Pages")} if subject.kind == "pdf" else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    """Draws from the cache; the page itself comes at once and then asks for what is not there."""
    wanted = spot(subject.place.asked.get("from", "")) or Spot(1, 1)
    number, sha256 = wanted.at, subject.artifact.sha256 or ""
    shown.kind = "paper"
    page = pages.drawn(sha256, number)
    if page is None and wanted.no != _NOW:
        shown.body = Paper(number, subject.url(mode, **{"from": Spot(number, _NOW)}))
        return
    if page is None:
        with subject.origin.open() as file:
            page = pages.draw(file, sha256, number)
    if page.error:
        shown.be_blank(*_sorry(page, number))
        return
    last = min(page.pages, pages.MAX_PAGES)
    if page.pages > pages.MAX_PAGES:
        shown.note(
            _("It has %(count)d pages; the first %(limit)d can be looked at here.")
            % {"count": page.pages, "limit": pages.MAX_PAGES}
        )

    def url(number: int) -> str:
        return subject.url(mode, **{"from": number})

    address = reverse("pdf-page", args=[subject.place.handoff.number, sha256, number])
    shown.body = Paper(
        number,
        "",
        image_url=address,
        is_withheld=veils.is_hidden(page.text),
        width=page.width,
        height=page.height,
        text=visible(page.text.replace("\r\n", "\n"), multiline=True),
        count=page.pages,
        first_url=url(1) if number > 1 else "",
        before_url=url(number - 1) if number > 1 else "",
        next_url=url(number + 1) if number < last else "",
        last_url=url(last) if number < last else "",
    )


def _sorry(page: pages.Page, number: int) -> tuple[str, str]:
    return {
        "password": (
            _("This PDF is locked with a password"),
            _("The desk cannot draw it. Ask the agent to hand in one without a password."),
        ),
        "page": (
            _("There is no page %d") % number,
            _("It has %d pages.") % page.pages if page.pages else "",
        ),
        "large": (
            _("Too large to draw"),
            _("PDFs of up to 64 MB are drawn. Ask the agent for it in parts."),
        ),
        "costly": (
            _("This page takes too much time or memory to draw"),
            _("The desk stopped drawing it. Be wary of such a PDF; its bytes are under “Bytes”."),
        ),
        "busy": (
            _("The desk is drawing other pages"),
            _("Open this page again in a moment."),
        ),
    }.get(
        page.error,
        (
            _("This PDF cannot be drawn"),
            _("It is damaged, or it is no PDF but for its first bytes. Ask the agent for another."),
        ),
    )
