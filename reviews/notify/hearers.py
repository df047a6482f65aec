"""Whom an Event is for, before their choices: nobody hears of what they did themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from reviews import event_kinds
from reviews.notify.groups import ANSWERS
from workspaces import roles
from workspaces.models import Event, Role, User, Workspace

ROUNDS = frozenset({event_kinds.SUBMITTED, event_kinds.REVISED})
PERSONAL = {event_kinds.ASSIGNED: "to", event_kinds.WOKEN: "snoozed_by"}
"""Events that concern one person, and the payload's member that says whom."""
TELLING = frozenset({event_kinds.DUE_SOON, event_kinds.ESCALATED})
"""Events that name in ``to`` whom they are for."""


def named(event: Event) -> list[int]:
    """The people (primary keys) an Event names."""
    member = PERSONAL.get(event.kind) or ("to" if event.kind in TELLING else "")
    found = (event.payload or {}).get(member)
    return found if isinstance(found, list) else [found] if found else []


def of(
    event: Event, routed: Sequence[User], known: Mapping[int, User], admins: Sequence[User]
) -> list[User]:
    """``routed``: whom the round was routed to and who has it; ``known``: whom Events name."""
    found: Iterable[User]
    if event.kind in PERSONAL or event.kind in TELLING:
        found = [known[pk] for pk in named(event) if pk in known]
        if _is_told_elsewhere(event, routed):
            found = []
    elif event.kind == event_kinds.DELIVERY_DEAD:
        found = admins
    elif event.kind in ROUNDS or event.kind in ANSWERS or event.actor_kind == "agent":
        found = routed
    else:
        found = []
    doer = event.actor_id if event.actor_kind == "human" else ""
    unique = {person.pk: person for person in found if person.is_active}
    return [unique[pk] for pk in sorted(unique) if str(pk) != doer]


def _is_told_elsewhere(event: Event, routed: Sequence[User]) -> bool:
    """By the round or the message that caused it; a step of the ladder, by its assignment."""
    because = (event.payload or {}).get("because")
    if event.kind in TELLING:
        return bool(because == "assign")
    people = {person.pk for person in routed}
    return because in ("round", "message") and set(named(event)) <= people


def admins_of(workspaces: Collection[Workspace]) -> dict[int, list[User]]:
    """{workspace: its active admins}; a query a workspace, for the rare Events that need it."""
    return {
        each.pk: list(roles.people_in([each], Role.ADMIN).filter(is_active=True))
        for each in workspaces
    }
