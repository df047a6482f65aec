"""Looking, claiming and writing to the agent: small POSTs, each with a page for no script."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from reviews import claims, conversation, parting
from reviews.models import Handoff
from reviews.queue import Queue
from reviews.views import origin, palette
from reviews.views.handoff import handoff_or_404, page_of, respond
from reviews.views.signed_in import person
from workspaces.errors import HandoffError


@login_required
@require_POST
def seen(request: HttpRequest, number: str) -> HttpResponse:
    revision = request.POST.get("revision", "")
    handoff = handoff_or_404(request, number)
    palette.remember(request, handoff)
    claims.see(
        handoff=handoff,
        user=person(request),
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else 0,
        digest=request.POST.get("digest", ""),
    )
    return HttpResponse(status=204)


@login_required
@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    try:
        take_over = bool(request.POST.get("take_over"))
        claims.claim(handoff=handoff, user=person(request), take_over=take_over)
    except HandoffError as error:
        return _answer(request, handoff, error)
    return _answer(request, handoff)


@login_required
@require_POST
def release(request: HttpRequest, number: str) -> HttpResponse:
    """Gives a claim back: at once, or once it is clear that the page that went stays away."""
    handoff = handoff_or_404(request, number)
    if request.POST.get("parting"):
        parting.part(handoff=handoff, user=person(request))
        return HttpResponse(status=204)
    claims.release(handoff=handoff, user=person(request))
    return _answer(request, handoff)


def _answer(
    request: HttpRequest, handoff: Handoff, error: HandoffError | None = None
) -> HttpResponse:
    """The chip that says who holds it, for the script; the page again for everybody else.

    Opening a page claims it by itself, so that coming too late is no error there.
    """
    if request.headers.get("X-Requested-With") == "fetch":
        page = page_of(request, handoff_or_404(request, handoff.number))
        mine = Queue(person(request)).counts()["mine"]
        return render(request, "reviews/_claim.html", {"page": page, "mine": mine})
    if error:
        messages.error(request, error.detail)
    return HttpResponseRedirect(origin.of(request).url_of(handoff))


@login_required
@require_POST
def message(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    text = request.POST.get("text", "")
    try:
        conversation.say(handoff=handoff, user=person(request), text=text)
    except HandoffError as error:
        page = page_of(request, handoff)
        page.place.asked["tab"] = "conversation"
        page.evidence.update(problem=error.detail, typed=text)
        return respond(request, page, status=error.status)
    more = origin.of(request).more
    url = f"{handoff.get_absolute_url()}?tab=conversation{more}#evidence"
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
