"""Filters with a name: one's own, and those shared with a team or with everyone on the desk."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from reviews.filtering import counting, matching
from reviews.filtering.language import parse
from reviews.models import Handoff, SavedView
from reviews.permissions import visible_to as visible_handoffs
from workspaces import clock
from workspaces.errors import Conflict, Forbidden
from workspaces.models import Team, User
from workspaces.transactions import write

IN_RAIL = 9  # one a key
MOST_COUNTED = 100  # a count stops here: "99+"
MOST_OWN = 50


def available_to(user: User) -> QuerySet[SavedView]:
    """One's own and what is shared with them."""
    teams = Team.objects.filter(members=user).values("pk")
    shared = Q(sharing=SavedView.Sharing.DESK) | Q(sharing=SavedView.Sharing.TEAM, team__in=teams)
    return SavedView.objects.filter(Q(owner=user) | shared)


def ordered(user: User) -> list[SavedView]:
    """Own ones first, as they were put; then the others' by name."""
    views = available_to(user).select_related("owner", "team")[: 4 * MOST_OWN]
    return sorted(
        views,
        key=lambda view: (
            view.owner_id != user.pk,
            view.position if view.owner_id == user.pk else 0,
            "" if view.owner_id == user.pk else view.name.casefold(),
            view.pk,
        ),
    )


def save(
    user: User, *, name: str, query: str, sharing: SavedView.Sharing, team: Team | None
) -> SavedView:
    """At the end of one's own. Raises Conflict beyond 50 of them."""
    with write():
        own = SavedView.objects.filter(owner=user)
        if own.count() >= MOST_OWN:
            raise Conflict(_("You have %(most)d views; remove one first.") % {"most": MOST_OWN})
        last = own.aggregate(last=Max("position"))["last"]
        return SavedView.objects.create(
            owner=user,
            name=name,
            query=str(parse(query)),
            sharing=sharing,
            team=team,
            position=0 if last is None else last + 1,
        )


def change(
    view: SavedView, user: User, *, name: str, sharing: SavedView.Sharing, team: Team | None
) -> None:
    """Raises Forbidden for another's."""
    if view.owner_id != user.pk:
        raise Forbidden(_("This view is somebody else's; save your own to change it."))
    with write():
        SavedView.objects.filter(pk=view.pk).update(name=name, sharing=sharing, team=team)


def remove(view: SavedView, user: User) -> None:
    """One's own; a site admin also what others shared. Raises Forbidden."""
    is_shared = view.sharing != SavedView.Sharing.OWN
    if view.owner_id != user.pk and not (user.is_site_admin and is_shared):
        raise Forbidden(_("Only its owner or a site admin removes a shared view."))
    with write():
        SavedView.objects.filter(pk=view.pk).delete()


def move(view: SavedView, user: User, *, by: int) -> None:
    """One place up (-1) or down (1) among one's own. Raises Forbidden for another's."""
    if view.owner_id != user.pk:
        raise Forbidden(_("The order is of your own views only."))
    with write():
        own = list(SavedView.objects.filter(owner=user).order_by("position", "pk"))
        here = next((place for place, each in enumerate(own) if each.pk == view.pk), None)
        if here is None:
            return
        own.insert(min(max(0, here + by), len(own)), own.pop(here))
        for place, each in enumerate(own):
            each.position = place
        SavedView.objects.bulk_update(own, ["position"])


def rows_of(views: Sequence[SavedView], user: User) -> list[QuerySet[Handoff, Any]]:
    """What each counts, for ``counting.together``: up to ``MOST_COUNTED``."""
    viewer = matching.Viewer(user, clock.now())
    visible = visible_handoffs(user)
    return [
        visible.filter(matching.condition(parse(view.query), viewer), verdict="")
        .order_by()
        .values("pk")[:MOST_COUNTED]
        for view in views
    ]


def counts(user: User, views: Sequence[SavedView]) -> dict[int, int]:
    """{view: how many handoffs}, up to ``MOST_COUNTED`` each, in one query for all."""
    found = counting.together(rows_of(views, user))
    return dict(zip((view.pk for view in views), found, strict=True))


def counted(count: int) -> str:
    """As the rail shows it."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)
