"""What a page missed while its socket was away."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from reviews import live_messages, live_rights
from reviews.views.signed_in import person


@login_required
@require_safe
def delta(request: HttpRequest) -> JsonResponse:
    """``?since={"<workspace>": seq}`` → the messages since then, or ``reload`` for too many."""
    user = person(request)
    visible = live_rights.visible_to([user.pk])[user.pk] or frozenset()
    messages = live_messages.delta(visible, _since(request.GET.get("since", "")))
    if messages is None:
        return JsonResponse({"reload": True, "messages": []})
    unread = live_rights.unread([user.pk]).get(user.pk, 0)
    seqs = {pk: seq for pk, seq in live_messages.sequences().items() if pk in visible}
    answer = {"reload": False, "messages": messages, "unread": unread, "seqs": seqs}
    response = JsonResponse(answer)
    response["Cache-Control"] = "no-store"
    return response


def _since(text: str) -> dict[int, int]:
    """What the page says it knows; what makes no sense counts as knowing nothing."""
    try:
        given = json.loads(text)
        return {int(workspace): max(0, int(seq)) for workspace, seq in given.items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}
