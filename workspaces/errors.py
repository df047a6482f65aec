"""The one base error: everything the desk refuses says what, why and the way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault in something that came from outside.

    ``pointer`` is a JSON pointer (RFC 6901) into the document, "" for the whole of it;
    ``line`` and ``column`` count from 1 and are known only where bytes were parsed.
    """

    pointer: str
    detail: str
    line: int | None = None
    column: int | None = None

    def as_dict(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {"pointer": self.pointer, "detail": self.detail}
        if self.line is not None:
            found["line"] = self.line
        if self.column is not None:
            found["column"] = self.column
        return found


class HandoffError(Exception):
    """A refusal with a machine word (``code``), an HTTP status and a sentence for people."""

    code = "bad-request"
    status = 400
    title = "Bad request"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class Failed(HandoffError):
    """The desk's own fault: said without details, which are in the log."""

    code, status, title = "failed", 500, "Internal error"


class Unauthorised(HandoffError):
    code, status, title = "unauthorised", 401, "Not signed in"


class Forbidden(HandoffError):
    code, status, title = "forbidden", 403, "Not allowed"


class NotFound(HandoffError):
    code, status, title = "not-found", 404, "Not found"


class Conflict(HandoffError):
    code, status, title = "conflict", 409, "Conflict"


class TooLarge(HandoffError):
    code, status, title = "too-large", 413, "Too large"


class UnsupportedMediaType(HandoffError):
    code, status, title = "unsupported-media-type", 415, "Unsupported media type"


class Invalid(HandoffError):
    code, status, title = "invalid", 422, "Not valid"


class TooManyRequests(HandoffError):
    code, status, title = "too-many-requests", 429, "Too many requests"


class Unavailable(HandoffError):
    code, status, title = "unavailable", 503, "Temporarily unavailable"


class OutOfSpace(HandoffError):
    code, status, title = "out-of-space", 507, "Out of space"
