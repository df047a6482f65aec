"""What every page of the desk shows around its content: rail counts and the bell."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from reviews.models import Delivery
from reviews.queue import Queue
from workspaces.models import User
from workspaces.permissions import is_admin_somewhere, visible_workspaces


def desk(request: HttpRequest) -> dict[str, Any]:
    """Lazily, so that a fragment which shows none of it asks for none of it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {
        "rail_counts": SimpleLazyObject(lambda: Queue(user).counts()),
        "bell_unread": SimpleLazyObject(lambda: unread(user).count()),
        "is_admin_somewhere": SimpleLazyObject(lambda: is_admin_somewhere(user)),
        "error_layout": "errors/inside.html",  # with the rail, as every other page
    }


def unread(user: User) -> QuerySet[Delivery]:
    """Under the bell, of what this person may still see."""
    rows = Delivery.objects.filter(user=user, channel__kind="inbox", read_at=None)
    return rows.filter(handoff__workspace__in=visible_workspaces(user))
