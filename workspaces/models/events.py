"""One append-only row per fact: audit trail, outbox and source of live updates at once."""

from django.db import models
from django.db.models import Q


class Event(models.Model):
    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.PROTECT, related_name="events"
    )
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=48)
    subject_type = models.CharField(max_length=24)
    subject_id = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=8)  # human, agent, rule, system
    actor_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    # No prose, address or argument outside the payload: it alone may be erased.
    payload = models.JSONField(null=True)
    payload_sha256 = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    # The outbox half. NULL until the dispatcher has made its deliveries.
    dispatched_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "seq"], name="event_seq_unique")
        ]
        indexes = [
            # the dispatcher: what is not yet fanned out, oldest first
            models.Index(fields=["id"], name="event_undispatched", condition=Q(dispatched_at=None)),
            # a handoff's audit tab
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"
