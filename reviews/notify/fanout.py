"""Which Deliveries an Event asks for. Called in the dispatcher's transaction; sends nothing.

A handoff or a new round: the bell of everybody it was routed to, and one mail a handoff and
person. What the agent waits for: its callback, where the document names one, and the answer
file, where the handoff came as a file.
"""

import hashlib
from datetime import datetime

from reviews import event_kinds
from reviews.models import Answer, Channel, Delivery, Handoff, Revision, RoutingRun, Source
from reviews.notify.addresses import is_host_allowed, parse_url
from workspaces.models import Event, User

ANSWERS = frozenset(event_kinds.RELEASE_KINDS.values())
ROUNDS = frozenset({event_kinds.SUBMITTED, event_kinds.REVISED})
KINDS = ANSWERS | ROUNDS | {event_kinds.COMMENTED, event_kinds.CLAIMED}
"""Events of other kinds ask for nothing."""


def fan_out(event: Event, *, at: datetime) -> set[int]:
    """Save the Deliveries that ``event`` asks for. Safe to repeat: their keys are unique.

    Returns the people (primary keys) whose bell has something new.
    """
    if event.kind not in KINDS or event.payload is None:
        return set()
    handoff = Handoff.objects.select_related("workspace", "submitter").get(
        public_id=event.subject_id
    )
    revision = handoff.revisions.get(number=event.payload["revision"])
    wanted: list[Delivery] = []
    if event.kind in ROUNDS:
        people = _routed(revision)
        wanted += _bells(event, handoff, people) + _mails(event, handoff, people)
    elif event.kind in ANSWERS:
        answer = Answer.objects.get(pk=event.payload["answer"])
        wanted += _callbacks(event, handoff, revision, answer) + _files(event, handoff, answer)
    elif event.actor_kind == "agent":
        wanted += _bells(event, handoff, _routed(revision))
    else:
        wanted += _callbacks(event, handoff, revision, None)
    for delivery in wanted:
        delivery.created_at = delivery.next_at = at
        if delivery.status == Delivery.Status.DONE:
            delivery.done_at = at
    Delivery.objects.bulk_create(wanted, ignore_conflicts=True)
    return {d.user_id for d in wanted if d.user_id and d.channel.kind == Channel.Kind.INBOX}


def _routed(revision: Revision) -> list[User]:
    run = RoutingRun.objects.filter(revision=revision).first()
    return list(run.reviewers.filter(is_active=True).order_by("pk")) if run else []


def _bells(event: Event, handoff: Handoff, people: list[User]) -> list[Delivery]:
    """Delivered when they exist: the bell reads the rows."""
    channel = _desk_wide(Channel.Kind.INBOX)
    return [
        _delivery(event, channel, handoff, str(person.pk), user=person, status=Delivery.Status.DONE)
        for person in people
        if channel.is_active
    ]


def _mails(event: Event, handoff: Handoff, people: list[User]) -> list[Delivery]:
    channel = _desk_wide(Channel.Kind.EMAIL)
    return [
        _delivery(
            event,
            channel,
            handoff,
            person.email,
            user=person,
            lane="mail",
            key=_key("email", handoff.public_id, str(person.pk)),
        )
        for person in people
        if channel.is_active
    ]


def _callbacks(
    event: Event, handoff: Handoff, revision: Revision, answer: Answer | None
) -> list[Delivery]:
    callback, agent = revision.parsed.callback, handoff.submitter
    if callback is None or event.kind not in callback.events:
        return []
    if not is_host_allowed(callback.url, agent.callback_hosts):
        return []  # a warning at intake said so
    channel, _ = Channel.objects.get_or_create(
        kind=Channel.Kind.CALLBACK, agent=agent, address=callback.url
    )
    target = parse_url(callback.url)
    lane = f"host {target.host}:{target.port}"
    return [_delivery(event, channel, handoff, callback.url, answer=answer, lane=lane)]


def _files(event: Event, handoff: Handoff, answer: Answer) -> list[Delivery]:
    if handoff.source != Source.FILE:
        return []
    channel, _ = Channel.objects.get_or_create(kind=Channel.Kind.FILE, workspace=handoff.workspace)
    lane = f"folder {handoff.workspace_id}"
    return [_delivery(event, channel, handoff, handoff.source_path, answer=answer, lane=lane)]


def _desk_wide(kind: Channel.Kind) -> Channel:
    channel, _ = Channel.objects.get_or_create(kind=kind, workspace=None, agent=None, user=None)
    return channel


def _delivery(
    event: Event,
    channel: Channel,
    handoff: Handoff,
    recipient: str,
    *,
    user: User | None = None,
    answer: Answer | None = None,
    lane: str = "",
    key: str = "",
    status: str = Delivery.Status.WAITING,
) -> Delivery:
    return Delivery(
        event=event,
        channel=channel,
        handoff=handoff,
        answer=answer,
        user=user,
        recipient=recipient,
        lane=lane,
        key=key or _key(channel.kind, handoff.public_id, str(event.pk), recipient),
        status=status,
    )


def _key(*parts: str) -> str:
    """One message to one recipient. The handoff's ULID in it keeps two installations apart, for
    the key is also what receivers see as the message's id."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]
