"""The undo bar: one's own newest verdict that has not left yet, on whatever page comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reviews.models import Decision, Outcome
from workspaces import clock
from workspaces.models import User


@dataclass(frozen=True)
class UndoBar:
    """``seconds`` until the verdict leaves, ``window`` the whole span of the ring."""

    number: str
    what: str
    agent: str
    seconds: float
    window: float
    release_at: datetime
    is_vote: bool = False  # others are still to vote

    @property
    def whole(self) -> int:
        return max(1, round(self.seconds))


def bar_for(user: User) -> UndoBar | None:
    now = clock.now()
    decision = (
        Decision.objects.filter(reviewer=user, released_at=None, undone_at=None, release_at__gt=now)
        .select_related("handoff__submitter")
        .order_by("-pk")
        .first()
    )
    if decision is None:
        return None
    return UndoBar(
        number=decision.handoff.number,
        what=str(Outcome(decision.outcome).label) or _("Decided"),
        agent=decision.handoff.submitter.name,
        seconds=round((decision.release_at - now).total_seconds(), 1),
        window=(decision.release_at - decision.decided_at).total_seconds(),
        release_at=decision.release_at,
        is_vote=decision.is_waiting,
    )
