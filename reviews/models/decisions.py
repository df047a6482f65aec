"""What people decided (votes), and what the agent got (the answer)."""

from typing import Any, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.handoffs import Handoff, Outcome, Revision, Status
from workspaces import strictjson


class Decision(models.Model):
    """One person's vote on a round. ``entries`` are decision/v1's, one an action.

    Where one vote is enough it gives the verdict. Where more are needed the others wait for it,
    until the round ends or the next one voids them; ``released_at`` is then when a vote could no
    longer be taken back.
    """

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="decisions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="decisions")
    slot = models.PositiveSmallIntegerField(default=1)  # the approver's position in a quorum
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(max_length=17, choices=Outcome)
    entries = models.TextField()  # canonical JSON list: argument types and numbers as written
    comment = models.TextField(blank=True)
    reason_codes = models.JSONField(default=list)
    package_sha256 = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    release_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    gives_verdict = models.BooleanField(default=True)  # the vote that the answer is made of
    is_waiting = models.BooleanField(default=False)  # counts, and others are still to vote

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "reviewer"],
                condition=Q(undone_at__isnull=True),
                name="decision_one_vote_a_person",
            ),
            models.UniqueConstraint(
                fields=["revision"],
                condition=Q(undone_at__isnull=True, gives_verdict=True),
                name="decision_one_verdict_a_round",
            ),
            models.UniqueConstraint(
                fields=["revision", "slot"],
                condition=Q(undone_at__isnull=True),
                name="decision_one_effective_vote",
            ),
        ]
        indexes = [
            # the releaser: verdicts whose undo window may have closed
            models.Index(
                fields=["release_at"],
                name="decision_unreleased",
                condition=Q(released_at=None, undone_at=None),
            ),
            # whose votes wait for others: left out of their queue, kept in theirs
            models.Index(
                fields=["reviewer", "handoff"],
                name="decision_waiting",
                condition=Q(is_waiting=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.reviewer}"

    def read_entries(self) -> list[dict[str, Any]]:
        """``entries`` as values; numbers keep how they were written."""
        return cast("list[dict[str, Any]]", strictjson.reread(self.entries))


class Answer(models.Model):
    """The decision document of one round, as the agent gets it by every way alike, and how far
    it has come: delivered, picked up, applied."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="answers")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="answer")
    decision = models.OneToOneField(
        Decision, on_delete=models.PROTECT, null=True, related_name="answer"
    )
    status = models.CharField(max_length=17, choices=Status)
    outcome = models.CharField(max_length=17, choices=Outcome)
    document = models.TextField()  # signed decision/v1, canonical JSON
    created_at = models.DateTimeField()
    picked_up_at = models.DateTimeField(null=True)
    acked_at = models.DateTimeField(null=True)
    was_applied = models.BooleanField(null=True)
    ack_result = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.status}: {self.outcome}"
