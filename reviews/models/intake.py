"""What intake remembers: files it has seen, problems it could not take, keys it has answered."""

from datetime import timedelta

from django.db import models
from django.db.models import Q

from reviews.models.handoffs import Handoff
from workspaces.models import AgentToken, Workspace


class SourceFile(models.Model):
    """An intake file as last taken, and digests of what the desk wrote beside it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="sources")
    path = models.CharField(max_length=1024)
    inode = models.BigIntegerField(default=0)
    mtime_ns = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # of the bytes read last
    handoff = models.ForeignKey(
        Handoff, on_delete=models.PROTECT, null=True, related_name="sources"
    )
    ctime_ns = models.BigIntegerField(default=0)
    receipt_sha256 = models.CharField(max_length=64, blank=True)  # of the receipt as written
    receipt_for = models.CharField(max_length=64, blank=True)  # sha256 of the bytes it answers
    decision_path = models.CharField(max_length=1024, blank=True)
    decision_sha256 = models.CharField(max_length=64, blank=True)
    decision_revision = models.PositiveIntegerField(default=0)  # 0: none written yet
    decision_handoff = models.ForeignKey(
        Handoff, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decision_mtime_ns = models.BigIntegerField(default=0)
    ack_mtime_ns = models.BigIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)  # answer under way: taken when the window closes

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "path"], name="source_file_unique")
        ]

    def __str__(self) -> str:
        return self.path


class Problem(models.Model):
    """Something that could not be taken: visible, with a reason and a retry."""

    class Kind(models.TextChoices):
        INVALID = "invalid"
        CONFLICT = "conflict"
        UNREADABLE = "unreadable"
        FOREIGN_FILE = "foreign_file"
        TAMPERED = "tampered"
        NOBODY = "nobody"  # a rule that reaches nobody; the path is "rules/<its key>"

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="problems")
    path = models.CharField(max_length=1024)
    kind = models.CharField(max_length=12, choices=Kind)
    detail = models.TextField()
    errors = models.JSONField(default=list)  # [{pointer, detail, line, column}]
    document_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "path", "kind"],
                condition=Q(resolved_at__isnull=True),
                name="problem_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


class IdempotencyKey(models.Model):
    """An answer given to a POST, kept 24 h in the same transaction as what it did."""

    KEPT = timedelta(hours=24)

    token = models.ForeignKey(AgentToken, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField()
    response = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_unique")
        ]

    def __str__(self) -> str:
        return self.key
