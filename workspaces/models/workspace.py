"""A workspace: the folder an agent works in, and the people who look after it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workspaces.models.people import User

# Ready words for a note, by the verdict they are meant for; a workspace may have its own.
REASONS = {
    "request_changes": (
        _("Add a test that fails without this change."),
        _("Explain why this is needed."),
        _("Smaller steps, please: split this up."),
    ),
    "reject": (
        _("Not now; ask again later."),
        _("Too risky as it is."),
        _("This is not what was asked for."),
    ),
}
MOST_REASONS = 4  # of each kind
LONGEST_REASON = 200

DESK = "desk"  # the reserved workspace of Events that belong to no other


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def active(self) -> "WorkspaceQuerySet":
        return self.filter(archived_at=None).exclude(slug=DESK)

    def with_folder(self) -> "WorkspaceQuerySet":
        return self.active().exclude(root="")


class Workspace(models.Model):
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(_("name"), max_length=120)
    root = models.CharField(_("folder"), max_length=1024, blank=True)
    intake_folders = models.JSONField(default=list, blank=True)  # [] = anywhere in the folder
    undo_seconds = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 30
    preset_reasons = models.JSONField(null=True, blank=True)  # {verdict: [text]}; None: as the desk
    allow_self_approval = models.BooleanField(null=True)  # None: only while nobody else could
    must_view_files = models.BooleanField(default=False)  # every bound file, before approving
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Taken and moved on under this row's lock, so that "everything after N" misses no late commit.
    event_seq = models.BigIntegerField(default=0)
    event_hash = models.CharField(max_length=64, blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(undo_seconds=None) | Q(undo_seconds__lte=30), name="workspace_undo_max"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.slug

    def reasons(self) -> dict[str, list[str]]:
        """{verdict: ready words for its note}"""
        own = self.preset_reasons or {}
        return {
            verdict: [str(each) for each in own.get(verdict, known)]
            for verdict, known in REASONS.items()
        }

    @property
    def undo_window(self) -> int:
        """Seconds between a verdict and its release."""
        return settings.HANDOFF_UNDO_SECONDS if self.undo_seconds is None else self.undo_seconds

    def undo_window_of(self, person: User) -> int:
        """The same for one person, who may wish for 0 to 30 seconds of their own.

        Seconds that the workspace itself asks for are the least: nobody shortens them. Where it
        asks for none, the person's wish counts before the desk's default.
        """
        if person.undo_seconds is None:
            return self.undo_window
        return max(person.undo_seconds, self.undo_seconds or 0)
