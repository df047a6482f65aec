"""What viewers load beside the page: film and sound, pages of PDFs, drawn HTML and SVG.

Each answer is bound to a handoff, looked up by digest among its files, typed by its bytes, and
confined by a policy of its own; nothing else of what agents wrote is ever served inline.
"""

import base64
import html
import re
from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from reviews import reveals, secrets
from reviews.models import Artifact
from reviews.pdf import pages
from reviews.rendering import kinds, markup
from reviews.rendering import media as sound_and_film
from reviews.rendering.decoding import as_written
from reviews.rendering.text import encodable, plain
from reviews.views import ranges
from reviews.views.handoff import handoff_or_404
from reviews.views.signed_in import person
from reviews.views.viewing.origin import Origin, Unshown

Answer = TypeVar("Answer", bound=HttpResponseBase)

MOST_ALIKE = 50  # files of one content
LIMIT_DRAWN = 4 * 1024 * 1024
ALONE = "sandbox; default-src 'none'"
# No script, no request, no form, no way out; `frame-src` of the page around it stops links.
DRAWN = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
# Policies do not cover what a browser connects to beforehand: <link rel="preconnect">, and links
# under the pointer. So neither is left, but for links within the document.
_LINK = re.compile(r"<(?=/?link\b)", re.IGNORECASE)
_HREF = re.compile(r"\bhref(?=\s*=)(?!\s*=\s*[\"']?#)", re.IGNORECASE)
_SVG_PAGE = (
    "<!doctype html><meta charset=utf-8><title>SVG</title>"
    "<style>html,body{{height:100%;margin:0}}body{{display:grid;place-items:center;"
    "background:#fff}}img{{max-width:100%;max-height:100%}}</style>"
    '<img alt="{alt}" src="data:image/svg+xml;base64,{data}">'
)


def bound(
    request: HttpRequest, number: str, sha256: str, fits: Callable[[Origin], bool] | None = None
) -> Origin:
    """The file with that digest, if it is bound to this handoff and the person may know of it.

    Of several that are alike but for their names, the first that ``fits``.
    """
    handoff = handoff_or_404(request, number)
    alike = Artifact.objects.filter(
        revision__handoff=handoff, kind=Artifact.Kind.FILE, sha256=sha256
    ).order_by("-is_stored", "-revision__number", "position")[:MOST_ALIKE]
    origins = [Origin(artifact, handoff.workspace) for artifact in alike]
    if not origins:
        raise Http404
    return next((each for each in origins if fits is None or fits(each)), origins[0])


@login_required
@require_safe
def media(request: HttpRequest, number: str, sha256: str) -> HttpResponseBase:
    origin = bound(request, number, sha256)
    try:
        facts = sound_and_film.sniff(origin.head)
    except Unshown:
        raise Http404 from None
    if facts is None:
        raise Http404
    return _confined(ranges.answer(request, origin, facts.media_type), ALONE)


@login_required
@require_safe
def page(request: HttpRequest, number: str, sha256: str, page: int) -> HttpResponse:
    """A page of a PDF as a PNG of our own making."""
    origin = bound(request, number, sha256)
    try:
        if not origin.head.startswith(b"%PDF-"):
            raise Http404
        with origin.open() as file:
            drawn = pages.draw(file, sha256, page)
    except Unshown:
        raise Http404 from None
    is_secret = bool(secrets.find(drawn.text))
    if drawn.error or (is_secret and not _may_see(request, origin.artifact)):
        raise Http404
    answer = _confined(HttpResponse(drawn.png, content_type="image/png"), ALONE)
    return _unkept(answer) if is_secret else answer


@login_required
@require_safe
@xframe_options_sameorigin
def frame(request: HttpRequest, number: str, sha256: str) -> HttpResponse:
    """An HTML or SVG file as a document that can do nothing, for the frame of its viewer."""
    origin = bound(request, number, sha256, _is_drawn)
    artifact = origin.artifact
    try:
        kind = kinds.choose(artifact.path, artifact.media_type, origin.head, origin.size)
        data = origin.read(0, LIMIT_DRAWN + 1)
    except Unshown:
        raise Http404 from None
    text = as_written(data).text
    if kind not in {"html", "svg"} or text is None or len(data) > LIMIT_DRAWN:
        raise Http404
    is_secret = bool(secrets.find(text)) or markup.parts_a_secret(text)
    if is_secret and not _may_see(request, artifact):
        if markup.parts_a_secret(text):
            raise Http404
        text = secrets.masked(text)
        data = encodable(text).encode()
    if kind == "svg":
        # As an image an SVG runs and loads nothing by itself, policy or not.
        body = _SVG_PAGE.format(
            alt=html.escape(plain(artifact.path.rpartition("/")[2])),
            data=base64.b64encode(data).decode(),
        )
    else:
        body = _HREF.sub("data-href", _LINK.sub("&lt;", text))
    answer = HttpResponse(encodable(body), content_type="text/html; charset=utf-8")
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-DNS-Prefetch-Control"] = "off"
    answer = _confined(answer, DRAWN)
    return _unkept(answer) if is_secret else answer


def _is_drawn(origin: Origin) -> bool:
    artifact = origin.artifact
    try:
        kind = kinds.choose(artifact.path, artifact.media_type, origin.head, origin.size)
    except Unshown:
        return False
    return kind in {"html", "svg"}


def _may_see(request: HttpRequest, artifact: Artifact) -> bool:
    """Were its secrets revealed to this person?"""
    handoff = artifact.revision.handoff
    return reveals.has_seen_file(person(request), handoff, artifact.sha256 or "")


def _unkept(answer: Answer) -> Answer:
    """What is shown changes when the secrets are revealed, so no browser keeps it."""
    answer["Cache-Control"] = "no-store"
    return answer


def _confined(answer: Answer, policy: str) -> Answer:
    answer["Content-Security-Policy"] = policy
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=3600, immutable"
    return answer
