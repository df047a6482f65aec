"""Channels, and one Delivery a message, channel and recipient: bell, mail, callback, file."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.decisions import Answer
from reviews.models.handoffs import Handoff
from reviews.models.notices import Digest
from workspaces.models import Agent, Event, Workspace


class Channel(models.Model):
    """``inbox`` and ``email`` are desk-wide; ``callback`` is one URL of an agent, so that a gone
    one (410) is switched off alone; ``file`` belongs to a workspace."""

    class Kind(models.TextChoices):
        INBOX = "inbox"
        EMAIL = "email"
        CALLBACK = "callback"
        FILE = "file"

    kind = models.CharField(max_length=16, choices=Kind)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="channels"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="channels"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    address = models.CharField(max_length=2048, blank=True)  # the URL of a callback
    config = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(workspace=None, agent=None, user=None),
                name="channel_one_desk_wide",
            ),
            models.UniqueConstraint(
                fields=["kind", "agent", "address"],
                condition=Q(agent__isnull=False),
                name="channel_one_an_address",
            ),
            models.UniqueConstraint(
                fields=["kind", "workspace"],
                condition=Q(kind="file"),
                name="channel_one_file_a_workspace",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Delivery(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        DEAD = "dead"
        CANCELLED = "cancelled"
        HELD = "held"  # a line of a digest, waiting for it

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="deliveries")
    answer = models.ForeignKey(
        Answer, on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    recipient = models.CharField(max_length=2048)  # user id, address, URL or path
    # What waits for what: the receiving host, the mail server, a workspace's folder.
    lane = models.CharField(max_length=300)
    # One mail a handoff and person however many events say so; else event, channel, recipient.
    key = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)  # inbox only
    # Leaves the desk for one person at once; what counts for their pings an hour.
    is_ping = models.BooleanField(default=False)
    digest = models.ForeignKey(
        Digest, on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )

    class Meta:
        indexes = [
            # what is due, lane by lane
            models.Index(
                fields=["lane", "next_at"], name="delivery_due", condition=Q(status="waiting")
            ),
            # a person's bell
            models.Index(fields=["user", "-id"], name="delivery_unread", condition=Q(read_at=None)),
            # how many pings a person had lately
            models.Index(
                fields=["user", "created_at"], name="delivery_pings", condition=Q(is_ping=True)
            ),
            # the lines whose digest is due
            models.Index(
                fields=["next_at", "user"],
                name="delivery_held",
                condition=Q(status="held", digest=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.recipient} ({self.status})"
