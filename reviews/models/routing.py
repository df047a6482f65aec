"""Rules that say who gets a handoff, and the record of which one did."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviews.models.handoffs import Handoff, Revision
from workspaces.models import Workspace


class Rule(models.Model):
    """Desk-wide rules (no workspace) come first in their order, then the workspace's, then its
    "Otherwise"."""

    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="rules"
    )
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=120)
    condition = models.JSONField(null=True)  # NULL: always
    actions = models.JSONField(default=dict)  # {"assign": {"role": "reviewer"}}
    is_otherwise = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [F("workspace").asc(nulls_first=True), "is_otherwise", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(is_otherwise=True), name="rule_one_otherwise"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RoutingRun(models.Model):
    """Why this round went where it went, in the words in force at the time."""

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
