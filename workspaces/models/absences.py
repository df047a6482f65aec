"""When somebody is not there, and who stands in."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def standing(self) -> "AbsenceQuerySet":
        """Planned or under way: neither over nor taken back."""
        return self.filter(ended_at=None)

    def current(self, at: datetime) -> "AbsenceQuerySet":
        """Under way at ``at``, whether or not a sweep has begun or ended them."""
        return self.standing().filter(Q(until=None) | Q(until__gt=at), since__lte=at)


class Absence(models.Model):
    """Out of office, or gone for good (``is_for_good``: the account is switched off).

    ``begun_at`` and ``ended_at`` are set by whoever sweeps: until then the row is the schedule.
    """

    LONGEST_NOTE = 200

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # None: until they are back
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="stands_in"
    )
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    is_for_good = models.BooleanField(default=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)  # all that was theirs has been moved
    ended_at = models.DateTimeField(null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="absence_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="absence_ends_later"
            ),
        ]
        indexes = [
            # what begins and what ends next
            models.Index(
                fields=["since"],
                name="absence_to_begin",
                condition=Q(begun_at=None, ended_at=None),
            ),
            models.Index(fields=["until"], name="absence_to_end", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.since} until {self.until}"
