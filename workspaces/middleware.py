"""Addresses that no text column can hold, and per-request settings of the person signed in."""

import zoneinfo
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from workspaces import roles, times
from workspaces.models import User


class AddressMiddleware(MiddlewareMixin):
    """Refuses the character NUL in an address: PostgreSQL takes it in no comparison."""

    def process_request(self, request: HttpRequest) -> None:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address has a NUL character.")


class PersonMiddleware:
    """Shows times in the person's own zone, and as spans or as moments."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user if not request.path.startswith("/api/") else None
        if isinstance(user, User):
            if request.method in ("GET", "HEAD"):
                roles.remember(user)
            try:
                zone = zoneinfo.ZoneInfo(user.time_zone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                zone = zoneinfo.ZoneInfo("UTC")
            with timezone.override(zone), times.absolute(user.has_absolute_times):
                return self.get_response(request)
        return self.get_response(request)
