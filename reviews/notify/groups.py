"""What an Event is to a person: its group, how urgent it is, and what people get by default.

Pure tables. A person's choice is kept for a cell, a group and an urgency ("review:urgent").
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews import event_kinds
from reviews.models import Handoff, Priority, Trigger

BELL, MAIL, PUSH, OWN = "bell", "mail", "push", "own"
WAYS = (BELL, MAIL, PUSH, OWN)
NOW, DIGEST, OFF = "now", "digest", "off"
HOWS = (NOW, DIGEST, OFF)
ANSWERS = frozenset(event_kinds.RELEASE_KINDS.values())


class Group(models.TextChoices):
    REVIEW = "review", _("A handoff wants a decision")
    ASSIGNED = "assigned", _("Assigned to you")
    MESSAGE = "message", _("The agent wrote")
    DUE = "due", _("Due soon, escalated, awake again")
    ANSWER = "answer", _("Settled without you")
    DESK = "desk", _("Trouble with the desk")


NORMAL, URGENT = "normal", "urgent"
URGENCIES = (URGENT, NORMAL)

GROUP_OF: dict[str, Group] = {
    event_kinds.SUBMITTED: Group.REVIEW,
    event_kinds.REVISED: Group.REVIEW,
    event_kinds.ASSIGNED: Group.ASSIGNED,
    event_kinds.COMMENTED: Group.MESSAGE,
    event_kinds.WOKEN: Group.DUE,
    event_kinds.DUE_SOON: Group.DUE,
    event_kinds.ESCALATED: Group.DUE,
    event_kinds.DELIVERY_DEAD: Group.DESK,
    **dict.fromkeys(ANSWERS, Group.ANSWER),
}

SAID = {
    event_kinds.ASSIGNED: _("Assigned to you"),
    event_kinds.COMMENTED: _("The agent wrote"),
    event_kinds.WOKEN: _("Snooze ended"),
    event_kinds.DUE_SOON: _("Half of the time is gone"),
    event_kinds.ESCALATED: _("Escalated to you"),
    event_kinds.DELIVERY_DEAD: _("Could not be delivered"),
    event_kinds.REVISED: _("New round"),
    event_kinds.DECIDED: _("Decided"),
    event_kinds.CHANGES_REQUESTED: _("Changes requested"),
    event_kinds.EXPIRED: _("Expired"),
    event_kinds.WITHDRAWN: _("Withdrawn"),
}


@dataclass(frozen=True)
class Way:
    """By what (of WAYS) and how (of HOWS) somebody wants to hear of a cell."""

    by: frozenset[str]
    how: str = NOW


_EVERYTHING = Way(frozenset(WAYS))
_HERE = Way(frozenset({BELL, PUSH}))
DEFAULTS: dict[str, Way] = {
    "review:normal": _EVERYTHING,
    "review:urgent": _EVERYTHING,
    "assigned:normal": _EVERYTHING,
    "assigned:urgent": _EVERYTHING,
    "message:normal": _HERE,
    "message:urgent": _HERE,
    "due:normal": _HERE,
    "due:urgent": _EVERYTHING,
    "answer:normal": Way(frozenset({BELL}), OFF),
    "answer:urgent": Way(frozenset({BELL}), OFF),
    "desk:normal": Way(frozenset({BELL})),
    "desk:urgent": Way(frozenset({BELL, MAIL})),
}


def cell(kind: str, handoff: Handoff, at: datetime) -> str:
    """The cell of an Event of that kind about ``handoff``. KeyError for a kind without a group."""
    urgency = URGENT if kind == event_kinds.ESCALATED or is_urgent(handoff, at) else NORMAL
    return f"{GROUP_OF[kind]}:{urgency}"


def is_urgent(handoff: Handoff, at: datetime) -> bool:
    due = handoff.due_at or handoff.expires_at
    return (
        handoff.is_critical
        or handoff.trigger in (Trigger.CRITICAL_ACTION, Trigger.ERROR)
        or handoff.priority == Priority.URGENT
        or (due is not None and due <= at)
    )


def read(written: object) -> dict[str, Way]:
    """Cells as kept in a row; what is not understood counts as not chosen."""
    if not isinstance(written, dict):
        return {}
    found = ((name, _way(value)) for name, value in written.items() if name in DEFAULTS)
    return {name: way for name, way in found if way is not None}


def write(ways: dict[str, Way]) -> dict[str, Any]:
    return {name: {"by": sorted(way.by), "how": way.how} for name, way in sorted(ways.items())}


def _way(value: object) -> Way | None:
    if not isinstance(value, dict) or value.get("how") not in HOWS:
        return None
    by = value.get("by")
    if not isinstance(by, list):
        return None
    return Way(frozenset(each for each in by if each in WAYS), value["how"])
