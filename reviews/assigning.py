"""Saying who is to decide a handoff. Anybody else who may decide it still can."""

from django.utils.translation import gettext as _

from reviews import event_kinds, lifecycle, policy, snoozing, standing_in
from reviews.models import ENDED, Handoff
from reviews.permissions import reviewers_of
from workspaces import clock, events, team_rights
from workspaces.actors import Actor
from workspaces.errors import Forbidden, Invalid, Problem
from workspaces.models import User
from workspaces.permissions import can
from workspaces.transactions import write


def assign(*, handoff: Handoff, user: User, to: User | None) -> bool:
    """Make ``to`` (None: nobody) the one who is to decide; the desk tells them.

    Who is away gets nothing (but from themselves): it goes to who stands in, else to nobody, and
    ``handoff.assigned_to`` says to whom. Reviewers may, and who leads a team of the one who has it.
    False when it was so already. Wakes a snoozed handoff. Raises Forbidden (of ``user``),
    Invalid (``to`` may not decide it), lifecycle.Moved (it has ended).
    """
    _refuse_others(handoff, user)
    at = clock.now()
    placing = standing_in.Placing(to)
    if to is not None:
        _refuse_unfit(handoff, to)
        if to.pk != user.pk:
            placing = standing_in.place(handoff, to, at)
    to = placing.to
    with write():
        before = Handoff.objects.filter(pk=handoff.pk).values_list("assigned_to_id", "revision")
        previous, revision = before.get()
        is_left_to_all = to is None and placing.instead_of is not None  # worth saying in any case
        if previous == (to.pk if to else None) and not is_left_to_all:
            handoff.assigned_to = to
            return False
        moved = (
            Handoff.objects.filter(pk=handoff.pk, assigned_to=previous)
            .exclude(status__in=ENDED)
            .update(assigned_to=to)
        )
        if not moved:
            raise lifecycle.Moved(_("This handoff moved on, so nobody was assigned."))
        actor = Actor.user(user)
        events.record(
            handoff.workspace_id,
            event_kinds.ASSIGNED,
            subject=lifecycle.subject(handoff),
            actor=actor,
            payload={
                "revision": revision,
                "to": to.pk if to else None,
                "from": previous,
                **placing.payload,
            },
            at=at,
        )
        if to is not None:
            snoozing.wake(handoff, because="assigned", actor=actor, at=at)
    handoff.assigned_to = to
    return True


def _refuse_others(handoff: Handoff, user: User) -> None:
    allowed = can(user, "review", handoff.workspace_id)
    if allowed:
        return
    theirs = Handoff.objects.filter(pk=handoff.pk).values_list("assigned_to_id", flat=True).first()
    is_leads = theirs is not None and team_rights.leads(user, theirs)
    if not (is_leads and can(user, "view", handoff.workspace_id)):
        raise Forbidden(allowed.reason)


def _refuse_unfit(handoff: Handoff, to: User) -> None:
    fit = policy.may_decide(to, handoff)
    if not fit:
        detail = _("%(who)s may not decide this, so it cannot be theirs.") % {"who": to}
        raise Invalid(detail, errors=[Problem("/to", detail)])


def candidates(handoff: Handoff) -> list[User]:
    """Active people who may decide it here, by name."""
    owner, demanded = handoff.submitter.owner_id, policy.of(handoff)
    kept_out = policy.kept_out(demanded)
    people = [
        person
        for person in reviewers_of(handoff.workspace)
        if person.pk not in kept_out
        and (person.pk != owner or policy.may_decide(person, handoff, demanded))
    ]
    return sorted(people, key=lambda person: str(person).casefold())
