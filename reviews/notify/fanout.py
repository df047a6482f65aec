"""Which Deliveries an Event asks for: reads in bulk, writes nothing but missing Channels.

A handoff or a new round: the bell of everybody it was routed to, and one mail a handoff and
person; assigned to somebody: the same for that person; awake again: the bell of who snoozed it;
a reminder or a step of the ladder: the bell of whom it names, and a mail for the step.
What the agent waits for: its callback, where the document names one, and the answer
file, where the handoff came as a file.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reviews import event_kinds
from reviews.models import Answer, Channel, Delivery, Handoff, Revision, RoutingRun, Source
from reviews.notify import shared_channels
from reviews.notify.addresses import is_host_allowed, parse_url
from workspaces.models import Event, User
from workspaces.transactions import write

ANSWERS = frozenset(event_kinds.RELEASE_KINDS.values())
ROUNDS = frozenset({event_kinds.SUBMITTED, event_kinds.REVISED})
PERSONAL = {event_kinds.ASSIGNED: "to", event_kinds.WOKEN: "snoozed_by"}
"""Events that concern one person, and the payload's member that says whom."""
TELLING = frozenset({event_kinds.DUE_SOON, event_kinds.ESCALATED})
"""Events that name in ``to`` whom they are for."""
KINDS = ANSWERS | ROUNDS | TELLING | PERSONAL.keys() | {event_kinds.COMMENTED, event_kinds.CLAIMED}
"""Events of other kinds ask for nothing."""


@dataclass(frozen=True)
class Round:
    """What one Event is about. ``people``: whom its round was routed to, active ones only."""

    event: Event
    handoff: Handoff
    revision: Revision
    people: Sequence[User]
    answer: Answer | None


class Batch:
    """The rows behind many Events, read with a handful of queries."""

    def __init__(self, events: Sequence[Event]) -> None:
        wanted = [event for event in events if _asks(event)]
        public_ids = {event.subject_id for event in wanted}
        answer_ids = [(event.payload or {}).get("answer") for event in wanted]
        self._revisions = {
            (revision.handoff.public_id, revision.number): revision
            for revision in Revision.objects.filter(
                handoff__public_id__in=public_ids,
                number__in={(event.payload or {}).get("revision") for event in wanted},
            ).select_related("handoff__workspace", "handoff__submitter")
        }
        self._answers = Answer.objects.in_bulk([pk for pk in answer_ids if pk])
        self._people = {
            run.revision_id: [person for person in run.reviewers.all() if person.is_active]
            for run in RoutingRun.objects.filter(
                revision__in=self._revisions.values()
            ).prefetch_related("reviewers")
        }
        self._concerned = User.objects.in_bulk({pk for e in wanted for pk in _concerned(e)})
        self._desk_wide: dict[str, Channel] = {}

    def deliveries(self, event: Event, *, at: datetime) -> list[Delivery]:
        """What ``event`` asks for, unsaved. LookupError when it names what does not exist."""
        if not _asks(event):
            return []
        assert event.payload is not None
        revision = self._revisions[event.subject_id, event.payload["revision"]]
        answer = self._answers[event.payload["answer"]] if event.kind in ANSWERS else None
        people = sorted(self._people.get(revision.pk, []), key=lambda person: person.pk)
        told = Round(event, revision.handoff, revision, people, answer)
        wanted: list[Delivery] = []
        if event.kind in PERSONAL:
            wanted = self._personal(told)
        elif event.kind in TELLING:
            wanted = self._telling(told)
        elif event.kind in ROUNDS:
            wanted = self._bells(told) + self._mails(told)
        elif answer is not None:
            wanted = _callbacks(told) + _files(told)
        elif event.actor_kind == "agent":
            wanted = self._bells(told)
        else:
            wanted = _callbacks(told)
        wanted = wanted + shared_channels.deliveries(told)
        for delivery in wanted:
            delivery.created_at = delivery.next_at = at
            delivery.done_at = at if delivery.status == Delivery.Status.DONE else None
        return wanted

    def _personal(self, told: Round) -> list[Delivery]:
        """Nobody is told of what they did themselves, nor twice of a round or a message."""
        person = next((self._concerned.get(pk) for pk in _concerned(told.event)), None)
        own = ("human", str(person.pk if person else ""))
        if person is None or not person.is_active or own == _actor(told.event):
            return []
        because = (told.event.payload or {}).get("because")
        if because in ("round", "message") and person in told.people:
            return []
        to_them = replace(told, people=[person])
        is_assigned = told.event.kind == event_kinds.ASSIGNED
        return self._bells(to_them) + (self._mails(to_them) if is_assigned else [])

    def _telling(self, told: Round) -> list[Delivery]:
        """A step of the ladder that assigned somebody has told them by that Event already."""
        if (told.event.payload or {}).get("because") == "assign":
            return []
        found = [self._concerned.get(pk) for pk in _concerned(told.event)]
        to_them = replace(told, people=[each for each in found if each and each.is_active])
        is_step = told.event.kind == event_kinds.ESCALATED
        return self._bells(to_them) + (self._mails(to_them) if is_step else [])

    def _bells(self, told: Round) -> list[Delivery]:
        """Delivered when they exist: the bell reads the rows."""
        channel = self._channel(Channel.Kind.INBOX)
        done = Delivery.Status.DONE
        return [
            _delivery(told, channel, str(person.pk), user=person, status=done)
            for person in told.people
            if channel.is_active
        ]

    def _mails(self, told: Round) -> list[Delivery]:
        channel = self._channel(Channel.Kind.EMAIL)
        once = told.handoff.public_id
        return [
            _delivery(
                told,
                channel,
                person.email,
                user=person,
                lane="mail",
                key=_key("email", once, str(person.pk)),
            )
            for person in told.people
            if channel.is_active
        ]

    def _channel(self, kind: Channel.Kind) -> Channel:
        if kind not in self._desk_wide:
            self._desk_wide[kind] = _made(kind=kind, workspace=None, agent=None, user=None)
        return self._desk_wide[kind]


def rung(deliveries: Sequence[Delivery]) -> set[int]:
    """The people (primary keys) whose bell has something new with these."""
    inbox = Channel.Kind.INBOX
    return {each.user_id for each in deliveries if each.user_id and each.channel.kind == inbox}


def _asks(event: Event) -> bool:
    return event.kind in KINDS and event.payload is not None


def _concerned(event: Event) -> list[int]:
    """The people (primary keys) an Event names."""
    member = PERSONAL.get(event.kind) or ("to" if event.kind in TELLING else "")
    named = (event.payload or {}).get(member)
    return named if isinstance(named, list) else [named] if named else []


def _actor(event: Event) -> tuple[str, str]:
    return event.actor_kind, event.actor_id


def _callbacks(told: Round) -> list[Delivery]:
    callback, agent = told.revision.parsed.callback, told.handoff.submitter
    if callback is None or told.event.kind not in callback.events:
        return []
    if not is_host_allowed(callback.url, agent.callback_hosts):
        return []  # a warning at intake said so
    channel = _made(kind=Channel.Kind.CALLBACK, agent=agent, address=callback.url)
    target = parse_url(callback.url)
    return [_delivery(told, channel, callback.url, lane=f"host {target.host}:{target.port}")]


def _files(told: Round) -> list[Delivery]:
    handoff = told.handoff
    if handoff.source != Source.FILE:
        return []
    channel = _made(kind=Channel.Kind.FILE, workspace=handoff.workspace)
    return [_delivery(told, channel, handoff.source_path, lane=f"folder {handoff.workspace_id}")]


def _delivery(
    told: Round,
    channel: Channel,
    recipient: str,
    *,
    user: User | None = None,
    lane: str = "",
    key: str = "",
    status: str = Delivery.Status.WAITING,
) -> Delivery:
    parts = (channel.kind, told.handoff.public_id, str(told.event.pk), recipient)
    return Delivery(
        event=told.event,
        channel=channel,
        handoff=told.handoff,
        answer=told.answer,
        user=user,
        recipient=recipient,
        lane=lane,
        key=key or _key(*parts),
        status=status,
    )


def _key(*parts: str) -> str:
    """One message to one recipient. The handoff's ULID in it keeps two installations apart, for
    the key is also what receivers see as the message's id."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def _made(**what: Any) -> Channel:
    """The channel of that kind and place; only the first use of one has to write."""
    found = Channel.objects.filter(**what).first()
    if found is None:
        with write():
            found, _is_new = Channel.objects.get_or_create(**what)
    return found
