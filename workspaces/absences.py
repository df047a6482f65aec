"""Setting and ending absences. What one moves is moved by whoever sweeps the rows."""

from datetime import datetime, timedelta

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from workspaces import clock, event_kinds, events
from workspaces.actors import SYSTEM, Actor
from workspaces.errors import Conflict, Invalid, Problem
from workspaces.models import Absence, User
from workspaces.transactions import write

LONGEST = timedelta(days=2 * 366)


def standing(user: User) -> Absence | None:
    """This person's absence, planned or under way; there is one at most."""
    found = Absence.objects.standing().select_related("delegate", "user").filter(user=user)
    return found.first()


def set_away(
    user: User,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    delegate: User | None = None,
    note: str = "",
    by: User,
) -> Absence:
    """``user`` is away from ``since`` (None: now) until ``until`` (None: until they are back).

    Takes the place of the absence that stands, if any: what that one has moved stays where it is.
    Raises Invalid with the member at fault.
    """
    now = clock.now()
    since = since or now
    _refuse(user, since, until, delegate, note, now)
    changed = Conflict(_("This absence was changed at the same moment: look at it again."))
    try:
        with write():
            Absence.objects.standing().filter(user=user).update(ended_at=now)
            made = Absence.objects.create(
                user=user,
                since=since,
                until=until,
                delegate=delegate,
                note=note.strip(),
                set_by=by,
                created_at=now,
            )
            events.record_on_desk(
                event_kinds.AWAY,
                subject=("person", str(user.pk)),
                actor=Actor.user(by),
                payload={
                    "user": user.pk,
                    "since": since.isoformat(timespec="seconds"),
                    "until": until.isoformat(timespec="seconds") if until else None,
                    "delegate": delegate.pk if delegate else None,
                },
            )
    except IntegrityError:
        raise changed from None
    return made


def _refuse(
    user: User,
    since: datetime,
    until: datetime | None,
    delegate: User | None,
    note: str,
    now: datetime,
) -> None:
    faults = []
    if not now - LONGEST < since < now + LONGEST:
        faults.append(Problem("/since", _("Choose a day within two years.")))
    if until is not None and until <= max(since, now):
        faults.append(Problem("/until", _("The end lies after the beginning, and ahead.")))
    elif until is not None and until > now + LONGEST:
        faults.append(Problem("/until", _("Choose a day within two years, or leave it open.")))
    if delegate is not None and delegate.pk == user.pk:
        faults.append(Problem("/delegate", _("Nobody stands in for themselves.")))
    elif delegate is not None and not delegate.is_active:
        faults.append(Problem("/delegate", _("This person's account is switched off.")))
    if len(note) > Absence.LONGEST_NOTE:
        faults.append(
            Problem("/note", _("%(most)d characters at the most.") % {"most": Absence.LONGEST_NOTE})
        )
    if not user.is_active:
        faults.append(Problem("", _("This person's account is switched off.")))
    if faults:
        raise Invalid(faults[0].detail, errors=faults)


def come_back(user: User, *, by: User) -> bool:
    """End the absence that stands; False when there is none.

    What was moved meanwhile stays with who has it.
    """
    with write():
        return _end(Absence.objects.standing().filter(user=user, is_for_good=False), Actor.user(by))


def leave_for_good(user: User, *, heir: User | None, by: User) -> Absence:
    """In the caller's transaction: from now on ``heir`` (None: nobody) stands in for good."""
    now = clock.now()
    Absence.objects.standing().filter(user=user).update(ended_at=now)
    return Absence.objects.create(
        user=user, since=now, delegate=heir, is_for_good=True, set_by=by, created_at=now
    )


def return_to_work(user: User) -> None:
    """In the caller's transaction: the account is on again, new things are theirs again."""
    standing = Absence.objects.standing().filter(user=user, is_for_good=True)
    standing.update(ended_at=clock.now())


def end_due(limit: int = 100) -> int:
    """Note the end of absences whose time has come; any process may run it. Returns how many."""
    now = clock.now()
    due = Absence.objects.standing().filter(until__lte=now).order_by("until")[:limit]
    count = 0
    for absence in due:
        with write():
            count += _end(Absence.objects.standing().filter(pk=absence.pk, until__lte=now), SYSTEM)
    return count


def _end(absences: QuerySet[Absence], actor: Actor) -> bool:
    """Compare and set: exactly one of two that try ends it and says so."""
    found = absences.first()
    if found is None or not absences.filter(pk=found.pk).update(ended_at=clock.now()):
        return False
    events.record_on_desk(
        event_kinds.BACK,
        subject=("person", str(found.user_id)),
        actor=actor,
        payload={"user": found.user_id, "because": "time" if actor == SYSTEM else "person"},
    )
    return True
