"""Snooze, wake, assign and claim for many handoffs, each by the function for a single one."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from reviews import assigning, claims, snoozing
from reviews.bulk import Pick, Result, Selection, each
from reviews.models import Handoff
from reviews.permissions import reviewers_of
from workspaces.models import User


def snooze(user: User, picks: Sequence[Pick], until: datetime | None) -> list[Result]:
    def one(pick: Pick, handoff: Handoff) -> Result:
        snoozing.snooze(handoff=handoff, user=user, revision=pick.revision, until=until)
        return Result(pick, handoff, True, _("Snoozed"))

    return each(Selection(user, picks), one)


def wake(user: User, picks: Sequence[Pick]) -> list[Result]:
    def one(pick: Pick, handoff: Handoff) -> Result:
        woken = snoozing.wake_now(handoff=handoff, user=user)
        return Result(pick, handoff, True, _("Back in the queue") if woken else _("Was awake"))

    return each(Selection(user, picks), one)


def assign(user: User, picks: Sequence[Pick], to: User | None) -> list[Result]:
    """``undo`` of a result is who had it before (primary key or "")."""

    def one(pick: Pick, handoff: Handoff) -> Result:
        before = str(handoff.assigned_to_id or "")
        assigning.assign(handoff=handoff, user=user, to=to)
        who = handoff.assigned_to
        text = _("Assigned to %(who)s") % {"who": who} if who else _("Assigned to nobody")
        if to is not None and to != who:
            text = _("%(text)s: %(away)s is away") % {"text": text, "away": to}
        return Result(pick, handoff, True, text, undo=before)

    return each(Selection(user, picks), one)


def give_back(user: User, before: dict[int, User | None]) -> list[Result]:
    """Undo of ``assign``: each handoff to whom it was assigned before."""

    def one(pick: Pick, handoff: Handoff) -> Result:
        to = before[pick.pk]
        assigning.assign(handoff=handoff, user=user, to=to)
        text = _("Assigned to %(who)s again") % {"who": to} if to else _("Assigned to nobody again")
        return Result(pick, handoff, True, text)

    return each(Selection(user, [Pick(pk, 0, "") for pk in before]), one)


def claim(user: User, picks: Sequence[Pick]) -> list[Result]:
    def one(pick: Pick, handoff: Handoff) -> Result:
        claims.claim(handoff=handoff, user=user)
        return Result(pick, handoff, True, _("Claimed by you"))

    return each(Selection(user, picks), one)


def release(user: User, picks: Sequence[Pick]) -> list[Result]:
    def one(pick: Pick, handoff: Handoff) -> Result:
        claims.release(handoff=handoff, user=user)
        return Result(pick, handoff, True, _("Released"))

    return each(Selection(user, picks), one)


def candidates(user: User, picks: Sequence[Pick]) -> list[User]:
    """Who may decide in one of the selection's workspaces, by name."""
    places = {each.workspace for each in Selection(user, picks).handoffs.values()}
    people = {person for place in places for person in reviewers_of(place)}
    return sorted(people, key=lambda person: str(person).casefold())
