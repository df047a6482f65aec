"""What shared channels and webhooks choose between: the groups of ``groups``, in words that suit
no person in particular, and what only systems ask for."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Handoff
from reviews.notify import groups
from reviews.notify.groups import Group
from workspaces import clock
from workspaces.models import Event

GROUPS: dict[str, Callable[[], str]] = {
    Group.REVIEW.value: lambda: _("A handoff wants a decision"),
    Group.ASSIGNED.value: lambda: _("A handoff is given to somebody"),
    Group.MESSAGE.value: lambda: _("The agent wrote"),
    Group.DUE.value: lambda: _("Half of the time is gone, escalated, or awake again"),
    Group.ANSWER.value: lambda: _("Decided, sent back, expired or withdrawn"),
}
FOR_SYSTEMS_ONLY = frozenset({event_kinds.CLAIMED})
"""Told to webhooks that ask for it, and to no person: others see it in the queue."""
KINDS: dict[str, str] = {
    kind: group.value for kind, group in groups.GROUP_OF.items() if group.value in GROUPS
} | dict.fromkeys(FOR_SYSTEMS_ONLY, Group.ASSIGNED.value)
"""{kind of Event: group}. A webhook may choose single kinds of these."""


def of(event: Event) -> str:
    """The group of ``event``; "" when nobody is told of such a thing, or not of this one."""
    if event.kind == event_kinds.COMMENTED and event.actor_kind != "agent":
        return ""
    return "" if event.kind in FOR_SYSTEMS_ONLY else KINDS.get(event.kind, "")


def is_urgent(handoff: Handoff) -> bool:
    """A critical action, an error, priority urgent, or overdue."""
    return groups.is_urgent(handoff, clock.now())
