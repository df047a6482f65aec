"""The person a view acts for."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from workspaces.models import User


def person(request: HttpRequest) -> User:
    """Behind ``login_required``: the signed-in person, typed."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
