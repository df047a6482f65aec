"""Showing masked secrets to one reviewer: a POST, kept as an Event."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from reviews import reveals
from reviews.views.handoff import handoff_or_404, is_fragment, page_of, respond
from reviews.views.masks import Masks
from reviews.views.page import HandoffPage
from reviews.views.words import Words
from workspaces.errors import Forbidden


@login_required
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Reveal the place that is named, and show the same page with it; what was typed is kept."""
    handoff = handoff_or_404(request, number)
    name = request.POST.get("place") or request.GET.get("place", "")
    page = page_of(request, handoff)
    masks = _masks_of(page, name) if reveals.is_place(name) else Masks()
    try:
        reveals.reveal(
            handoff=handoff,
            revision=page.revision,
            user=page.user,
            place=name,
            kinds=masks.kinds,
        )
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    words = Words.posted(request.POST)
    is_edit = bool(request.GET.get("edit") or words.args or words.files)
    if not is_fragment(request) and not words.has_any:
        anchor = "#evidence" if name not in ("words",) and not name.startswith("action:") else ""
        url = page.place.url(edit=1) if is_edit else page.evidence_url + anchor
        return _see_other(url)
    page = page_of(request, handoff, words)
    page.just_revealed = name
    page.mode = "edit" if is_edit else "show"
    return respond(request, page)


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def _masks_of(page: HandoffPage, name: str) -> Masks:
    """What is masked there for somebody to whom nothing was revealed or everything."""
    if name == "words":
        return page.words_masks
    kind, _colon, index = name.partition(":")
    if kind == "action":
        return next((each.masks for each in page.actions if each.masks.name == name), Masks())
    page.place.asked["tab"] = kind
    if index:
        page.place.asked["file"] = index
    found = page.evidence["masks"]
    return found if isinstance(found, Masks) else Masks()
