"""Putting a handoff off for everybody: until a time, and in any case until something happens.

It leaves the queue and nothing else: the agent still gets an answer whenever somebody decides,
and an expiry comes when it comes. "Until something happens" is a moment that never comes
(``FOREVER``) and no second column: one comparison says whether a handoff is snoozed, one index
finds what wakes next, and there is no state in which the two could contradict each other.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle
from reviews.models import Handoff, Status
from reviews.permissions import may_decide
from workspaces import clock, events
from workspaces.actors import SYSTEM, Actor
from workspaces.errors import Forbidden, Invalid, Problem
from workspaces.models import User
from workspaces.transactions import write

FOREVER = datetime(9000, 1, 1, tzinfo=UTC)  # every time zone can still express it
LONGEST = timedelta(days=366)


def snooze(*, handoff: Handoff, user: User, revision: int, until: datetime | None) -> datetime:
    """Put round ``revision`` off until a moment, or (None) until something happens.

    Gives one's own claim back. A new round, a message of the agent and an assignment wake it
    before its time. Returns the moment. Raises Forbidden, Invalid, lifecycle.Moved.
    """
    allowed = may_decide(user, handoff)
    if not allowed:
        raise Forbidden(allowed.reason)
    now = clock.now()
    _refuse_other_times(until, now)
    moment = until or FOREVER
    free = Q(claimed_by=None) | Q(claimed_by=user) | Q(claimed_until__lte=now)
    with write():
        moved = Handoff.objects.filter(
            free, pk=handoff.pk, status=Status.PENDING, verdict="", revision=revision
        ).update(snoozed_until=moment, snoozed_by=user, claimed_by=None, claimed_until=None)
        if not moved:
            raise lifecycle.Moved("This handoff moved on before it could be snoozed.")
        events.record(
            handoff.workspace_id,
            event_kinds.SNOOZED,
            subject=lifecycle.subject(handoff),
            actor=Actor.user(user),
            payload={
                "revision": revision,
                "until": until.isoformat(timespec="seconds") if until else "activity",
            },
            at=now,
        )
    return moment


def _refuse_other_times(until: datetime | None, now: datetime) -> None:
    if until is None or now < until <= now + LONGEST:
        return
    detail = (
        _("That time is past: choose a later one.")
        if until <= now
        else _("Choose a time within a year.")
    )
    raise Invalid(detail, errors=[Problem("/until", detail)])


def wake(handoff: Handoff, *, because: str, actor: Actor, at: datetime) -> bool:
    """Bring it back, in the caller's open transaction; False when it was not snoozed.

    ``because`` is round, message, assigned, person or time (then only what is due wakes).
    """
    asleep = Handoff.objects.filter(pk=handoff.pk, snoozed_until__isnull=False)
    if because == "time":
        asleep = asleep.filter(snoozed_until__lte=at)
    found = asleep.values_list("snoozed_until", "snoozed_by_id", "revision").first()
    if found is None:
        return False
    until, by, revision = found
    if not asleep.filter(snoozed_until=until, snoozed_by=by).update(**lifecycle.AWAKE):
        return False
    events.record(
        handoff.workspace_id,
        event_kinds.WOKEN,
        subject=lifecycle.subject(handoff),
        actor=actor,
        payload={"revision": revision, "because": because, "snoozed_by": by},
        at=at,
    )
    return True


def wake_now(*, handoff: Handoff, user: User) -> bool:
    """A person brings it back; False when it was awake. Raises Forbidden."""
    allowed = may_decide(user, handoff)
    if not allowed:
        raise Forbidden(allowed.reason)
    with write():
        return wake(handoff, because="person", actor=Actor.user(user), at=clock.now())


def wake_due(limit: int = 100) -> int:
    """Bring back everything whose time has come; returns how many. Any process may run it."""
    now = clock.now()
    due = Handoff.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")[:limit]
    count = 0
    for handoff in due:
        with write():
            count += wake(handoff, because="time", actor=SYSTEM, at=now)
    return count
