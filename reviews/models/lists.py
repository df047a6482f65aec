"""What the lists need beside handoffs: the words they are searched by, and people's views."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.handoffs import Handoff
from workspaces.models import Team


class SearchText(models.Model):
    """The words of a handoff's current round, each once, parted by spaces (reviews.searching).

    On SQLite triggers keep an FTS5 table beside it, on PostgreSQL there is a GIN index: migration
    ``0002_filtering``.
    """

    handoff = models.OneToOneField(
        Handoff, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:80]


class SavedView(models.Model):
    """A filter with a name. Its owner changes it; who it is shared with may use it."""

    class Sharing(models.TextChoices):
        OWN = "own", _("Only me")
        TEAM = "team", _("A team")
        DESK = "desk", _("Everyone on this desk")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    sharing = models.CharField(max_length=4, choices=Sharing, default=Sharing.OWN)
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views"
    )
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sharing="team", team__isnull=False)
                | (~Q(sharing="team") & Q(team__isnull=True)),
                name="saved_view_team_when_shared_with_one",
            )
        ]
        indexes = [models.Index(fields=["sharing"], name="saved_view_sharing")]

    def __str__(self) -> str:
        return self.name
