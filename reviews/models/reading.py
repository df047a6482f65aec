"""What a reader leaves behind on a round: points to change, files viewed, words read."""

from django.conf import settings
from django.db import models

from reviews.models.decisions import Decision
from reviews.models.handoffs import Handoff, Revision


class ChangePoint(models.Model):
    """One point of a request for changes: its author's draft until ``decision`` carries it.

    A verdict that was taken back gives its points back as drafts: a point counts as sent while
    ``decision`` stands. ``line`` is of the round's file, ``old_line`` of what it was compared
    with, where the point is about a line that is gone.
    """

    class Mark(models.TextChoices):
        NONE = ""
        SETTLED = "settled"
        REOPENED = "reopened"

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="change_points")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="change_points")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="change_points"
    )
    path = models.CharField(max_length=1024, blank=True)  # "": the handoff as a whole
    line = models.PositiveIntegerField(null=True)  # from 1
    old_line = models.PositiveIntegerField(null=True)
    body = models.TextField()
    created_at = models.DateTimeField()
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="change_points"
    )
    key = models.CharField(max_length=24, blank=True)  # its id for the agent, once sent
    # What reviewers hold of it after the agent's next round; "" believes the agent's answer.
    mark = models.CharField(max_length=8, choices=Mark, blank=True, default=Mark.NONE)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["handoff", "author"], name="change_point_drafts")]

    def __str__(self) -> str:
        return self.body[:40]


class ViewedFile(models.Model):
    """A person has viewed this file of a handoff with these bytes; private to them."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="viewed_files")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    path = models.CharField(max_length=1024)
    path_key = models.CharField(max_length=64)  # sha256 of the path: paths outgrow an index row
    sha256 = models.CharField(max_length=64, blank=True)  # "" where the round has no bytes
    viewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handoff", "user", "path_key"], name="viewed_file_unique"
            )
        ]

    def __str__(self) -> str:
        return self.path


class TalkRead(models.Model):
    """How far a person has read a handoff's conversation."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="talk_reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    last = models.BigIntegerField()  # the newest comment that was shown

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handoff", "user"], name="talk_read_unique")]

    def __str__(self) -> str:
        return f"{self.user} up to {self.last}"
