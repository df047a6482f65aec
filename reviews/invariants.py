"""What must always hold of a running installation (reliability.md I1 to I6)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, Q

from reviews import binding, event_kinds, policy, timers, votes
from reviews.models import (
    Answer,
    Decision,
    Delivery,
    Digest,
    Handoff,
    Outcome,
    Revision,
    RoutingRun,
    SourceFile,
    Status,
)
from workspaces import clock, events
from workspaces.errors import HandoffError
from workspaces.models import Event, Workspace

Check = Callable[[], Iterator[str]]


def every_input_has_one_handoff() -> Iterator[str]:
    """I1: every round announced exists, and every handoff has its rounds 1…n and a first Event."""
    counted = Handoff.objects.annotate(rounds=Count("revisions")).exclude(rounds=F("revision"))
    for pk, rounds, number in counted.values_list("pk", "rounds", "revision"):
        yield f"HO-{pk} has {rounds} rounds, its number is {number}"
    announced = Event.objects.filter(kind=event_kinds.SUBMITTED)
    known = Handoff.objects.values("public_id")
    for event in announced.exclude(subject_id__in=known):
        yield f"{event.subject_id} was announced and is not there"
    said = announced.values("subject_id")
    for handoff in Handoff.objects.exclude(public_id__in=said):
        yield f"{handoff.number} was never announced"
    twice = announced.values("subject_id").annotate(n=Count("pk")).filter(n__gt=1)
    for row in twice:
        yield f"{row['subject_id']} was announced {row['n']} times"
    for source in SourceFile.objects.filter(handoff=None, retry_at=None, receipt_for=""):
        if source.sha256:
            yield f"{source.path} was read and has neither a handoff nor a receipt"


def one_effective_decision_a_round() -> Iterator[str]:
    """I2: and a released decision has exactly its answer."""
    votes = (
        Decision.objects.filter(undone_at=None)
        .values("revision", "slot")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in votes:
        yield f"round {row['revision']} has {row['n']} effective decisions"
    verdicts = Decision.objects.filter(gives_verdict=True)
    for decision in verdicts.filter(released_at__isnull=False, answer=None):
        yield f"decision {decision.pk} was released without an answer"
    early = Q(decision__released_at=None) & Q(decision__isnull=False)
    for answer in Answer.objects.filter(early):
        yield f"answer {answer.pk} exists though its decision was not released"
    for decision in Decision.objects.iterator(chunk_size=500):
        try:
            decision.read_entries()
        except HandoffError as error:
            yield f"decision {decision.pk} cannot be read: {error.detail}"
    for decision in Decision.objects.filter(released_at__isnull=False, undone_at__isnull=False):
        yield f"decision {decision.pk} was both released and undone"


def every_verdict_has_its_votes() -> Iterator[str]:
    """I2: no verdict with fewer votes than its policy asks for; a vote waits only while its round
    does; and the votes that stand are those that the Events tell of."""
    runs = {
        run.revision_id: run
        for run in RoutingRun.objects.exclude(effects__approvals=None).select_related(
            "handoff__workspace"
        )
    }
    for revision in Revision.objects.filter(pk__in=runs).order_by("pk"):
        cast = votes.standing(revision)
        last = next((vote for vote in cast if vote.gives_verdict), None)
        if last is None:
            continue
        run = runs[revision.pk]
        demanded = policy.of_run(run, run.handoff.workspace)
        # Whom a team has now says nothing about then: how many there are does.
        demanded = replace(demanded, teams=())
        if not votes.settle(demanded, [*(v for v in cast if v.pk != last.pk), last]):
            yield f"round {revision} has a verdict, and not the votes for it"
    waiting = Decision.objects.filter(is_waiting=True).select_related("handoff", "revision")
    for vote in waiting:
        is_over = vote.handoff.status != Status.PENDING
        is_old = vote.revision.number != vote.handoff.revision
        if is_over or is_old or vote.gives_verdict or vote.undone_at is not None:
            yield f"vote {vote.pk} of {vote.handoff.number} waits though its round does not"
    yield from _votes_that_no_event_tells()


def _votes_that_no_event_tells() -> Iterator[str]:
    told: set[int] = set()
    undone: set[int] = set()
    taken = (event_kinds.UNDONE, event_kinds.VOTE_UNDONE)
    given = (event_kinds.VERDICT, event_kinds.VOTED)
    rows = Event.objects.filter(kind__in=[*given, *taken]).values_list("kind", "payload")
    for kind, payload in rows.iterator(chunk_size=1000):
        if payload is not None:
            (told if kind in given else undone).add(payload["decision"])
    stands = set(Decision.objects.filter(undone_at=None).values_list("pk", flat=True))
    for pk in sorted(stands ^ (told - undone)):
        yield f"vote {pk} stands" if pk in stands else f"vote {pk} should stand by its events"


def one_delivery_a_decision_and_recipient() -> Iterator[str]:
    """I3"""
    twice = (
        Delivery.objects.filter(answer__isnull=False)
        .values("answer", "channel", "recipient")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in twice:
        yield f"answer {row['answer']} goes {row['n']} times to {row['recipient']}"
    grace = clock.now() - timedelta(seconds=2 * settings.HANDOFF_LEASE_SECONDS)
    late = Answer.objects.filter(
        handoff__source="file", created_at__lt=grace, deliveries__isnull=True
    )
    for answer in late:
        yield f"answer {answer.pk} of {answer.handoff.number} has no delivery to its file"


def status_is_the_fold_of_events() -> Iterator[str]:
    """I4: replaying its Events gives every handoff's status, outcome, verdict and round."""
    for handoff in Handoff.objects.iterator(chunk_size=500):
        status, outcome, verdict, revision = "", Outcome.NONE.value, "", 0
        story = Event.objects.filter(subject_type="handoff", subject_id=handoff.public_id)
        for event in story.order_by("seq"):
            payload = event.payload or {}
            if event.kind in (event_kinds.SUBMITTED, event_kinds.REVISED):
                status, outcome = Status.PENDING.value, Outcome.NONE.value
                revision = payload["revision"]
            elif event.kind == event_kinds.VERDICT:
                verdict = payload["outcome"]
            elif event.kind == event_kinds.UNDONE:
                verdict = ""
            elif event.kind == event_kinds.VOTE_UNDONE:
                verdict = "" if payload["reopened"] else verdict
            elif event.kind in event_kinds.RELEASE_KINDS.values():
                status, outcome, verdict = event.kind.removeprefix("handoff."), "", ""
                outcome = payload["outcome"]
        told = (status, outcome, verdict, revision)
        stands = (handoff.status, handoff.outcome, handoff.verdict, handoff.revision)
        if told != stands:
            yield f"{handoff.number} stands at {stands}, its events tell {told}"


def the_audit_chain_verifies() -> Iterator[str]:
    """I5"""
    for workspace in Workspace.objects.order_by("pk"):
        for fault in events.verify(workspace):
            yield f"{fault.workspace} #{fault.seq}: {fault.detail}"


def nothing_lingers_in_the_outbox() -> Iterator[str]:
    """I6: older than two leases without being done, tried again later, or dead."""
    grace = clock.now() - timedelta(seconds=2 * settings.HANDOFF_LEASE_SECONDS)
    for event in Event.objects.filter(dispatched_at=None, at__lt=grace)[:20]:
        yield f"event {event.pk} ({event.kind}) was never fanned out"
    waiting = Delivery.objects.filter(status=Delivery.Status.WAITING, next_at__lt=grace)
    for delivery in waiting[:20]:
        yield f"delivery {delivery.pk} has been due since {delivery.next_at:%H:%M:%S}"
    for digest in Digest.objects.filter(status=Digest.Status.WAITING, next_at__lt=grace)[:20]:
        yield f"digest {digest.pk} has been due since {digest.next_at:%H:%M:%S}"
    held = Delivery.objects.filter(status=Delivery.Status.HELD, digest=None, next_at__lt=grace)
    under_way = Digest.objects.filter(status=Digest.Status.WAITING).values("user")
    for delivery in held.exclude(user__in=under_way)[:20]:
        yield f"delivery {delivery.pk} has had no digest since {delivery.next_at:%H:%M:%S}"
    overdue = Decision.objects.filter(released_at=None, undone_at=None, release_at__lt=grace)
    for decision in overdue[:20]:
        yield f"decision {decision.pk} should have been released at {decision.release_at:%H:%M:%S}"
    for timer in timers.due(grace)[:20]:
        yield f"a timer of HO-{timer.handoff_id} has been due since {timer.at:%H:%M:%S}"


def rounds_keep_their_digest() -> Iterator[str]:
    """The digest of every open round is the one its document and files give."""
    for revision in Revision.objects.filter(handoff__status=Status.PENDING).iterator():
        digest = binding.digest_of(revision.document, revision.artifacts.all())
        if digest != revision.package_sha256:
            yield f"round {revision} does not have the digest that it is bound to"


CHECKS: dict[str, Check] = {
    "I1 every accepted input has exactly one handoff": every_input_has_one_handoff,
    "I2 at most one effective decision a round": one_effective_decision_a_round,
    "I2 no verdict without the votes for it": every_verdict_has_its_votes,
    "I3 one delivery a decision, channel and recipient": one_delivery_a_decision_and_recipient,
    "I4 every status equals the fold of its events": status_is_the_fold_of_events,
    "I5 the audit chain verifies": the_audit_chain_verifies,
    "I6 nothing lingers in the outbox": nothing_lingers_in_the_outbox,
    "every open round has the digest it is bound to": rounds_keep_their_digest,
}
