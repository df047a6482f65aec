"""Channels, and one Delivery a message, channel and recipient."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.decisions import Answer
from reviews.models.handoffs import Handoff
from reviews.models.notices import Digest
from workspaces.models import Agent, Event, Team, Workspace


class ChannelQuerySet(models.QuerySet["Channel"]):
    def kept(self) -> "ChannelQuerySet":
        """What people have set up and not deleted; its Deliveries stay when it is."""
        return self.filter(kind__in=Channel.SET_UP, deleted_at=None)

    def in_use(self) -> "ChannelQuerySet":
        return self.kept().filter(is_active=True)


class Channel(models.Model):
    """``inbox`` and ``email`` are desk-wide; ``callback`` is one URL of an agent, so that a gone
    one (410) is switched off alone; ``file`` belongs to a workspace.

    ``webhook``, ``apprise`` and ``push`` are set up by people and belong to one workspace, team or
    person, or to the desk (all three empty). Their address is a secret: ``sealed`` holds it,
    ``address`` is what may be shown of it. ``config``: "groups" or "kinds" of events that it wants,
    "urgent_only", "prose" (may it hold the agent's words?), "named_only" (only what a rule sends to
    it), and of a webhook "shape".
    """

    class Kind(models.TextChoices):
        INBOX = "inbox", _("Bell")
        EMAIL = "email", _("E-mail")
        CALLBACK = "callback", _("Callback")
        FILE = "file", _("Decision file")
        WEBHOOK = "webhook", _("Webhook")
        APPRISE = "apprise", _("Chat service")
        PUSH = "push", _("Browser push")

    class OffBecause(models.TextChoices):
        PERSON = "person", _("by a person")
        ERROR = "error", _("by an error that lasts")

    SET_UP = ("webhook", "apprise", "push")

    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=80, blank=True)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, null=True, blank=True, related_name="channels"
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="channels"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="channels"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    address = models.CharField(max_length=2048, blank=True)  # a callback's URL, else masked
    sealed = models.TextField(blank=True)  # of workspaces.sealed
    fingerprint = models.CharField(max_length=64, blank=True)  # of a push subscription: its sha256
    config = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    off_because = models.CharField(max_length=6, choices=OffBecause, blank=True)
    disabled_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)  # when last_error was
    worked_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind__in=["inbox", "email"], workspace=None, agent=None, user=None),
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
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(kind="push", deleted_at=None),
                name="channel_one_a_subscription",
            ),
        ]
        indexes = [
            # whom an Event is told beside its people: reviews.notify.shared_channels
            models.Index(
                fields=["workspace"],
                name="channel_shared",
                condition=Q(kind__in=["webhook", "apprise"], deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.kind

    @property
    def lane(self) -> str:
        """Its own, so that one that hangs delays no other; but all pushes to one service share."""
        if self.kind == Channel.Kind.PUSH:
            return f"host push {self.address}"
        return f"host channel {self.pk}"


class DeskKey(models.Model):
    """A key of the installation that every process needs: made once, sealed."""

    name = models.CharField(max_length=32, unique=True)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


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
