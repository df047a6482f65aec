"""Moving the due time of one handoff: for admins of the workspace and team leads."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, timers
from reviews.models import Handoff, RoutingRun, Status
from workspaces import clock, events, times
from workspaces.actors import Actor
from workspaces.errors import Forbidden, Invalid, Problem
from workspaces.models import User
from workspaces.permissions import Allowed, Answer, Denied, can, is_lead_somewhere
from workspaces.transactions import write

LONGEST = timedelta(days=366)


def may_change(user: User, handoff: Handoff) -> Answer:
    """Admins of its workspace, and leads of a team who may review there."""
    if can(user, "administer", handoff.workspace_id):
        return Allowed()
    allowed = can(user, "review", handoff.workspace_id)
    if not allowed:
        return allowed
    if is_lead_somewhere(user):
        return Allowed()
    return Denied(_("Only admins of the workspace and team leads may move a due time."))


def change(
    *, handoff: Handoff, user: User, revision: int, seen: datetime | None, to: datetime
) -> datetime:
    """Make round ``revision`` due at ``to``; what is still to come moves with it.

    ``seen`` is the due time that was shown (None: none). Raises Forbidden, Invalid, and
    lifecycle.Moved when the handoff or its due time moved meanwhile.
    """
    allowed = may_change(user, handoff)
    if not allowed:
        raise Forbidden(allowed.reason)
    now = clock.now()
    _refuse_other_times(handoff, to, now)
    with write():
        moved = Handoff.objects.filter(
            pk=handoff.pk, status=Status.PENDING, verdict="", revision=revision, due_at=seen
        ).update(due_at=to, is_due_in_business_time=False)
        if not moved:
            raise lifecycle.Moved(_why_not(handoff))
        handoff.due_at, handoff.is_due_in_business_time = to, False
        run = RoutingRun.objects.select_related("revision").get(
            handoff=handoff, revision__number=revision
        )
        timers.replan(handoff, run, at=now)
        events.record(
            handoff.workspace_id,
            event_kinds.DUE_CHANGED,
            subject=lifecycle.subject(handoff),
            actor=Actor.user(user),
            payload={
                "revision": revision,
                "due": to.isoformat(timespec="seconds"),
                "due_before": seen.isoformat(timespec="seconds") if seen else None,
            },
            at=now,
        )
    return to


def _refuse_other_times(handoff: Handoff, to: datetime, now: datetime) -> None:
    if to <= now:
        detail = _("That time is past: choose a later one.")
    elif to > now + LONGEST:
        detail = _("Choose a time within a year.")
    elif handoff.expires_at is not None and to > handoff.expires_at:
        detail = _("The agent waits until %(when)s and no longer; choose an earlier time.") % {
            "when": times.exact(handoff.expires_at)
        }
    else:
        return
    raise Invalid(detail, errors=[Problem("/at", detail)])


def _why_not(handoff: Handoff) -> str:
    stands = Handoff.objects.get(pk=handoff.pk)
    if stands.status != Status.PENDING or stands.verdict:
        return _("This handoff has been decided or has ended, so nothing is due any more.")
    if stands.revision != handoff.revision:
        return _("A newer round arrived, with a due time of its own.")
    if stands.due_at is None:
        return _("The due time was taken away meanwhile.")
    return _("Somebody moved the due time meanwhile: it is %(when)s now.") % {
        "when": times.exact(stands.due_at)
    }
