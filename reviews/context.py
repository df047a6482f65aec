"""What every page of the desk shows around its content: rail counts and the bell."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from reviews import saved_views
from reviews.filtering import counting
from reviews.filtering.language import parse
from reviews.models import Delivery, SavedView
from reviews.queue import Queue
from workspaces import clock
from workspaces.models import Absence, User
from workspaces.permissions import is_admin_somewhere, visible_workspaces


def desk(request: HttpRequest) -> dict[str, Any]:
    """Lazily, so that a fragment which shows none of it asks for none of it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    rail = SimpleLazyObject(lambda: rail_of(user, _query(request)))
    return {
        "rail_counts": SimpleLazyObject(lambda: rail.counts),
        "saved_views": SimpleLazyObject(lambda: rail.views),
        "is_saved_view": SimpleLazyObject(lambda: any(saved.is_current for saved in rail.views)),
        "bell_unread": SimpleLazyObject(lambda: unread(user).count()),
        "own_absence": SimpleLazyObject(lambda: current_absence(user)),
        "is_admin_somewhere": SimpleLazyObject(lambda: is_admin_somewhere(user)),
        "error_layout": "errors/inside.html",  # with the rail, as every other page
    }


def current_absence(user: User) -> Absence | None:
    """While somebody is away, their own screens say so."""
    current = Absence.objects.current(clock.now()).select_related("delegate")
    return current.filter(user=user).first()


def unread(user: User) -> QuerySet[Delivery]:
    """Under the bell, of what this person may still see."""
    rows = Delivery.objects.filter(user=user, channel__kind="inbox", read_at=None)
    return rows.filter(handoff__workspace__in=visible_workspaces(user))


@dataclass(frozen=True)
class Saved:
    view: SavedView
    count: str
    is_current: bool


@dataclass(frozen=True)
class Rail:
    counts: dict[str, int]
    views: list[Saved]


def rail_of(user: User, query: str) -> Rail:
    """All its counts in one query; ``query`` is the filter that is on."""
    views = saved_views.ordered(user)[: saved_views.IN_RAIL]
    own = Queue(user).counted()
    asked = [*own, *saved_views.rows_of(views, user)]
    counts = counting.together(asked)
    others = counts[len(own) :]
    shown = [
        Saved(view, saved_views.counted(count), bool(query) and view.query == query)
        for view, count in zip(views, others, strict=True)
    ]
    return Rail(Queue.told(counts[: len(own)]), shown)


def _query(request: HttpRequest) -> str:
    return str(parse(request.GET.get("q", ""))) if request.path == "/" else ""
