"""Rules that say who gets a handoff, their versions, and the record of which rule did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews import ulids
from reviews.models.handoffs import Handoff, Revision
from workspaces.models import Workspace


def new_key() -> str:
    return ulids.new("")


class RuleVersion(models.Model):
    """The rules of one scope (desk-wide: no workspace) as they were together at one time.

    draft → published → retired. Published versions are never edited, so that what is read from
    one may be kept by its ``key``.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    key = models.CharField(max_length=26, unique=True, default=new_key)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="rule_versions"
    )
    number = models.PositiveIntegerField(null=True)  # of its scope; NULL: a draft
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    edition = models.PositiveIntegerField(default=0)  # moves with every edit of a draft
    edits = models.JSONField(default=list)  # the newest: [{"edition", "by", "at", "what", "rule"}]
    note = models.CharField(max_length=500, blank=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    is_rollback = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One draft and one published version a scope; desk-wide rules have no workspace, and
            # NULL is equal to nothing, so they have a constraint of their own.
            models.UniqueConstraint(
                fields=["workspace", "status"],
                condition=Q(status__in=["draft", "published"]),
                name="rule_version_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(workspace=None, status__in=["draft", "published"]),
                name="rule_version_one_desk_wide",
            ),
            models.UniqueConstraint(
                fields=["workspace", "number"], name="rule_version_number_unique"
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(workspace=None),
                name="rule_version_desk_number_unique",
            ),
        ]

    def __str__(self) -> str:
        where = self.workspace or _("the whole desk")
        return f"{where}: {self.number or self.get_status_display()}"


class Rule(models.Model):
    """One line of a version. ``key`` is the same in every version that the rule lives in."""

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="rules")
    key = models.CharField(max_length=26, default=new_key)
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=120)
    condition = models.JSONField(null=True)  # of reviews.conditions; NULL: always
    actions = models.JSONField(default=dict)  # of reviews.rule_actions
    is_otherwise = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["version", "is_otherwise", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(is_otherwise=True), name="rule_one_otherwise"
            ),
            models.UniqueConstraint(fields=["version", "key"], name="rule_key_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Rotation(models.Model):
    """Whose turn it was last, of a rule that goes round; moved by compare-and-set."""

    rule_key = models.CharField(max_length=26, unique=True)
    last = models.BigIntegerField(default=0)  # id of a person; 0: nobody yet
    turns = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.rule_key}: {self.turns}"


class RoutingRun(models.Model):
    """Why this round went where it went, in the words and with the effects in force then.

    ``effects`` are the rule's actions; its ``assign`` has beside what was written the ids it
    reached: ``people``, ``pick`` and ``to_one`` (who got it as theirs, or None).
    """

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="routing_runs")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="routing_runs")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="runs")
    rule_text = models.TextField()
    reason = models.TextField(blank=True)
    effects = models.JSONField(default=dict)  # the rule's actions, resolved, as it was in force
    reviewers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision"], name="routing_run_one_a_revision")
        ]

    def __str__(self) -> str:
        return self.rule_text


class Simulation(models.Model):
    """What a draft would have done with the handoffs of the last days; the screen reads it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="simulations")
    edition = models.PositiveIntegerField()  # of the draft, as it was simulated
    days = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=list)  # [{"from", "to", "n"}], the most first
    moves = models.JSONField(default=list)  # the newest, bounded: [{"handoff", "from", "to"}]
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["waiting", "running"]),
                name="simulation_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.done}/{self.total}"
