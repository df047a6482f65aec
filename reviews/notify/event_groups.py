"""What kinds of events people choose between, and how urgent one is."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from reviews import event_kinds
from reviews.models import Handoff, Priority, Risk, Trigger
from workspaces import clock
from workspaces.models import Event

GROUPS: dict[str, Callable[[], str]] = {
    "review": lambda: _("A handoff wants a decision"),
    "assigned": lambda: _("A handoff is given to somebody"),
    "message": lambda: _("The agent wrote"),
    "due": lambda: _("Half of the time is gone, or it was escalated"),
    "answer": lambda: _("Decided, sent back, expired or withdrawn"),
}
KINDS: dict[str, str] = {
    event_kinds.SUBMITTED: "review",
    event_kinds.REVISED: "review",
    event_kinds.WOKEN: "review",
    event_kinds.ASSIGNED: "assigned",
    event_kinds.CLAIMED: "assigned",
    event_kinds.COMMENTED: "message",
    event_kinds.DUE_SOON: "due",
    event_kinds.ESCALATED: "due",
    event_kinds.DECIDED: "answer",
    event_kinds.CHANGES_REQUESTED: "answer",
    event_kinds.EXPIRED: "answer",
    event_kinds.WITHDRAWN: "answer",
}
"""{kind of Event: group}. A webhook may choose single kinds of these."""
FOR_SYSTEMS_ONLY = frozenset({event_kinds.CLAIMED})
"""Told to webhooks that ask for it, and to no person: others see it in the queue."""


def of(event: Event) -> str:
    """The group of ``event``; "" when nobody is told of such a thing, or not of this one."""
    if event.kind == event_kinds.COMMENTED and event.actor_kind != "agent":
        return ""
    return "" if event.kind in FOR_SYSTEMS_ONLY else KINDS.get(event.kind, "")


def is_urgent(handoff: Handoff) -> bool:
    """A critical action, an error, priority urgent, or overdue."""
    due = handoff.due_at or handoff.expires_at
    return (
        handoff.priority >= Priority.URGENT
        or handoff.risk >= Risk.CRITICAL
        or handoff.trigger in (Trigger.CRITICAL_ACTION, Trigger.ERROR)
        or (due is not None and due <= clock.now())
    )
