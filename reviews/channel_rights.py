"""Whose channels somebody looks after: their own, those of workspaces and teams they administer,
and as a site admin the desk's and everybody's shared ones. To others a channel does not exist."""

from django.db.models import Q
from django.utils.translation import gettext as _

from reviews.channel_book import Place
from reviews.models import Channel
from reviews.models.notify import ChannelQuerySet
from workspaces import team_rights
from workspaces.models import Team, User
from workspaces.permissions import administered_workspaces

DESK, OWN = "desk", "own"


def shared(user: User) -> ChannelQuerySet:
    """The shared channels that ``user`` looks after, deleted ones left out."""
    found = Channel.objects.kept().filter(user=None)
    if user.is_site_admin and user.is_active:
        return found
    theirs = Q(workspace__in=administered_workspaces(user)) | Q(team__in=team_rights.led_by(user))
    return found.filter(theirs)


def own(user: User) -> ChannelQuerySet:
    return Channel.objects.kept().filter(user=user)


def manageable(user: User) -> ChannelQuerySet:
    return Channel.objects.filter(
        Q(pk__in=shared(user).values("pk")) | Q(pk__in=own(user).values("pk"))
    )


def places(user: User) -> list[tuple[str, str]]:
    """Where ``user`` may add a shared channel: (word for ``place_of``, label)."""
    found = [(DESK, str(_("The whole desk")))] if user.is_site_admin else []
    workspaces = administered_workspaces(user).filter(archived_at=None).order_by("name")
    found += [(f"workspace-{each.pk}", str(each)) for each in workspaces]
    if user.is_site_admin:
        teams = Team.objects.filter(archived_at=None)
    else:
        teams = team_rights.led_by(user)
    label = _("Team %(name)s")
    found += [(f"team-{team.pk}", label % {"name": team}) for team in teams.order_by("name")]
    return found


def place_of(user: User, word: str) -> Place:
    """Raises LookupError for a place that is not among ``places``."""
    if word not in dict(places(user)):
        raise LookupError(word)
    kind, _dash, pk = word.partition("-")
    if kind == "workspace":
        return Place(workspace=administered_workspaces(user).get(pk=int(pk)))
    return Place(team=Team.objects.get(pk=int(pk))) if kind == "team" else Place()
