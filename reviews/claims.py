"""Claims are leases: two minutes, renewed while the page is open, free when they lapse."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, policy, votes
from reviews.models import Handoff, Revision
from workspaces import clock, events
from workspaces.actors import Actor
from workspaces.errors import Forbidden
from workspaces.models import User
from workspaces.transactions import write


def claim(*, handoff: Handoff, user: User, take_over: bool = False) -> Handoff:
    """Lease the handoff to ``user``, or renew their lease. A take-over is recorded.

    Raises Forbidden, lifecycle.Moved when somebody else holds it.
    """
    cast = votes.standing(handoff.current)
    allowed = policy.may_vote(user, handoff, policy.of(handoff), cast)
    if not allowed:
        raise Forbidden(allowed.reason)
    now = clock.now()
    until = now + timedelta(seconds=settings.HANDOFF_CLAIM_SECONDS)
    with write():
        lifecycle.claim(handoff, user, until=until, at=now, take_over=take_over)
    handoff.claimed_by, handoff.claimed_until = user, until
    return handoff


def release(*, handoff: Handoff, user: User) -> bool:
    """Give one's claim back; False when there was none."""
    with write():
        return lifecycle.release_claim(handoff, user, at=clock.now())


def see(*, handoff: Handoff, user: User, revision: int, digest: str) -> bool:
    """Record that a person was shown this round; the first look of each person counts."""
    shown = handoff.revisions.filter(number=revision).first()
    if shown is None or shown.package_sha256 != digest:
        return False
    now = clock.now()
    with write():
        Revision.objects.filter(pk=shown.pk, first_seen_at=None).update(first_seen_at=now)
        known = handoff.workspace.events.filter(
            subject_type="handoff",
            subject_id=handoff.public_id,
            kind=event_kinds.SEEN,
            actor_kind="human",
            actor_id=str(user.pk),
            payload__revision=revision,
        )
        if known.exists():
            return False
        events.record(
            handoff.workspace_id,
            event_kinds.SEEN,
            subject=lifecycle.subject(handoff),
            actor=Actor.user(user),
            payload={"revision": revision, "package": digest},
            at=now,
        )
    return True


def state(handoff: Handoff, user: User) -> str:
    """Who holds it now: "", "mine", or a sentence naming who and until when."""
    if not handoff.has_live_claim(clock.now()):
        return ""
    if handoff.claimed_by_id == user.pk:
        return "mine"
    return _("Claimed by %(who)s") % {"who": handoff.claimed_by}
