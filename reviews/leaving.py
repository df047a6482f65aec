"""One's own verdicts that have not left yet: what can still be taken back, soonest first."""

from collections.abc import Sequence

from reviews.models import Decision
from workspaces import clock
from workspaces.models import User

MOST = 50


def of(user: User) -> Sequence[Decision]:
    """At most ``MOST``, with what a row shows; one query."""
    return list(
        Decision.objects.filter(
            reviewer=user, released_at=None, undone_at=None, release_at__gt=clock.now()
        )
        .select_related("handoff__workspace", "handoff__submitter", "reviewer")
        .order_by("release_at")[:MOST]
    )
