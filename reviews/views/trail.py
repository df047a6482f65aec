"""The audit tab: every Event of a handoff, in order."""

from typing import Any

from django.utils.translation import gettext as _

from reviews.models import Rule
from reviews.views import timing
from reviews.views.place import Place
from workspaces.models import Agent, Event, User

MOST_EVENTS = 500
_PEOPLE = ("from", "for", "to")  # members of payloads that hold a person's primary key


def audit(place: Place) -> dict[str, Any]:
    events = list(
        Event.objects.filter(subject_type="handoff", subject_id=place.handoff.public_id).order_by(
            "seq"
        )[:MOST_EVENTS]
    )
    named = [str((e.payload or {}).get(name) or "") for e in events for name in _PEOPLE]
    people = _by_id(User.objects, [*named, *(each for e in events for each in timing.named(e))])
    return {
        "events": [
            {
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind,
                "hash": event.hash,
                "who": name,
                "facts": _facts(event, people),
            }
            for event, name in zip(events, _names(events), strict=True)
        ]
    }


def _names(events: list[Event]) -> list[str]:
    people = _by_id(User.objects, [e.actor_id for e in events if e.actor_kind == "human"])
    agents = _by_id(Agent.objects, [e.actor_id for e in events if e.actor_kind == "agent"])
    rules = _by_id(Rule.objects, [e.actor_id for e in events if e.actor_kind == "rule"])
    known = {"human": people, "agent": agents, "rule": rules}
    return [known.get(e.actor_kind, {}).get(e.actor_id, _("the desk")) for e in events]


def _by_id(manager: Any, ids: list[str]) -> dict[str, str]:
    numbers = {each for each in ids if each.isdecimal()}
    if not numbers:
        return {}
    return {str(each.pk): str(each) for each in manager.filter(pk__in=numbers)}


def _facts(event: Event, people: dict[str, str]) -> str:
    if event.payload is None:
        return _("erased")
    shown = {
        "round": event.payload.get("revision"),
        "outcome": event.payload.get("outcome"),
        "vote": event.payload.get("slot"),
        "origin": event.payload.get("origin"),
        "until": event.payload.get("until"),
        "because": event.payload.get("because"),
        **{name: people.get(str(event.payload.get(name) or "")) for name in _PEOPLE},
        **timing.facts(event, people),
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value)
