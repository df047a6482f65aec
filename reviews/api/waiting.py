"""``GET /handoffs/{id}?wait=30``: held until there is something to say, or the time is over.

Served by the ASGI handler; the synchronous steps are short and share one thread.
"""

import asyncio
import re
import time

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from reviews import live
from reviews.api import documents, handoffs
from reviews.models import Handoff, Status
from workspaces import auth, clock, http
from workspaces.errors import Invalid, Problem

MOST_SECONDS = 60
_PREFER = re.compile(r"\bwait\s*=\s*\"?(\d{1,6})\"?", re.IGNORECASE)


async def item(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        return await _item(request, public_id)
    except Exception as error:
        return await sync_to_async(http.answer_errors)(request, error)


async def _item(request: HttpRequest, public_id: str) -> HttpResponse:
    http.check_method(request, ("GET",))
    asking = await sync_to_async(http.authenticate)(request, "read")
    deadline = time.monotonic() + _seconds(request)
    with live.hub().waiting(public_id) as something:
        while True:
            something.clear()
            is_news = await sync_to_async(_look)(request, asking, public_id)
            left = deadline - time.monotonic()
            if is_news or left <= 0:
                break
            try:
                await asyncio.wait_for(something.wait(), left)
            except TimeoutError:
                continue
    return await sync_to_async(_answer)(request, asking.token.pk, public_id)


def _look(request: HttpRequest, asking: auth.Bearer, public_id: str) -> bool:
    return _has_news(request, handoffs.own(asking, public_id))


def _answer(request: HttpRequest, token_pk: int, public_id: str) -> HttpResponse:
    """Held for up to a minute: are the token and the right to this handoff still good?

    One step, as ``_look`` is: each way to the other thread and back may have to wait for a busy
    one, and a person's verdict is in the agent's hands at the end of it.
    """
    return handoffs.item_response(request, handoffs.own(auth.recheck(token_pk), public_id))


def _seconds(request: HttpRequest) -> float:
    """From ``?wait=`` or ``Prefer: wait=``, capped at 60. Raises Invalid (422)."""
    text = request.GET.get("wait")
    if text is None:
        match = _PREFER.search(request.headers.get("Prefer", ""))
        text = match.group(1) if match else "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        detail = "wait: must be a whole number of seconds."
        raise Invalid(detail, errors=[Problem("/wait", detail)])
    return min(int(text), MOST_SECONDS)


def _has_news(request: HttpRequest, handoff: Handoff) -> bool:
    """With If-None-Match: another ETag. Without: left pending, or a reviewer's message is last."""
    if tag := request.headers.get("If-None-Match"):
        answer = documents.latest_answer(handoff)
        return documents.etag(handoff, answer, clock.now()) != tag
    if handoff.status != Status.PENDING:
        return True
    if not handoff.message_count:
        return False
    last = handoff.comments.order_by("-pk").values_list("user_id", flat=True).first()
    return last is not None
