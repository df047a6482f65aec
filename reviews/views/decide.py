"""Deciding, and taking it back: every refusal keeps the typed words and says who and when."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from reviews import decisions, lifecycle, verdicts
from reviews.models import Handoff
from reviews.views import again, changes, confirmation, edit_page, giving, origin
from reviews.views.handoff import handoff_or_404, is_fragment, is_pane, page_of, respond
from reviews.views.page import Conflict, HandoffPage
from reviews.views.signed_in import person
from reviews.views.words import Words
from workspaces import clock
from workspaces.errors import Forbidden, HandoffError


@login_required
@require_POST
@sensitive_post_parameters("password")
def decide(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    words = Words.posted(request.POST)
    page = page_of(request, handoff, words)
    if words.verdict in ("edit", "review") or words.change:
        return _edit(request, page)
    following = page.origin.queue(page.user).next_after(handoff)
    try:
        given = changes.attach(giving.given(page.revision, words), lambda: page.changes)
        if words.verdict == "approve" and page.several and not words.is_listed:
            return confirmation.ask(request, page, given)
        decisions.decide(
            handoff=handoff,
            user=page.user,
            revision=_number(request.POST.get("revision", "")),
            digest=request.POST.get("digest", ""),
            given=given,
            confirmation=words.confirmations,
            password=request.POST.get("password", ""),
            password_at=again.at(request),
        )
    except decisions.NotConfirmed as error:
        if confirmation.has_no_password(page, error):
            return _refused(request, number, words, error)
        return confirmation.ask(request, page, given, error)
    except verdicts.InvalidVerdict as error:
        return _mend(request, page, error)
    except (decisions.Superseded, lifecycle.Moved, Forbidden) as error:
        return _refused(request, number, words, error)
    if request.POST.get("password"):
        again.remember(request)
    return go_on(request, following)


def _edit(request: HttpRequest, page: HandoffPage) -> HttpResponse:
    """The form, a button of it, or the step that shows what will be sent. Decides nothing."""
    if not page.bar.is_open:
        return respond(request, page)
    try:
        if page.words.change:
            edit_page.press(page.revision, page.words)
        page.mode = "review" if page.words.verdict == "review" else "edit"
        if page.mode == "review" and not page.words.change:
            assert page.edits is not None
            return respond(request, page)
    except verdicts.InvalidVerdict as error:
        return _mend(request, page, error)
    page.begin_editing()
    return respond(request, page)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def go_on(request: HttpRequest, following: Handoff | None) -> HttpResponse:
    """To the next handoff of the list, where the undo bar waits; at its end to the list."""
    came = origin.of(request)
    if following is not None:
        return _to(request, following)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": came.url})
    return _see_other(came.url)


def _to(request: HttpRequest, handoff: Handoff) -> HttpResponse:
    """Its page, in the list that this one was opened from."""
    came = origin.of(request)
    if is_pane(request):
        return _see_other(f"{handoff.get_absolute_url()}?pane=1{came.more}")
    return _see_other(came.url_of(handoff))


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def _mend(request: HttpRequest, page: HandoffPage, error: verdicts.InvalidVerdict) -> HttpResponse:
    giving.place_faults(page.document, page.words, error.errors, error.detail)
    if isinstance(error, decisions.SecretsMasked):
        page.must_reveal = error.places
    if page.words.is_editing:
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
    return _to(request, handoff)


@login_required
@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Hovering over or focusing the undo bar keeps it open; answers the seconds left."""
    release_at = decisions.hold(handoff=handoff_or_404(request, number), user=person(request))
    left = (release_at - clock.now()).total_seconds() if release_at else 0
    return JsonResponse({"seconds": max(0.0, round(left, 1))})
