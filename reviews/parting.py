"""A page that goes gives its claim back a moment later: a page loaded anew comes back for it.

The moment is kept by this process alone. If it stops meanwhile, the lease lapses by itself.
"""

import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from reviews import lifecycle
from reviews.models import Handoff
from workspaces import clock
from workspaces.models import User
from workspaces.transactions import write

GRACE = 2.0  # seconds a page has to come back: longer than a reload, shorter than a look elsewhere
_ON_ITS_WAY = timedelta(seconds=1)  # a claim that the page asked for just before it went


def part(*, handoff: Handoff, user: User) -> threading.Timer:
    """Release the claim of ``user`` after GRACE, unless it was renewed until then."""
    now = clock.now()
    lease = timedelta(seconds=settings.HANDOFF_CLAIM_SECONDS)
    held = handoff.claimed_until if handoff.claimed_by_id == user.pk else None
    timer = threading.Timer(
        GRACE, _in_thread, (handoff.pk, user, held or now + lease + _ON_ITS_WAY)
    )
    timer.daemon = True
    timer.start()
    return timer


def give_back(handoff_pk: int, user: User, not_after: datetime) -> bool:
    """Release the claim if its lease ends at ``not_after`` at the latest: a renewed one stays."""
    with write():
        handoff = Handoff.objects.filter(
            pk=handoff_pk, claimed_by=user, claimed_until__lte=not_after
        ).first()
        return bool(handoff and lifecycle.release_claim(handoff, user, at=clock.now()))


def _in_thread(handoff_pk: int, user: User, not_after: datetime) -> None:
    try:
        give_back(handoff_pk, user, not_after)
    finally:
        connection.close()
