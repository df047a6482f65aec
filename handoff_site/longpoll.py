"""Requests that wait for something run in Django's ASGI handler: a waiter must not hold a thread.

Two things differ from Django's own set-up. There is no thread (and so no database connection) a
request: all waiters' synchronous steps share one, and each of them is short. And the middleware is
the few that an API request with a bearer token needs: a synchronous one in the chain, such as
whitenoise, would block that one thread for as long as somebody waits.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.utils.module_loading import import_string

from handoff_site.bridge import Scope

URLCONF = "handoff_site.asgi_urls"
MIDDLEWARE = (
    "handoff_site.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "workspaces.middleware.AddressMiddleware",
)
WAITING_PATHS = re.compile(r"/api/v1/(handoffs/[^/]+|inbox)/?")


def is_long_poll(scope: Scope) -> bool:
    """A GET of something that can be waited for, with ``?wait=`` or ``Prefer: wait=``."""
    if scope["method"] != "GET" or not WAITING_PATHS.fullmatch(scope["path"]):
        return False
    if "wait" in parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
        return True
    return any(
        name == b"prefer" and b"wait=" in value.lower().replace(b" ", b"")
        for name, value in scope["headers"]
    )


class LongPollHandler(ASGIHandler):
    """`ASGIHandler` with the waiting views' URLs, without a thread a request."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Only ``__call__`` of `MIDDLEWARE` is used; the other hooks of middleware are not."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answer = self._get_response_async  # type: ignore[attr-defined] # django-stubs lacks it
        chain = convert_exception_to_response(answer)
        for name in reversed(MIDDLEWARE):
            chain = convert_exception_to_response(import_string(name)(chain))
        self._middleware_chain = chain

    def create_request(self, scope: Any, body_file: Any) -> Any:
        request, refusal = super().create_request(scope, body_file)
        if isinstance(request, ASGIRequest):
            request.urlconf = URLCONF
        return request, refusal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As Django's, less the thread-sensitive context: that is the thread a request."""
        await self.handle(scope, receive, send)
