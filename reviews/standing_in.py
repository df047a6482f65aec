"""What would be somebody's who is away, or gone for good, goes to who stands in for them.

The schedule is the rows of ``Absence``: a sweep moves what was assigned when its time has come,
handoff by handoff, each by a compare-and-set with its Event. It may stop anywhere and go on, and
any number of processes may run it. Nothing moves back: who returns gets new things only.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, policy
from reviews.models import ENDED, Handoff
from reviews.models.handoffs import HandoffQuerySet
from workspaces import absences, clock, events
from workspaces.actors import SYSTEM
from workspaces.availability import Roster
from workspaces.event_kinds import AWAY_BEGUN
from workspaces.models import Absence, Event, User
from workspaces.transactions import write

A_SWEEP = 50  # handoffs at most: the ticker releases verdicts too


@dataclass(frozen=True)
class Placing:
    """Who gets it (None: nobody, so all reviewers of the workspace), and in whose stead."""

    to: User | None
    instead_of: User | None = None
    because: str = ""  # away, left; nobody: and no one stands in

    @property
    def payload(self) -> dict[str, int | str]:
        """Members of an ``ASSIGNED`` Event."""
        if self.instead_of is None:
            return {}
        return {"for": self.instead_of.pk, "because": self.because}

    @property
    def words(self) -> str:
        """ "Rae is away, Sam stands in", "" for who gets it themselves."""
        if self.instead_of is None:
            return ""
        if self.to is None:
            return _("%(who)s is away and nobody stands in") % {"who": self.instead_of}
        return _("%(who)s is away, %(other)s stands in") % {
            "who": self.instead_of,
            "other": self.to,
        }


def place(handoff: Handoff, to: User, at: datetime, roster: Roster | None = None) -> Placing:
    """Who gets what is meant for ``to``: they themselves when they are there.

    Else who stands in and may decide it, through the chain of delegates, else nobody.
    """
    roster = roster or Roster(at)
    absence = roster.absence_of(to.pk)
    if absence is None:
        return Placing(to)
    demanded = policy.of(handoff)
    found = roster.stand_in(to.pk, lambda person: policy.may_decide(person, handoff, demanded))
    if found is None:
        return Placing(None, to, "nobody")
    return Placing(found, to, "left" if absence.is_for_good else "away")


def sweep(limit: int = A_SWEEP) -> int:
    """Begin and end what is due; returns how many handoffs were moved."""
    absences.end_due()
    now = clock.now()
    due = Absence.objects.current(now).filter(begun_at=None).order_by("since")
    moved = 0
    for absence in due.select_related("user", "delegate")[:limit]:
        moved += begin(absence, limit - moved)
        if moved >= limit:
            break
    return moved


def begin(absence: Absence, limit: int = A_SWEEP) -> int:
    """Free their claims, move what is assigned to them: ``limit`` handoffs, or all there are.

    Returns how many were moved; marks the absence as begun when none is left.
    """
    now = clock.now()
    if absence.ended_at is not None or absence.begun_at is not None or absence.since > now:
        return 0
    _free_claims(absence, now)
    roster = Roster(now)
    theirs = list(_assigned(absence.user).select_related("workspace", "submitter")[:limit])
    moved = sum(_move(handoff, absence, roster, now) for handoff in theirs)
    if len(theirs) < limit:
        _mark_begun(absence, now)
    return moved


def _assigned(user: User) -> QuerySet[Handoff]:
    return Handoff.objects.filter(assigned_to=user).exclude(status__in=ENDED).order_by("pk")


def _free_claims(absence: Absence, now: datetime) -> None:
    """But where their verdict is under way: that one takes its course."""
    live = Handoff.objects.open().filter(claimed_by=absence.user, claimed_until__gt=now)
    because = "left" if absence.is_for_good else "away"
    for handoff in live.order_by("pk"):
        with write():
            lifecycle.release_claim(handoff, absence.user, at=now, actor=SYSTEM, because=because)


def _move(handoff: Handoff, absence: Absence, roster: Roster, now: datetime) -> bool:
    placing = place(handoff, absence.user, now, roster)
    with write():
        if not Absence.objects.standing().filter(pk=absence.pk).exists():
            return False  # they came back while this ran
        moved = _assigned(absence.user).filter(pk=handoff.pk).order_by()
        if not moved.update(assigned_to=placing.to):
            return False
        events.record(
            handoff.workspace_id,
            event_kinds.ASSIGNED,
            subject=lifecycle.subject(handoff),
            actor=SYSTEM,
            payload={
                "revision": Handoff.objects.values_list("revision", flat=True).get(pk=handoff.pk),
                "to": placing.to.pk if placing.to else None,
                "from": absence.user_id,
                **placing.payload,
            },
            at=now,
        )
    return True


def _mark_begun(absence: Absence, now: datetime) -> None:
    with write():
        waiting = Absence.objects.standing().filter(pk=absence.pk, begun_at=None)
        if not waiting.update(begun_at=now):
            return
        events.record_on_desk(
            AWAY_BEGUN,
            subject=("person", str(absence.user_id)),
            actor=SYSTEM,
            payload={
                "user": absence.user_id,
                "delegate": absence.delegate_id,
                "until": absence.until.isoformat(timespec="seconds") if absence.until else None,
            },
        )


@dataclass(frozen=True)
class Told:
    """Why it is not with who it was meant for."""

    person: User
    absence: Absence | None  # the one under way; None: they are back
    is_left_to_all: bool  # nobody stood in


ASSIGNMENT = "newest_assignment"  # what ``with_assignment`` adds to a row


def with_assignment(handoffs: HandoffQuerySet) -> HandoffQuerySet:
    """With what ``told_of`` needs, so that a page asks no query more."""
    newest = _assignments(OuterRef("public_id")).values("payload")[:1]
    return handoffs.annotate(**{ASSIGNMENT: Subquery(newest)})


def _assignments(public_id: "str | OuterRef") -> QuerySet[Event]:
    """Of one handoff, the newest first."""
    return Event.objects.filter(
        subject_type="handoff", subject_id=public_id, kind=event_kinds.ASSIGNED
    ).order_by("-id")


def told_of(handoff: Handoff) -> Told | None:
    """In whose stead it is assigned (or left to all) now; None for an ordinary assignment."""
    if hasattr(handoff, ASSIGNMENT):
        payload = getattr(handoff, ASSIGNMENT) or {}
    else:
        payload = _assignments(handoff.public_id).values_list("payload", flat=True).first() or {}
    if not payload.get("for") or payload.get("to") != handoff.assigned_to_id:
        return None
    person = User.objects.get(pk=payload["for"])
    absence = Absence.objects.current(clock.now()).filter(user=person).first()
    return Told(person, absence, handoff.assigned_to_id is None)


def is_ahead(person: User) -> bool:
    """Is an absence of theirs planned that has not begun?"""
    return Absence.objects.standing().filter(user=person, since__gt=clock.now()).exists()
