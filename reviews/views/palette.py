"""What the palette (Ctrl K) asks the desk for: handoffs. Its commands are on the page already."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from reviews import finding
from reviews.models import Handoff
from reviews.rendering.text import plain
from reviews.views.signed_in import person

RECENT = "recent_handoffs"
MOST_TYPED = 120


@login_required
@require_safe
def show(request: HttpRequest) -> JsonResponse:
    """``?q=`` → ``{"handoffs": [{number, title, about, state, url}]}``.

    Without words those that this session looked at last.
    """
    user = person(request)
    words = request.GET.get("q", "")[:MOST_TYPED].strip()
    if words:
        found = finding.handoffs(user, words)
    else:
        found = finding.those(user, request.session.get(RECENT, []))
    response = JsonResponse({"handoffs": [_as_json(handoff) for handoff in found]})
    response["Cache-Control"] = "no-store"
    return response


def remember(request: HttpRequest, handoff: Handoff) -> None:
    """Among those that this session looked at last. Only for requests that may write."""
    before: list[int] = request.session.get(RECENT, [])
    after = [handoff.pk, *(pk for pk in before if pk != handoff.pk)][: finding.MOST]
    if after != before:
        request.session[RECENT] = after


def _as_json(handoff: Handoff) -> dict[str, Any]:
    return {
        "number": handoff.number,
        "title": plain(handoff.title),
        "about": f"{plain(handoff.submitter.name)} · {handoff.workspace}",
        "state": handoff.get_status_display(),
        "url": handoff.get_absolute_url(),
    }
