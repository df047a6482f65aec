"""When this session last proved that its person is there, by their password."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from workspaces import clock

_KEY = "password_at"


def at(request: HttpRequest) -> datetime | None:
    return parse_datetime(request.session.get(_KEY, ""))


def remember(request: HttpRequest) -> None:
    """The password that came with this request was right."""
    request.session[_KEY] = clock.now().isoformat()
