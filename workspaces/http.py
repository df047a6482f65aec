"""What every JSON endpoint shares: limits before parsing, bearer tokens, RFC 9457 problems."""

import logging
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.utils import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from workspaces import strictjson, throttle
from workspaces.auth import Bearer, bearer
from workspaces.errors import (
    Failed,
    Forbidden,
    HandoffError,
    Invalid,
    Problem,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)

logger = logging.getLogger("handoff.api")
FAILED = "The desk failed on this request; its log has the reason."
PROBLEM_TYPE = "application/problem+json"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
AgentView = Callable[Concatenate[HttpRequest, Bearer, P], HttpResponse]


class MethodNotAllowed(HandoffError):
    code, status, title = "method-not-allowed", 405, "Method not allowed"


def json_response(
    value: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Canonical JSON: numbers of documents stay as they were written."""
    response = HttpResponse(strictjson.dumps(value), content_type="application/json", status=status)
    for name, text in (headers or {}).items():
        response[name] = text
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def problem_response(request: HttpRequest, error: HandoffError) -> HttpResponse:
    """``{type, title, status, detail, instance, errors}`` (RFC 9457)."""
    body = {
        "type": f"about:blank#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.path,
        "errors": [problem.as_dict() for problem in error.errors],
    }
    response = json_response(body, status=error.status, headers=error.headers)
    response["Content-Type"] = PROBLEM_TYPE
    return response


def answer_errors(request: HttpRequest, error: Exception) -> HttpResponse:
    """Turn what a view raised into a problem: never a traceback, a bare 500 at the very worst."""
    if isinstance(error, HandoffError):
        return problem_response(request, error)
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("database away: %s", error)
        away = Unavailable(
            "The desk's database is away for a moment; nothing was changed, send it again.",
            headers={"Retry-After": "2"},
        )
        return problem_response(request, away)
    logger.exception("%s %s failed", request.method, request.path)
    return problem_response(request, Failed(FAILED))


def endpoint(*methods: str) -> Callable[[View[P]], View[P]]:
    """A JSON view for these methods, exempt from CSRF (no cookie is looked at)."""

    def decorate(view: View[P]) -> View[P]:
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                check_method(request, methods)
                return view(request, *args, **kwargs)
            except Exception as error:
                return answer_errors(request, error)

        return csrf_exempt(update_wrapper(wrapped, view))

    return decorate


def check_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    """Raises MethodNotAllowed (405 with Allow)."""
    if request.method in methods or (request.method == "HEAD" and "GET" in methods):
        return
    allowed = ", ".join(methods)
    raise MethodNotAllowed(f"Use {allowed} here.", headers={"Allow": allowed})


def agent_endpoint(*methods: str, scope: str) -> Callable[[AgentView[P]], View[P]]:
    """As ``endpoint``, for an agent whose token has ``scope``, within its rate."""

    def decorate(view: AgentView[P]) -> View[P]:
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return view(request, authenticate(request, scope), *args, **kwargs)

        return endpoint(*methods)(update_wrapper(wrapped, view))

    return decorate


def authenticate(request: HttpRequest, scope: str) -> Bearer:
    """The agent that asks. Raises Unauthorised, Forbidden (scope), TooManyRequests."""
    asking = bearer(request.headers.get("Authorization", ""))
    throttle.check_token(asking.token)
    if not asking.has_scope(scope):
        raise Forbidden(f"This token lacks the scope “{scope}”; an admin can issue one with it.")
    return asking


def read_body(request: HttpRequest) -> bytes:
    """The JSON body as bytes, limited before it is read. Raises TooLarge, UnsupportedMediaType."""
    if request.content_type not in ("application/json", ""):
        raise UnsupportedMediaType("Send the document as application/json.")
    limit = settings.HANDOFF_BODY_BYTES
    refusal = TooLarge(f"The body may have {limit:,} bytes at the most.")
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > limit:
        raise refusal
    try:
        body = request.read(limit + 1)
    except RequestDataTooBig:
        raise refusal from None
    except UnreadablePostError:
        raise HandoffError("The connection ended before the whole body had arrived.") from None
    if len(body) > limit:
        raise refusal
    return bytes(body)


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The body as a JSON object. Raises MalformedJson (400), Invalid (422)."""
    return as_object(read_body(request))


def as_object(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; an empty one is ``{}``."""
    value = strictjson.loads(body or b"{}")
    if not isinstance(value, dict):
        detail = "Send a JSON object."
        raise Invalid(detail, errors=[Problem("", detail)])
    return value


def whole_number(
    request: HttpRequest, name: str, *, default: int, least: int = 0, most: int
) -> int:
    """A query parameter as an integer. Raises Invalid (422) naming it."""
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or not (
        least <= int(text) <= most
    ):
        detail = f"{name}: must be a whole number from {least} to {most}."
        raise Invalid(detail, errors=[Problem(f"/{name}", detail)])
    return int(text)
