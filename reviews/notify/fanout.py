"""Which Deliveries an Event asks for: reads in bulk, writes nothing but missing Channels.

People (``hearers``) get what they chose (``choosing``): the bell, a message that leaves at once, a
line of a digest. What the agent waits for: its callback, where the document names one, and the
answer file, where the handoff came as a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from reviews import event_kinds
from reviews.models import Answer, Channel, Delivery, Handoff, Revision, RoutingRun, Source, Status
from reviews.notify import groups, hearers, own_channels, rows
from reviews.notify.addresses import is_host_allowed, parse_url
from reviews.notify.choosing import Choices, Route
from reviews.notify.groups import ANSWERS, MAIL, OWN, PUSH
from reviews.notify.shared_channels import Shared
from workspaces.models import Event, User

KINDS = groups.GROUP_OF.keys() | {event_kinds.CLAIMED}
"""Events of other kinds ask for nothing."""
_PUSH_KIND = "push"


@dataclass(frozen=True)
class Round:
    """What one Event is about. ``people``: whom its round was routed to and who has it."""

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
        numbers = {(event.payload or {}).get("revision") for event in wanted}
        which = Q(number__in={number for number in numbers if number})
        if any(event.kind == event_kinds.DELIVERY_DEAD for event in wanted):
            which |= Q(number=F("handoff__revision"))
        self._revisions = {
            (revision.handoff.public_id, revision.number): revision
            for revision in Revision.objects.filter(which, handoff__public_id__in=public_ids)
            .select_related("handoff__workspace", "handoff__submitter", "handoff__assigned_to")
            .annotate(turn=_turn())
        }
        self._answers = Answer.objects.in_bulk([pk for pk in answer_ids if pk])
        self._routed = {
            run.revision_id: list(run.reviewers.all())
            for run in RoutingRun.objects.filter(
                revision__in=self._revisions.values()
            ).prefetch_related("reviewers")
        }
        self._named = User.objects.in_bulk({pk for each in wanted for pk in hearers.named(each)})
        self._admins = hearers.admins_of(
            {
                revision.handoff.workspace
                for event in wanted
                if event.kind == event_kinds.DELIVERY_DEAD
                for (public_id, _number), revision in self._revisions.items()
                if public_id == event.subject_id
            }
        )
        people = set(self._everybody())
        self.choices = Choices(people)
        self._own = own_channels.of({person.pk for person in people})
        self._shared = Shared(self._revisions.values())
        self._desk_wide: dict[str, Channel] = {}

    def deliveries(self, event: Event, *, at: datetime) -> list[Delivery]:
        """What ``event`` asks for, unsaved. LookupError when it names what does not exist."""
        if not _asks(event):
            return []
        told = self._told(event)
        wanted = [
            row
            for person in hearers.of(
                event, told.people, self._named, self._admins.get(told.handoff.workspace_id, [])
            )
            for row in self._for(person, told, at)
        ]
        if told.answer is not None:
            wanted += _callbacks(told, at) + _files(told, at)
        elif event.kind in (event_kinds.COMMENTED, event_kinds.CLAIMED):
            wanted += _callbacks(told, at) if event.actor_kind != "agent" else []
        shared = self._shared.deliveries(told)
        for delivery in shared:
            delivery.created_at = delivery.next_at = at
        return wanted + shared

    def inbox(self) -> Channel:
        return self._channel(Channel.Kind.INBOX)

    def _told(self, event: Event) -> Round:
        payload = event.payload or {}
        if event.kind == event_kinds.DELIVERY_DEAD:
            revision = next(
                found
                for (public_id, number), found in self._revisions.items()
                if public_id == event.subject_id and number == found.handoff.revision
            )
        else:
            revision = self._revisions[event.subject_id, payload["revision"]]
        answer = self._answers[payload["answer"]] if event.kind in ANSWERS else None
        return Round(event, revision.handoff, revision, self._people(revision), answer)

    def _people(self, revision: Revision) -> list[User]:
        found = {person.pk: person for person in self._routed.get(revision.pk, [])}
        if holder := revision.handoff.assigned_to:
            found[holder.pk] = holder
        return [found[pk] for pk in sorted(found)]

    def _everybody(self) -> Iterable[User]:
        yield from self._named.values()
        for revision in self._revisions.values():
            yield from self._people(revision)
        for admins in self._admins.values():
            yield from admins

    def _for(self, person: User, told: Round, at: datetime) -> list[Delivery]:
        """What one person gets. The desk's mails that died are told on the bell only: a mail about
        them would die too."""
        event, handoff = told.event, told.handoff
        route = self.choices.route(person.pk, groups.cell(event.kind, handoff, at), at)
        if event.kind == event_kinds.DELIVERY_DEAD and _is_of_people(event):
            route = Route(ring=bool(route.outside or route.ring or route.held_until))
        found: list[Delivery] = []
        inbox = self.inbox()
        if route.ring and inbox.is_active:
            found.append(rows.bell(event, inbox, person.pk, at=at, handoff=handoff))
        mail = self._channel(Channel.Kind.EMAIL)
        if mail.is_active and (MAIL in route.outside or route.held_until is not None):
            found.append(self._message(person, told, mail, route, at))
        for channel in self._own.get(person.pk, []):
            if (PUSH if channel.kind == _PUSH_KIND else OWN) in route.outside:
                found.append(self._message(person, told, channel, route, at))
        return found

    def _message(
        self, person: User, told: Round, channel: Channel, route: Route, at: datetime
    ) -> Delivery:
        is_mail = channel.kind == Channel.Kind.EMAIL
        held = route.held_until if is_mail else None
        recipient = person.email if is_mail else channel.address
        place = ("email",) if is_mail else (channel.kind, str(channel.pk))
        return rows.delivery(
            told.event,
            channel,
            recipient,
            *place,
            told.handoff.public_id,
            str(person.pk),
            *_once(told),
            at=at,
            handoff=told.handoff,
            user=person,
            lane="mail" if is_mail else channel.lane,
            status=Delivery.Status.HELD if held else Delivery.Status.WAITING,
            next_at=held,
            is_ping=held is None,
        )

    def _channel(self, kind: Channel.Kind) -> Channel:
        if kind not in self._desk_wide:
            self._desk_wide[kind] = rows.channel(kind=kind, workspace=None, agent=None, user=None)
        return self._desk_wide[kind]


def rung(deliveries: Sequence[Delivery]) -> set[int]:
    """The people (primary keys) whose bell has something new with these."""
    inbox = Channel.Kind.INBOX
    return {each.user_id for each in deliveries if each.user_id and each.channel.kind == inbox}


def _turn() -> Count:
    """How often the handoff was sent back before this round."""
    earlier = Q(
        handoff__answers__status=Status.CHANGES_REQUESTED,
        handoff__answers__revision__number__lt=F("number"),
    )
    return Count("handoff__answers", filter=earlier, distinct=True)


def _once(told: Round) -> tuple[str, ...]:
    """What somebody is told of once: a handoff each time that it is their turn, anything else for
    itself. Rounds that nobody answered are the same handoff still."""
    event, payload = told.event, told.event.payload or {}
    if event.kind in hearers.ROUNDS:
        turn = getattr(told.revision, "turn", 0)
        return (f"turn {turn}",) if turn else ()
    if event.kind in (event_kinds.ASSIGNED, *ANSWERS):
        return (event.kind, str(told.revision.number))
    if event.kind == event_kinds.ESCALATED:
        return (event.kind, str(told.revision.number), str(payload.get("step")))
    return (event.kind, str(event.pk))


def _asks(event: Event) -> bool:
    return event.kind in KINDS and event.payload is not None


def _is_of_people(event: Event) -> bool:
    agents = (Channel.Kind.CALLBACK, Channel.Kind.FILE)
    return (event.payload or {}).get("channel") not in agents


def _callbacks(told: Round, at: datetime) -> list[Delivery]:
    callback, agent = told.revision.parsed.callback, told.handoff.submitter
    if callback is None or told.event.kind not in callback.events:
        return []
    if not is_host_allowed(callback.url, agent.callback_hosts):
        return []  # a warning at intake said so
    channel = rows.channel(kind=Channel.Kind.CALLBACK, agent=agent, address=callback.url)
    target = parse_url(callback.url)
    lane = f"host {target.host}:{target.port}"
    return [_to_agent(told, channel, callback.url, lane, at)]


def _files(told: Round, at: datetime) -> list[Delivery]:
    handoff = told.handoff
    if handoff.source != Source.FILE:
        return []
    channel = rows.channel(kind=Channel.Kind.FILE, workspace=handoff.workspace)
    return [_to_agent(told, channel, handoff.source_path, f"folder {handoff.workspace_id}", at)]


def _to_agent(told: Round, channel: Channel, recipient: str, lane: str, at: datetime) -> Delivery:
    facts: dict[str, Any] = {"handoff": told.handoff, "answer": told.answer, "lane": lane}
    return rows.delivery(told.event, channel, recipient, at=at, **facts)
