"""What is the same for every request: its id on the answer, its access line, and its place in the
metrics."""

import logging
import time
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from handoff_site import metrics
from handoff_site.request_ids import HEADER, chosen, current

logger = logging.getLogger("handoff.access")
GetResponse = Callable[[HttpRequest], HttpResponseBase]
AsyncGetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class RequestMiddleware:
    """Takes the id of the proxy in front where it is a plain one, else makes one.

    Counts and times the request too. Serves ordinary requests and, as a coroutine, waiting ones.
    """

    sync_capable = async_capable = True

    def __init__(self, get_response: GetResponse | AsyncGetResponse) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._waited(request)
        token, begun = current.set(chosen(request.headers.get(HEADER, ""))), time.perf_counter()
        try:
            response = self._get_response(request)
            assert isinstance(response, HttpResponseBase)
            return _ended(request, response, begun, is_waiting=False)
        finally:
            current.reset(token)

    async def _waited(self, request: HttpRequest) -> HttpResponseBase:
        token, begun = current.set(chosen(request.headers.get(HEADER, ""))), time.perf_counter()
        try:
            response = await self._get_response(request)  # type: ignore[misc]
            return _ended(request, response, begun, is_waiting=True)
        finally:
            current.reset(token)


def _ended(
    request: HttpRequest, response: HttpResponseBase, begun: float, *, is_waiting: bool
) -> HttpResponseBase:
    seconds = time.perf_counter() - begun
    response[HEADER] = current.get()
    match = request.resolver_match
    route = f"/{match.route}" if match else "none"
    if not is_waiting:  # how long an agent waits says nothing of the desk
        metrics.answered(request.method or "", route, response.status_code, seconds)
    # The address without its query, which holds what people look for.
    logger.info(
        "%s %s %d %.0f ms", request.method, request.path, response.status_code, 1000 * seconds
    )
    return response
