"""One id a request: on its answer, and in every line logged for it."""

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-ID"
current: ContextVar[str] = ContextVar("request_id", default="")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


def chosen(given: str) -> str:
    """The id of the proxy in front where it is a plain one, else one made here."""
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
