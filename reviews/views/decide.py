"""Deciding, and taking it back: every refusal keeps the typed words and says who and when."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews import decisions, lifecycle, veils, verdicts
from reviews.models import Handoff
from reviews.queue import Queue
from reviews.rendering import json_view
from reviews.rendering.text import plain
from reviews.views import giving
from reviews.views.handoff import handoff_or_404, is_fragment, is_pane, page_of, respond
from reviews.views.page import Conflict, HandoffPage
from reviews.views.plans import ActionView
from reviews.views.signed_in import person
from reviews.views.words import Words
from workspaces import clock
from workspaces.errors import Forbidden, HandoffError


@login_required
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    words = Words.posted(request.POST)
    page = page_of(request, handoff, words)
    if words.verdict == "edit":
        page.mode = "edit"
        return respond(request, page)
    following = Queue(page.user).next_after(handoff)
    try:
        given = giving.given(page.revision, words)
        decisions.decide(
            handoff=handoff,
            user=page.user,
            revision=_number(request.POST.get("revision", "")),
            digest=request.POST.get("digest", ""),
            given=given,
            confirmation=words.confirmation,
        )
    except decisions.NotConfirmed as error:
        return _ask(request, page, given, error)
    except verdicts.InvalidVerdict as error:
        return _mend(request, page, error)
    except (decisions.Superseded, lifecycle.Moved, Forbidden) as error:
        return _refused(request, number, words, error)
    return _go_on(request, following)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _go_on(request: HttpRequest, following: Handoff | None) -> HttpResponse:
    """To the next handoff, where the undo bar waits."""
    if following is not None:
        url = following.get_absolute_url()
        return _see_other(f"{url}?pane=1" if is_pane(request) else url)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": reverse("queue")})
    return _see_other(reverse("queue"))


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def _ask(
    request: HttpRequest, page: HandoffPage, given: verdicts.Given, error: HandoffError
) -> HttpResponse:
    """One question more: type the name of what is critical."""
    approved = {v.action_id for v in given.verdicts if v.type in ("approve", "edit")}
    whole = None in approved
    critical = [
        action for action in page.actions if action.is_critical and (whole or action.id in approved)
    ]
    edited = {v.action_id: v.edited_args for v in given.verdicts if v.edited_args is not None}
    phrase = decisions.confirmation_phrase(
        page.revision, None if whole else {a or "" for a in approved}
    )
    typed = page.words.confirmation
    kept = [
        ("revision", request.POST.get("revision", "")),
        ("digest", request.POST.get("digest", "")),
        *page.words.fields(),
    ]
    if is_pane(request):
        kept.append(("pane", "1"))
    context: dict[str, Any] = {
        "page": page,
        "section": "queue",
        "critical": _as_sent(critical, edited),
        "kept": kept,
        "phrase": phrase,
        "typed": typed,
        "confirm_problem": error.detail if typed else "",
        "confirm_title": _("Approve %(name)s?") % {"name": plain(phrase)},
    }
    status = 422 if typed else 200
    if is_fragment(request):
        response = render(request, "reviews/_confirm_dialog.html", context, status=status)
        response["HX-Retarget"] = "#overlay"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "reviews/confirm.html", context, status=status)


def _as_sent(critical: list[ActionView], edited: dict[str | None, Any]) -> list[ActionView]:
    for action in critical:
        if action.id in edited:
            # Approving was allowed, so whatever is secret here was revealed to this reviewer.
            with veils.reading(is_shown=True):
                action.edited = json_view.pretty(edited[action.id])
    return critical


def _mend(request: HttpRequest, page: HandoffPage, error: verdicts.InvalidVerdict) -> HttpResponse:
    giving.place_faults(page.document, page.words, error.errors, error.detail)
    if isinstance(error, decisions.SecretsMasked):
        page.must_reveal = error.places
    if page.words.verdict == "edited":
        page.mode = "edit"
    return respond(request, page, status=422)


def _refused(request: HttpRequest, number: str, words: Words, error: HandoffError) -> HttpResponse:
    """The fresh page with the typed words, and a card that says why nothing was sent."""
    page = page_of(request, handoff_or_404(request, number), words)
    title = _("Not saved: %(why)s") % {"why": error.title}
    page.conflict = Conflict(error.status, title, error.detail)
    return respond(request, page, status=error.status)


@login_required
@require_POST
def undo(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    try:
        decisions.undo(handoff=handoff, user=person(request))
    except (lifecycle.Moved, Forbidden) as error:
        return _refused(request, number, Words(), error)
    url = handoff.get_absolute_url()
    return _see_other(f"{url}?pane=1" if is_pane(request) else url)


@login_required
@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Hovering over or focusing the undo bar keeps it open; answers the seconds left."""
    release_at = decisions.hold(handoff=handoff_or_404(request, number), user=person(request))
    left = (release_at - clock.now()).total_seconds() if release_at else 0
    return JsonResponse({"seconds": max(0.0, round(left, 1))})
