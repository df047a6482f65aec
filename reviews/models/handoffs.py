"""A handoff, its rounds, what each round binds, and the words exchanged about it."""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from reviews.schema import HandoffDocument, load
from workspaces.models import Agent, Workspace

if TYPE_CHECKING:
    from reviews.models.decisions import Decision


class Status(models.TextChoices):
    PENDING = "pending", _("Open")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    DECIDED = "decided", _("Decided")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


ENDED = (Status.DECIDED, Status.EXPIRED, Status.WITHDRAWN)


class Outcome(models.TextChoices):
    APPROVED = "approved", _("Approved")
    EDITED = "edited", _("Edited and approved")
    REJECTED = "rejected", _("Rejected")
    RESPONDED = "responded", _("Answered")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    MIXED = "mixed", _("Mixed")
    NONE = "none", _("No answer")


class Trigger(models.TextChoices):
    CRITICAL_ACTION = "critical_action", _("Critical action")
    ERROR = "error", _("Error")
    LOW_CONFIDENCE = "low_confidence", _("Low confidence")
    QUESTION = "question", _("Question")
    COMPLETION = "completion", _("Complete")


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    NORMAL = 1, _("Normal")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")


class Risk(models.IntegerChoices):
    NONE = 0, _("Not stated")
    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")


# The order of groups, the most pressing first; kept in a column, so that an index can follow it.
TRIGGER_RANKS = {
    "critical_action": 0,
    "error": 1,
    "low_confidence": 2,
    "question": 3,
    "completion": 4,
}
NO_DUE = datetime(9999, 12, 31, tzinfo=UTC)  # of ``due_key``: sorts last, and is no NULL


class Source(models.TextChoices):
    API = "api", _("by API")
    FILE = "file", _("by file")


class HandoffQuerySet(models.QuerySet["Handoff"]):
    def open(self) -> "HandoffQuerySet":
        """What a reviewer may decide now: a verdict under way leaves the open queue."""
        return self.filter(status=Status.PENDING, verdict="")

    def ended(self) -> "HandoffQuerySet":
        return self.filter(status__in=ENDED)

    def awake(self, now: datetime) -> "HandoffQuerySet":
        """Not put off: neither snoozed until later nor until something happens."""
        return self.exclude(snoozed_until__gt=now)

    def overdue(self, now: datetime) -> "HandoffQuerySet":
        """Past ``expires_at``, with no verdict under way."""
        return self.open().filter(expires_at__lte=now)


_PENDING = Q(status="pending")


class Handoff(models.Model):
    """``HO-<pk>`` is its number for people, ``public_id`` ("ho_<ULID>") for the API."""

    public_id = models.CharField(max_length=29, unique=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="handoffs")
    submitter = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="handoffs")
    submitter_token_id = models.BigIntegerField(null=True)
    source = models.CharField(max_length=4, choices=Source)
    source_path = models.CharField(max_length=1024, blank=True)  # of the file, in its workspace
    generation = models.PositiveIntegerField(default=0)  # of handoffs without id on one path
    external_id = models.CharField(max_length=128, null=True)  # noqa: DJ001 - NULL is not unique
    parent_public_id = models.CharField(max_length=64, blank=True)

    status = models.CharField(max_length=17, choices=Status, default=Status.PENDING)
    outcome = models.CharField(max_length=17, choices=Outcome, default=Outcome.NONE)
    verdict = models.CharField(max_length=17, blank=True)  # an Outcome whose undo window is open
    revision = models.PositiveIntegerField(default=1)  # number of the current round

    # Of the current round, for lists and rules; the Revision has the whole.
    title = models.CharField(max_length=200)
    trigger = models.CharField(max_length=15, choices=Trigger)
    confidence = models.FloatField(null=True)
    risk = models.PositiveSmallIntegerField(choices=Risk, default=Risk.NONE)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    queue_hint = models.CharField(max_length=64, blank=True)
    tags = models.JSONField(default=list)
    file_count = models.PositiveIntegerField(default=0)
    # What a decision from a list is bound to; the Revision's, which the page shows.
    package_sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    on_expiry = models.CharField(max_length=8, default="expire")

    due_at = models.DateTimeField(null=True)
    is_due_in_business_time = models.BooleanField(default=False)
    due_key = models.GeneratedField(
        expression=Coalesce("due_at", "expires_at", Value(NO_DUE)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    trigger_rank = models.GeneratedField(
        expression=Case(
            *(When(trigger=name, then=Value(rank)) for name, rank in TRIGGER_RANKS.items()),
            default=Value(len(TRIGGER_RANKS)),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    snoozed_until = models.DateTimeField(null=True)  # snoozing.FOREVER: until something happens
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="assigned"
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="claims"
    )
    claimed_until = models.DateTimeField(null=True)
    message_count = models.PositiveIntegerField(default=0)  # both sides', for the long-poll
    created_at = models.DateTimeField()
    queued_at = models.DateTimeField()  # of the current round
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = HandoffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "submitter", "external_id"],
                condition=Q(external_id__isnull=False),
                name="handoff_external_id_unique",
            ),
            models.UniqueConstraint(
                fields=["workspace", "source_path", "generation"],
                condition=Q(source="file", external_id__isnull=True),
                name="handoff_path_generation_unique",
            ),
        ]
        indexes = [
            # the open queue in each order that it is shown in (reviews.filtering.order)
            *(
                models.Index(
                    *columns, F("id").desc() if falls else F("id"), name=name, condition=_PENDING
                )
                for name, falls, columns in (
                    ("handoff_by_priority", True, [F("priority").desc()]),
                    ("handoff_by_workspace", True, [F("workspace"), F("priority").desc()]),
                    ("handoff_by_trigger", True, [F("trigger_rank"), F("priority").desc()]),
                    ("handoff_by_agent", True, [F("submitter"), F("priority").desc()]),
                    ("handoff_by_risk", True, [F("risk").desc()]),
                    ("handoff_by_due", False, [F("due_key")]),
                    ("handoff_by_age", False, [F("queued_at")]),
                )
            ),
            # how many are open, read from the index alone
            models.Index(
                fields=["workspace", "snoozed_until"],
                name="handoff_open",
                condition=Q(status="pending", verdict=""),
            ),
            # what was sent back, newest first
            models.Index(
                fields=["-updated_at", "-id"],
                name="handoff_waiting",
                condition=Q(status="changes_requested"),
            ),
            # the decided list, newest first
            models.Index(
                fields=["-ended_at", "-id"],
                name="handoff_ended",
                condition=Q(ended_at__isnull=False),
            ),
            # the expiry sweep
            models.Index(
                fields=["expires_at"], name="handoff_expiry", condition=Q(status="pending")
            ),
            # what wakes next
            models.Index(
                fields=["snoozed_until"],
                name="handoff_snoozed",
                condition=Q(snoozed_until__isnull=False),
            ),
            # GET /handoffs of one agent, by keyset
            models.Index(fields=["submitter", "updated_at", "id"], name="handoff_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return f"/h/{self.number}/"

    @property
    def number(self) -> str:
        return f"HO-{self.pk}"

    @property
    def is_critical(self) -> bool:
        return self.risk == Risk.CRITICAL

    def has_live_claim(self, now: datetime) -> bool:
        return self.claimed_until is not None and self.claimed_until > now

    def is_snoozed(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > now

    @cached_property
    def current(self) -> "Revision":
        return self.revisions.get(number=self.revision)


class Revision(models.Model):
    """One round: the document as received, and the digest a decision is bound to."""

    class Origin(models.TextChoices):
        API = "api", _("sent by the agent")
        FILE = "file", _("dropped as a file")
        FILES_CHANGED = "files_changed", _("bound files changed")

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=13, choices=Origin)
    document = models.TextField()  # canonical JSON: keys sorted, numbers as written
    document_sha256 = models.CharField(max_length=64)  # of the canonical text
    received_sha256 = models.CharField(max_length=64)  # of the bytes read
    package_sha256 = models.CharField(max_length=64)
    dialect = models.CharField(max_length=32, blank=True)  # of reviews.dialects, "" for handoff/v1
    native = models.TextField(blank=True)  # the framework's body as received, canonical JSON
    warnings = models.JSONField(default=list)
    secrets = models.JSONField(default=list)  # places and kinds, of reviews.secret_findings
    created_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True)  # time to first look cannot be back-filled

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handoff", "number"], name="revision_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.handoff.number} r{self.number}"

    @cached_property
    def parsed(self) -> HandoffDocument:
        return load(self.document)

    @property
    def effective_decision(self) -> "Decision | None":
        return self.decisions.filter(undone_at=None, gives_verdict=True).first()


class Artifact(models.Model):
    """A file of a round as it was at intake. ``files`` are bound by the digest, the rest is
    evidence. Bytes are in the content-addressed store when ``is_stored``."""

    class Kind(models.TextChoices):
        FILE = "file"
        LOG = "log"
        MESSAGES = "messages"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="artifacts")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    path = models.CharField(max_length=1024)
    change = models.CharField(max_length=9, blank=True)
    previous_path = models.CharField(max_length=1024, blank=True)
    media_type = models.CharField(max_length=255, blank=True)
    note = models.TextField(blank=True)
    size = models.BigIntegerField(null=True)  # bytes; NULL with sha256: absent at intake
    sha256 = models.CharField(max_length=64, null=True)  # noqa: DJ001 - NULL is the protocol's
    inode = models.BigIntegerField(null=True)  # with ctime_ns: cheap to see it stands still
    ctime_ns = models.BigIntegerField(null=True)
    is_inline = models.BooleanField(default=False)
    is_stored = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "kind", "position"], name="artifact_position_unique"
            )
        ]
        indexes = [models.Index(fields=["sha256"], name="artifact_sha256")]

    def __str__(self) -> str:
        return self.path


class Comment(models.Model):
    """A message between reviewer and agent, or a line comment. Never deleted."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="comments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True)
    body = models.TextField()
    path = models.CharField(max_length=1024, blank=True)
    line = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) ^ Q(agent__isnull=False), name="comment_one_author"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user or self.agent}: {self.body[:40]}"
