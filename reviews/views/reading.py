"""What a reader does on the way: more lines, files viewed, points for the request, words read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import line_comments, talk, viewed
from reviews.models import Artifact
from reviews.permissions import may_decide
from reviews.rendering import diff, diff_html
from reviews.views import viewer, words_said
from reviews.views.handoff import handoff_or_404, page_of
from reviews.views.page import HandoffPage
from reviews.views.signed_in import person
from workspaces.errors import HandoffError

LOOKS = {"split": "split", "unified": "unified", "wrap": "wrap", "nowrap": "nowrap"}
YEAR = 365 * 24 * 3600


def is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else None


def _artifact(page: HandoffPage, number: int | None) -> Artifact:
    """The round's file of that number, counted from 1 as in addresses."""
    rows = page.revision.artifacts.filter(kind=Artifact.Kind.FILE).order_by("position")
    found = list(rows[number - 1 : number]) if number else []
    if not found:
        raise Http404
    return found[0]


def _require_reviewer(page: HandoffPage) -> None:
    allowed = may_decide(page.user, page.handoff)
    if not allowed:
        raise PermissionDenied(allowed.reason)


def _back(page: HandoffPage, url: str = "") -> HttpResponse:
    response = HttpResponseRedirect(url or page.evidence_url)
    response.status_code = 303
    return response


@login_required
@require_safe
def lines(request: HttpRequest, number: str) -> HttpResponse:
    """Unchanged lines that a diff folds: 20 of them with the rest still folded, or all."""
    page = page_of(request, handoff_or_404(request, number))
    file = _number(request.GET.get("file")) or 1
    artifact = _artifact(page, file)
    if not is_script(request):
        return HttpResponseRedirect(page.place.url(tab="files", file=file, whole=1) + "#evidence")
    start, stop = (_number(request.GET.get(name)) or 0 for name in ("start", "stop"))
    given = request.GET.get("shift", "")
    shift = int(given) if given.removeprefix("-").isdecimal() and len(given) < 9 else 0
    data, _note = viewer.content(artifact)
    low, high = start, min(stop, start + diff.LIMIT_ROWS)
    if request.GET.get("take") == "some":
        # Next to the change: above the first one, else below the one before.
        low, high = (max(start, stop - diff_html.STEP), stop) if not start else (
            start, min(stop, start + diff_html.STEP),
        )  # fmt: skip
    rows = diff.context_rows(data or b"", artifact.path, low, high, shift=shift)
    url = f"{request.path}?file={file}&round={page.revision.number}"
    body = (
        diff_html.fold(start, low, shift=shift, file=file, url=url)
        + "".join(diff_html.chunks(rows, file=file))
        + diff_html.fold(high, stop, shift=shift, file=file, url=url)
    )
    return HttpResponse(body)


@login_required
@require_POST
def mark_viewed(request: HttpRequest, number: str) -> HttpResponse:
    """Mark a file viewed and go on to the next that is not, or take the mark back."""
    handoff = handoff_or_404(request, number)
    page = page_of(request, handoff)
    file = _number(request.POST.get("file")) or 1
    artifact = _artifact(page, file)
    page.place.asked.pop("as", None)
    if request.POST.get("take_back"):
        viewed.unmark(handoff=handoff, user=page.user, artifact=artifact)
        return _back(page, page.place.url(tab="files", file=file) + "#evidence")
    viewed.mark(handoff=handoff, user=page.user, artifact=artifact)
    rows = list(page.revision.artifacts.filter(kind=Artifact.Kind.FILE).order_by("position"))
    states = viewed.states(handoff, page.user, rows)
    order = [*range(file, len(rows)), *range(file - 1)]
    following = next((at for at in order if states[rows[at].pk] != viewed.VIEWED), file - 1)
    return _back(page, page.place.url(tab="files", file=following + 1) + "#evidence")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def points(request: HttpRequest, number: str) -> HttpResponse:
    """A new point for the request for changes: the form for it, or keeping it."""
    handoff = handoff_or_404(request, number)
    page = page_of(request, handoff)
    _require_reviewer(page)
    asked = request.POST if request.method == "POST" else request.GET
    file, line, old_line = (_number(asked.get(name)) for name in ("file", "line", "old_line"))
    artifact = _artifact(page, file) if file else None
    body = asked.get("body", "")
    problem = ""
    if request.method == "POST":
        try:
            line_comments.add(
                handoff=handoff,
                revision=page.revision,
                user=page.user,
                body=body,
                path=artifact.path if artifact else "",
                line=line,
                old_line=old_line if line is None else None,
            )
        except HandoffError as error:
            if is_script(request):
                return HttpResponse(error.detail, status=error.status, content_type="text/plain")
            problem = error.detail
        else:
            return _list(request, page, file)
    context = {
        "page": page,
        "section": "queue",
        "artifact": artifact,
        "file": file,
        "line": line,
        "old_line": old_line,
        "typed": body,
        "problem": problem,
    }
    return render(request, "reviews/point.html", context, status=422 if problem else 200)


def _list(request: HttpRequest, page: HandoffPage, file: int | None) -> HttpResponse:
    if is_script(request):
        return render(request, "reviews/_changes.html", {"page": page})
    return _back(page, (page.place.url(tab="files", file=file) if file else page.url) + "#changes")


@login_required
@require_POST
def point(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Change or throw away one's own draft."""
    handoff = handoff_or_404(request, number)
    page = page_of(request, handoff)
    _require_reviewer(page)
    try:
        if request.POST.get("remove"):
            found = line_comments.remove(handoff=handoff, user=page.user, pk=pk)
        else:
            body = request.POST.get("body", "")
            found = line_comments.edit(handoff=handoff, user=page.user, pk=pk, body=body)
    except HandoffError as error:
        if is_script(request):
            return HttpResponse(error.detail, status=error.status, content_type="text/plain")
        messages.error(request, error.detail)
        return _back(page, page.url + "#changes")
    if not found:
        raise Http404
    return _list(request, page, None)


@login_required
@require_POST
def mark_point(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Tick a point of the last request off, or reopen it."""
    handoff = handoff_or_404(request, number)
    page = page_of(request, handoff)
    _require_reviewer(page)
    if not handoff.change_points.filter(pk=pk).exists():
        raise Http404
    try:
        line_comments.mark(handoff=handoff, user=page.user, pk=pk, as_=request.POST.get("mark", ""))
    except HandoffError as error:
        messages.error(request, error.detail)
    return _back(page, page.url)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, number: str) -> HttpResponse:
    """The messages so far, for a page that stays open; a POST notes how far one has read."""
    handoff = handoff_or_404(request, number)
    user = person(request)
    if request.method == "POST":
        talk.read(handoff=handoff, user=user, last=_number(request.POST.get("last")) or 0)
        return HttpResponse(status=204)
    page = page_of(request, handoff)
    context = {"page": page, "evidence": words_said.conversation(page.place)}
    return render(request, "reviews/_talk.html", context)


@login_required
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """How this browser shows diffs: side by side or not, long lines wrapped or not."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    is_quiet = is_script(request)
    response: HttpResponse = HttpResponse(status=204) if is_quiet else HttpResponseRedirect(back)
    for name in ("layout", "lines"):
        chosen = request.POST.get(name, "")
        if chosen in LOOKS:
            response.set_cookie(
                f"handoff_{name}", chosen, max_age=YEAR, httponly=True, samesite="Lax",
                secure=request.is_secure(),
            )  # fmt: skip
    return response
