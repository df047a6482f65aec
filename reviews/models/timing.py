"""When things are open, and what is to happen at which moment."""

from django.db import models
from django.db.models import Q

from reviews.models.handoffs import Handoff
from workspaces.models import Workspace


class WorkHours(models.Model):
    """A workspace's calendar (reviews.calendars); without a row it is open around the clock."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="work_hours")
    zone = models.CharField(max_length=64, default="UTC")
    hours = models.JSONField(default=list)  # for each weekday from Monday: [[from, to]] minutes
    holidays = models.JSONField(default=dict)  # {"2026-12-25": "Christmas Day"}
    version = models.PositiveIntegerField(default=1)  # what an admin had before them

    def __str__(self) -> str:
        return f"{self.workspace}: {self.zone}"


class Timer(models.Model):
    """One thing that happens to a round at ``at``, once: done, or skipped with a reason.

    What a step of the ladder does stands in the round's RoutingRun (``effects``). Warnings count
    their steps up, one each time the due time is moved.
    """

    class Kind(models.TextChoices):
        WARN = "warn"
        ESCALATE = "escalate"
        EXPIRE = "expire"

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="timers")
    revision = models.PositiveIntegerField()  # the round's number
    kind = models.CharField(max_length=8, choices=Kind)
    step = models.PositiveSmallIntegerField(default=0)  # of the ladder, from 0
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    skipped = models.CharField(max_length=16, blank=True)  # round, ended, extended, nobody …

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handoff", "revision", "kind", "step"], name="timer_once_a_round"
            )
        ]
        indexes = [
            # the sweep: what is due, without what is done
            models.Index(fields=["at", "id"], name="timer_due", condition=Q(done_at=None)),
            # what is still to come of one handoff: its page, and ending all with a decision
            models.Index(fields=["handoff"], name="timer_of_handoff", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.handoff_id} r{self.revision} {self.kind} {self.step} at {self.at}"
