"""The only code that moves a handoff: every change is a conditional UPDATE and one Event.

    pending → decided | changes_requested | expired | withdrawn
    changes_requested → pending (next round), pending → pending (superseded)

A verdict is a column beside the status until its undo window closes. Each function runs in the
caller's open transaction and raises ``Moved`` when somebody else was faster.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from reviews import event_kinds
from reviews.models import Answer, Artifact, Decision, Handoff, Outcome, Revision, Status
from workspaces import events
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.models import User


class Moved(Conflict):
    """The handoff is no longer where the caller saw it."""

    code, title = "moved", "Somebody was faster"


def subject(handoff: Handoff) -> tuple[str, str]:
    return "handoff", handoff.public_id


def insert(handoff: Handoff, revision: Revision, artifacts: Sequence[Artifact]) -> None:
    """Save a new handoff with its first round; ``announce`` records it."""
    handoff.package_sha256 = revision.package_sha256
    handoff.save(force_insert=True)
    revision.handoff = handoff
    _save_round(revision, artifacts)


def next_round(
    handoff: Handoff, revision: Revision, artifacts: Sequence[Artifact], *, at: datetime
) -> None:
    """Open the next round of a handoff that is pending without a verdict, or sent back.

    ``handoff`` carries the new round's facts for lists, ``revision.number`` its number.
    """
    moved = Handoff.objects.filter(
        pk=handoff.pk,
        status__in=[Status.PENDING, Status.CHANGES_REQUESTED],
        verdict="",
        revision=revision.number - 1,
    ).update(
        status=Status.PENDING,
        outcome=Outcome.NONE,
        revision=revision.number,
        package_sha256=revision.package_sha256,
        queued_at=at,
        updated_at=at,
        **{name: getattr(handoff, name) for name in ROUND_FACTS},
    )
    if not moved:
        raise Moved("This handoff moved on while the next round was being taken.")
    handoff.status, handoff.revision = Status.PENDING, revision.number
    revision.handoff = handoff
    _save_round(revision, artifacts)


# Whoever decides a snoozed handoff, or ends it, has woken it.
AWAKE: dict[str, None] = {"snoozed_until": None, "snoozed_by": None}

# Columns of Handoff that repeat the current round's document.
ROUND_FACTS = (
    "title",
    "trigger",
    "confidence",
    "risk",
    "priority",
    "queue_hint",
    "tags",
    "file_count",
    "expires_at",
    "on_expiry",
)


def announce(handoff: Handoff, revision: Revision, *, actor: Actor, rule: int) -> None:
    """Record the Event of a round that was inserted in this transaction."""
    payload = {
        "revision": revision.number,
        "package": revision.package_sha256,
        "origin": revision.origin,
        "rule": rule,
        "agent": handoff.submitter_id,
    }
    if handoff.assigned_to_id is not None:
        payload["to"] = handoff.assigned_to_id  # by the rule, or since an earlier round
    if revision.number == 1:
        kind = event_kinds.SUBMITTED
        payload["trigger"] = handoff.trigger
    else:
        kind = event_kinds.REVISED
    events.record(
        handoff.workspace_id,
        kind,
        subject=subject(handoff),
        actor=actor,
        payload=payload,
        at=revision.created_at,
    )


def give_verdict(decision: Decision, *, actor: Actor, is_confirmed: bool) -> None:
    """Set the verdict and save ``decision``; nobody else may hold a live claim."""
    handoff, at = decision.handoff, decision.decided_at
    unclaimed = Q(claimed_by=None) | Q(claimed_by=decision.reviewer) | Q(claimed_until__lte=at)
    moved = Handoff.objects.filter(
        unclaimed,
        pk=handoff.pk,
        status=Status.PENDING,
        verdict="",
        revision=decision.revision.number,
    ).update(verdict=decision.outcome, updated_at=at, **AWAKE)
    if not moved:
        raise Moved("This handoff moved on before your decision arrived.")
    handoff.verdict = decision.outcome
    decision.save(force_insert=True)
    events.record(
        handoff.workspace_id,
        event_kinds.VERDICT,
        subject=subject(handoff),
        actor=actor,
        payload={
            "revision": decision.revision.number,
            "package": decision.package_sha256,
            "outcome": decision.outcome,
            "decision": decision.pk,
            "release_at": decision.release_at.isoformat(),
            "confirmed": is_confirmed,
        },
        at=at,
    )


def undo_verdict(decision: Decision, *, actor: Actor, at: datetime) -> None:
    won = Decision.objects.filter(pk=decision.pk, released_at=None, undone_at=None).update(
        undone_at=at
    )
    if not won:
        raise Moved("It is too late to undo this: the decision has left.")
    Handoff.objects.filter(pk=decision.handoff_id).update(verdict="", updated_at=at)
    events.record(
        decision.handoff.workspace_id,
        event_kinds.UNDONE,
        subject=subject(decision.handoff),
        actor=actor,
        payload={"revision": decision.revision.number, "decision": decision.pk},
        at=at,
    )


def mark_released(decision: Decision, *, at: datetime) -> bool:
    """The winner of release against undo, exactly one. False: nothing to release."""
    return bool(
        Decision.objects.filter(
            pk=decision.pk, released_at=None, undone_at=None, release_at__lte=at
        ).update(released_at=at)
    )


def finish(
    handoff: Handoff,
    answer: Answer,
    *,
    verdict: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Move a pending handoff to the status of ``answer``, save the answer, tell the world.

    ``verdict`` is the one under way ("" for expiry and withdrawal).
    """
    has_ended = answer.status != Status.CHANGES_REQUESTED
    moved = Handoff.objects.filter(
        pk=handoff.pk,
        status=Status.PENDING,
        verdict=verdict,
        revision=answer.revision.number,
    ).update(
        status=answer.status,
        outcome=answer.outcome,
        verdict="",
        claimed_by=None,
        claimed_until=None,
        updated_at=at,
        ended_at=at if has_ended else None,
        **AWAKE,
    )
    if not moved:
        raise Moved("This handoff moved on meanwhile.")
    answer.save(force_insert=True)
    events.record(
        handoff.workspace_id,
        event_kinds.RELEASE_KINDS[answer.status],
        subject=subject(handoff),
        actor=actor,
        payload={
            "revision": answer.revision.number,
            "outcome": answer.outcome,
            "answer": answer.pk,
        },
        at=at,
    )


def _save_round(revision: Revision, artifacts: Sequence[Artifact]) -> None:
    revision.save(force_insert=True)
    for artifact in artifacts:
        artifact.revision, artifact.pk = revision, None  # a retry inserts them anew
    Artifact.objects.bulk_create(artifacts, batch_size=200)


def claim(handoff: Handoff, user: User, *, until: datetime, at: datetime, take_over: bool) -> bool:
    """Lease the handoff to ``user``. True for a new claim, False for a renewal."""
    renewed = Handoff.objects.filter(
        pk=handoff.pk, status=Status.PENDING, verdict="", claimed_by=user, claimed_until__gt=at
    ).update(claimed_until=until)
    if renewed:
        return False
    free = Q() if take_over else Q(claimed_by=None) | Q(claimed_until__lte=at)
    taken_from = handoff.claimed_by_id if handoff.has_live_claim(at) else None
    moved = Handoff.objects.filter(free, pk=handoff.pk, status=Status.PENDING, verdict="").update(
        claimed_by=user, claimed_until=until
    )
    if not moved:
        raise Moved("Somebody else has claimed this handoff.")
    payload: dict[str, int | None] = {"revision": handoff.revision}
    if taken_from is not None:
        payload["taken_from"] = taken_from
    events.record(
        handoff.workspace_id,
        event_kinds.CLAIMED,
        subject=subject(handoff),
        actor=Actor.user(user),
        payload=payload,
        at=at,
    )
    return True


def release_claim(handoff: Handoff, user: User, *, at: datetime) -> bool:
    moved = Handoff.objects.filter(pk=handoff.pk, claimed_by=user, claimed_until__gt=at).update(
        claimed_by=None, claimed_until=None
    )
    if moved:
        events.record(
            handoff.workspace_id,
            event_kinds.CLAIM_RELEASED,
            subject=subject(handoff),
            actor=Actor.user(user),
            payload={"revision": handoff.revision},
            at=at,
        )
    return bool(moved)
