"""The only code that moves a handoff: every change is a conditional UPDATE and one Event.

    pending → decided | changes_requested | expired | withdrawn
    changes_requested → pending (next round), pending → pending (superseded)

A verdict is a column beside the status until its undo window closes. Each function runs in the
caller's open transaction and raises ``Moved`` when somebody else was faster.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from reviews import event_kinds
from reviews.models import Answer, Artifact, Decision, Handoff, Outcome, Revision, Status, Timer
from workspaces import events
from workspaces.actors import Actor
from workspaces.errors import Conflict
from workspaces.models import User

Settles = Callable[[Sequence[Decision]], bool]
"""Do these votes, the newest last, give their round its verdict? Without a quorum any one does."""


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
    _close_votes(handoff, at)
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


def give_verdict(
    decision: Decision, *, actor: Actor, is_confirmed: bool, settles: Settles = bool
) -> None:
    """Save the vote ``decision``; nobody else may hold a live claim.

    It gives the verdict where ``settles`` says so of all the votes that stand, in their order;
    else it waits for others, and its reviewer's claim is given back.
    """
    handoff, at, reviewer = decision.handoff, decision.decided_at, decision.reviewer
    unclaimed = Q(claimed_by=None) | Q(claimed_by=reviewer) | Q(claimed_until__lte=at)
    # Holds the row, so that votes that come at once are counted one after the other.
    moved = Handoff.objects.filter(
        unclaimed,
        pk=handoff.pk,
        status=Status.PENDING,
        verdict="",
        revision=decision.revision.number,
    ).update(**AWAKE)
    if not moved:
        raise Moved("This handoff moved on before your decision arrived.")
    others = list(
        Decision.objects.filter(revision=decision.revision, undone_at=None).order_by("slot")
    )
    if any(vote.reviewer_id == reviewer.pk for vote in others):
        raise Moved("You have voted on this round.")
    decision.slot = others[-1].slot + 1 if others else 1
    decision.gives_verdict = settles([*others, decision])
    decision.is_waiting = not decision.gives_verdict
    mine = Handoff.objects.filter(pk=handoff.pk)
    if decision.gives_verdict:
        mine.update(verdict=decision.outcome, updated_at=at)
        handoff.verdict = decision.outcome
    else:
        mine.update(claimed_by=None, claimed_until=None)
    decision.save(force_insert=True)
    payload = {
        "revision": decision.revision.number,
        "package": decision.package_sha256,
        "outcome": decision.outcome,
        "decision": decision.pk,
        "release_at": decision.release_at.isoformat(),
        "confirmed": is_confirmed,
    }
    kind = event_kinds.VERDICT
    if decision.is_waiting:
        kind, payload["slot"] = event_kinds.VOTED, decision.slot
    events.record(
        handoff.workspace_id, kind, subject=subject(handoff), actor=actor, payload=payload, at=at
    )


def undo_verdict(
    decision: Decision, *, actor: Actor, at: datetime, settles: Settles = bool
) -> None:
    """Take a vote back; the verdict goes with it where the votes that are left do not give it.

    ``settles`` as of ``give_verdict``. Raises Moved when it is too late.
    """
    _hold(decision.handoff_id)
    won = Decision.objects.filter(pk=decision.pk, released_at=None, undone_at=None).update(
        undone_at=at, is_waiting=False
    )
    if not won:
        raise Moved("It is too late to undo this: the decision has left.")
    decision.refresh_from_db(fields=["gives_verdict", "undone_at", "is_waiting"])
    payload: dict[str, int | bool] = {
        "revision": decision.revision.number,
        "decision": decision.pk,
    }
    kind = event_kinds.UNDONE
    takes_verdict = decision.gives_verdict
    if not takes_verdict:
        takes_verdict = _unsettle(decision.revision, settles)
        kind, payload["reopened"] = event_kinds.VOTE_UNDONE, takes_verdict
    if takes_verdict:
        Handoff.objects.filter(pk=decision.handoff_id).update(verdict="", updated_at=at)
    events.record(
        decision.handoff.workspace_id,
        kind,
        subject=subject(decision.handoff),
        actor=actor,
        payload=payload,
        at=at,
    )


def _unsettle(revision: Revision, settles: Settles) -> bool:
    """Let the vote that gave the verdict wait again, unless those that stand still give it."""
    votes = list(Decision.objects.filter(revision=revision, undone_at=None).order_by("slot"))
    last = next((vote for vote in votes if vote.gives_verdict), None)
    if last is None or settles([*(vote for vote in votes if vote.pk != last.pk), last]):
        return False
    return bool(
        Decision.objects.filter(pk=last.pk, released_at=None).update(
            gives_verdict=False, is_waiting=True
        )
    )


def _hold(handoff: int) -> None:
    """Lock the row, before any of its votes: who decides, undoes and releases take turns."""
    list(Handoff.objects.select_for_update().filter(pk=handoff).values_list("pk"))


def _close_votes(handoff: Handoff, at: datetime) -> None:
    """The round is over: nobody waits for more votes, and none can be taken back."""
    Decision.objects.filter(handoff=handoff, is_waiting=True).update(
        is_waiting=False, released_at=Coalesce("released_at", Value(at))
    )


def mark_released(decision: Decision, *, at: datetime) -> bool:
    """The winner of release against undo, exactly one. False: nothing to release."""
    _hold(decision.handoff_id)
    return bool(
        Decision.objects.filter(
            pk=decision.pk,
            released_at=None,
            undone_at=None,
            release_at__lte=at,
            gives_verdict=decision.gives_verdict,
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
    Timer.objects.filter(handoff=handoff, done_at=None).update(done_at=at, skipped="ended")
    _close_votes(handoff, at)
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
    _hold(handoff.pk)
    # A claim that was asked for before one's own vote would keep the others from voting.
    voted = Decision.objects.filter(handoff=OuterRef("pk"), reviewer=user, is_waiting=True)
    moved = (
        Handoff.objects.filter(free, pk=handoff.pk, status=Status.PENDING, verdict="")
        .exclude(Exists(voted))
        .update(claimed_by=user, claimed_until=until)
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


def release_claim(
    handoff: Handoff, user: User, *, at: datetime, actor: Actor | None = None, because: str = ""
) -> bool:
    """False when ``user`` had no live claim. ``actor`` is who releases it, else ``user``."""
    moved = Handoff.objects.filter(pk=handoff.pk, claimed_by=user, claimed_until__gt=at).update(
        claimed_by=None, claimed_until=None
    )
    if moved:
        events.record(
            handoff.workspace_id,
            event_kinds.CLAIM_RELEASED,
            subject=subject(handoff),
            actor=actor or Actor.user(user),
            payload={"revision": handoff.revision, **({"because": because} if because else {})},
            at=at,
        )
    return bool(moved)
