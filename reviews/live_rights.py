"""Who may see what now, for all open pages in a few queries."""

from collections.abc import Collection

from django.contrib.sessions.models import Session as StoredSession
from django.db.models import Count
from django.utils import timezone

from reviews.live_sockets import Session
from reviews.models import Delivery, Handoff
from workspaces import roles
from workspaces.models import DESK, User, Workspace

Rights = dict[int, frozenset[int] | None]


def visible_to(users: Collection[int]) -> Rights:
    """{user: workspaces they may see}; None for who may not sign in any more."""
    people = User.objects.filter(pk__in=users, is_active=True)
    found: Rights = dict.fromkeys(users)
    admins = set(people.filter(is_site_admin=True).values_list("pk", flat=True))
    everything = frozenset(Workspace.objects.exclude(slug=DESK).values_list("pk", flat=True))
    mine = roles.visible_to_each(users)
    for user_id in people.values_list("pk", flat=True):
        found[user_id] = everything if user_id in admins else frozenset(mine.get(user_id, ()))
    return found


def ended(sessions: Collection[tuple[int, Session]]) -> set[Session]:
    """Of these people's sessions, those that were signed out, ran out, or are of an old password.

    A session without a key is none of a browser and never ends here.
    """
    asked = {(user_id, session) for user_id, session in sessions if session.key}
    if not asked:
        return set()
    keys = [session.key for _, session in asked]
    alive = set(
        StoredSession.objects.filter(
            session_key__in=keys, expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    people = User.objects.in_bulk({user_id for user_id, _ in asked})
    hashes = {pk: user.get_session_auth_hash() for pk, user in people.items()}
    return {
        session
        for user_id, session in asked
        if session.key not in alive or session.auth_hash != hashes.get(user_id)
    }


def name_of(user_id: int) -> str:
    """As rows and pages name this person."""
    return str(User.objects.get(pk=user_id))


def workspace_of(handoff_id: int) -> int | None:
    """The workspace whose members may know of this handoff."""
    found = Handoff.objects.filter(pk=handoff_id).values_list("workspace_id", flat=True)
    return found.first()


def unread(users: Collection[int]) -> dict[int, int]:
    """{user: unread items under the bell, of what they may still see}"""
    rights = visible_to(users)
    rows = Delivery.objects.filter(user__in=users, channel__kind="inbox", read_at=None)
    found: dict[int, int] = dict.fromkeys(users, 0)
    for user, workspace, count in rows.values_list("user", "handoff__workspace").annotate(
        n=Count("pk")
    ):
        if workspace in (rights[user] or ()):
            found[user] += count
    return found
