"""What people want to be told, by what and when; and the digests on their way to them."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workspaces.models import Team

WORKDAYS = 0b0011111  # bit 0 is Monday
EVERY_DAY = 0b1111111
NINE = time(9)
MOST_AN_HOUR = 10


class NoticeSettings(models.Model):
    """Of one person, or of a team as defaults for its members (then only ``choices`` counts).

    ``choices`` is ``{"group:urgency": {"by": [...], "how": ...}}`` (``notify.groups``); a cell
    that is not there is not chosen: the team's holds, else the desk's.
    """

    class Every(models.TextChoices):
        HOUR = "hour", _("every hour")
        DAY = "day", _("once a day")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="notices"
    )
    team = models.OneToOneField(Team, on_delete=models.CASCADE, null=True, related_name="notices")
    choices = models.JSONField(default=dict)
    quiet_from = models.TimeField(null=True)  # in the person's time zone; NULL: no quiet hours
    quiet_until = models.TimeField(null=True)
    quiet_days = models.PositiveSmallIntegerField(default=EVERY_DAY)  # on which quiet begins
    has_quiet_weekends = models.BooleanField(default=False)
    lets_urgent_pass = models.BooleanField(default=False)
    digest_every = models.CharField(max_length=4, choices=Every, default=Every.HOUR)
    digest_at = models.TimeField(default=NINE)
    digest_days = models.PositiveSmallIntegerField(default=WORKDAYS)
    most_an_hour = models.PositiveSmallIntegerField(
        default=MOST_AN_HOUR, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) ^ Q(team__isnull=False), name="notices_one_owner"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notices_quiet_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"notices of {self.user or self.team}"


class Digest(models.Model):
    """One mail with many lines, from the moment it is due until it has left.

    Its lines are Deliveries (``held``); one that no Digest has taken yet waits for its ``next_at``.
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"
        CANCELLED = "cancelled"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="digests"
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="waiting"), name="digest_one_under_way"
            )
        ]
        indexes = [
            # what may leave now
            models.Index(fields=["next_at"], name="digest_due", condition=Q(status="waiting"))
        ]

    def __str__(self) -> str:
        return f"digest {self.pk} for {self.user_id} ({self.status})"
