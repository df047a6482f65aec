"""Appending Events: the audit trail, the outbox and the source of live updates are one table.

The chain covers workspace, seq, kind, subject, actor, time, the payload's sha256 and the previous
hash; the payload itself may be erased without breaking it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workspaces import clock, event_kinds, wake
from workspaces.actors import Actor
from workspaces.models import DESK, Event, Workspace
from workspaces.transactions import write


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def chain_hash(event: Event) -> str:
    """What ``event.hash`` must be, from its own columns."""
    covered = [
        event.workspace_id,
        event.seq,
        event.kind,
        event.subject_type,
        event.subject_id,
        event.actor_kind,
        event.actor_id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.payload_sha256,
        event.previous_hash,
    ]
    return hashlib.sha256(canonical(covered)).hexdigest()


def record(
    workspace_id: int,
    kind: str,
    *,
    subject: tuple[str, str],
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append one fact in the open transaction; call it last, it takes the workspace's row.

    ``subject`` is (type, id), e.g. ``("handoff", "ho_01…")``. Wakes the dispatcher on commit.
    Raises ValueError for an unregistered kind or payload member.
    """
    body = dict(payload or {})
    event_kinds.check(kind, body)
    workspace = (
        Workspace.objects.select_for_update().only("event_seq", "event_hash").get(pk=workspace_id)
    )
    event = Event(
        workspace_id=workspace_id,
        seq=workspace.event_seq + 1,
        kind=kind,
        subject_type=subject[0],
        subject_id=subject[1],
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=at or clock.now(),
        payload=body,
        payload_sha256=hashlib.sha256(canonical(body)).hexdigest(),
        previous_hash=workspace.event_hash,
    )
    event.hash = chain_hash(event)
    Workspace.objects.filter(pk=workspace_id).update(event_seq=event.seq, event_hash=event.hash)
    event.save(force_insert=True)
    wake.after_commit(workspace_id)
    return event


def record_on_desk(
    kind: str,
    *,
    subject: tuple[str, str],
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """For facts of no workspace (sign-ins, tokens, roles): the reserved workspace ``desk``.

    In the open transaction, or in one of its own where nothing else is changed.
    """
    with write():
        desk, _ = Workspace.objects.get_or_create(slug=DESK, defaults={"name": "Desk"})
        return record(desk.pk, kind, subject=subject, actor=actor, payload=payload)


@dataclass(frozen=True)
class Fault:
    workspace: str
    seq: int
    detail: str


def verify(workspace: Workspace) -> Iterator[Fault]:
    """Every place where the chain of ``workspace`` is broken; nothing when it is whole."""
    erased = set(
        Event.objects.filter(
            kind=event_kinds.PAYLOAD_ERASED, payload__workspace=workspace.pk
        ).values_list("payload__seq", flat=True)
    )
    previous, expected = "", 1
    for event in workspace.events.order_by("seq").iterator(chunk_size=1000):
        if event.seq != expected:
            yield Fault(workspace.slug, expected, f"missing up to {event.seq - 1}")
        if event.previous_hash != previous:
            yield Fault(workspace.slug, event.seq, "does not follow the event before it")
        if chain_hash(event) != event.hash:
            yield Fault(workspace.slug, event.seq, "was changed after it was recorded")
        if event.payload is None:
            if event.seq not in erased:
                yield Fault(workspace.slug, event.seq, "payload is gone without a record of it")
        elif hashlib.sha256(canonical(event.payload)).hexdigest() != event.payload_sha256:
            yield Fault(workspace.slug, event.seq, "payload was changed")
        previous, expected = event.hash, event.seq + 1
    workspace.refresh_from_db(fields=["event_seq", "event_hash"])
    if workspace.event_seq >= expected or (previous and workspace.event_hash != previous):
        yield Fault(workspace.slug, expected, "the end of the chain is missing")
