"""The handoff page, whole or as a fragment, and the pictures it shows."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews import binding, standing_in
from reviews.models import Artifact, Handoff
from reviews.permissions import visible_to
from reviews.rendering import image
from reviews.views import origin, undoing
from reviews.views.origin import Origin
from reviews.views.page import HandoffPage
from reviews.views.place import Place
from reviews.views.signed_in import person
from reviews.views.words import Words

ASKED = ("tab", "file", "as", "from", "against", "whole", "all")


def handoff_or_404(request: HttpRequest, number: str) -> Handoff:
    """The handoff of "HO-12", if this person may know of it."""
    pk = number.removeprefix("HO-")
    if not pk.isdecimal() or len(pk) > 18:
        raise Http404
    found = (
        standing_in.with_assignment(visible_to(person(request)))
        .select_related("workspace__work_hours", "submitter", "claimed_by", "assigned_to")
        .filter(pk=int(pk))
        .first()
    )
    if found is None:
        raise Http404
    return found


def page_of(
    request: HttpRequest,
    handoff: Handoff,
    words: Words | None = None,
    came: Origin | None = None,
) -> HandoffPage:
    """The page for what the address asks: round, tab, file, and the list it was opened from."""
    asked = {name: request.GET[name] for name in ASKED if name in request.GET}
    came = came or origin.of(request)
    asked.update(came.parameters)
    wanted = request.GET.get("round", "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else handoff.revision
    rounds = handoff.revisions.prefetch_related("artifacts")
    revision = rounds.filter(number=number).first() or rounds.get(number=handoff.revision)
    user = person(request)
    page = HandoffPage(
        handoff=handoff,
        revision=revision,
        user=user,
        place=Place(handoff, revision, user, asked),
        words=words or Words(),
        posted=request.POST if request.method == "POST" else None,
        origin=came,
    )
    before, after = came.queue(user).neighbours(handoff)
    page.previous_url = came.url_of(before) if before else ""
    page.next_url = came.url_of(after) if after else ""
    return page


def is_fragment(request: HttpRequest) -> bool:
    """Does htmx want a part? A restored history entry wants the whole page."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def respond(
    request: HttpRequest, page: HandoffPage, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page, or the part of it that was asked for."""
    target = request.headers.get("HX-Target", "")
    context = {"page": page, "section": "queue" if page.is_open else "decided", **more}
    if is_fragment(request) and target.endswith("#evidence"):
        context["marks_count"] = page.policy.needs_viewed and bool(page.demands)
        return render(request, "reviews/_evidence.html", context, status=status)
    if is_fragment(request) and request.POST.get("part") == "edit" and page.mode == "edit":
        return render(request, "reviews/_edit_actions.html", context, status=status)
    if request.headers.get("X-Purpose") == "prefetch":
        context["messages"] = ()  # they are for whoever opens the page, and said once
    else:
        context["undo"] = undoing.bar_for(request)
    context["pane"] = is_pane(request)
    template = "reviews/_handoff.html" if is_fragment(request) else "reviews/handoff.html"
    return render(request, template, context, status=status)


def is_pane(request: HttpRequest) -> bool:
    """Is the page shown beside the list, in its third column?"""
    return bool(request.POST.get("pane") or request.GET.get("pane"))


@login_required
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    handoff = handoff_or_404(request, number)
    page = page_of(request, handoff)
    if request.GET.get("edit") and page.bar.is_open:
        page.begin_editing()
    return respond(request, page)


@login_required
@require_safe
def picture(request: HttpRequest, number: str, sha256: str) -> HttpResponse:
    """An image bound to this handoff, from the store; nothing else is ever served inline."""
    handoff = handoff_or_404(request, number)
    known = Artifact.objects.filter(
        revision__handoff=handoff, kind=Artifact.Kind.FILE, sha256=sha256, is_stored=True
    )
    if not known.exists():
        raise Http404
    with binding.store().open(sha256) as file:
        data = file.read()
    found = image.sniff(data)
    if found is None or found.is_huge:
        raise Http404
    response = HttpResponse(data, content_type=found.media_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response
