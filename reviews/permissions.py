"""Who may see and decide a handoff."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews.models import Handoff
from reviews.models.handoffs import HandoffQuerySet
from workspaces import roles
from workspaces.models import Role, User, Workspace
from workspaces.permissions import Allowed, Answer, Denied, Person, can, visible_workspaces


def visible_to(user: Person) -> HandoffQuerySet:
    return Handoff.objects.filter(workspace__in=visible_workspaces(user))


def may_decide(user: Person, handoff: Handoff) -> Answer:
    """Membership, then no approval of one's own agent where another reviewer could."""
    allowed = can(user, "review", handoff.workspace_id)
    if not allowed:
        return allowed
    assert isinstance(user, User)
    if handoff.submitter.owner_id == user.pk and not _may_approve_own(handoff.workspace, user):
        return Denied(
            _("%(agent)s is your agent; in this workspace somebody else decides its handoffs.")
            % {"agent": handoff.submitter.name}
        )
    return Allowed()


def _may_approve_own(workspace: Workspace, user: User) -> bool:
    """The workspace's setting; unset, only while nobody else could decide."""
    if workspace.allow_self_approval is not None:
        return workspace.allow_self_approval
    return not reviewers_of(workspace).exclude(pk=user.pk).exists()


def reviewers_of(workspace: Workspace) -> QuerySet[User]:
    """Active people whose role in ``workspace``, their own or a team's, lets them decide."""
    return roles.people_in([workspace], Role.REVIEWER).filter(is_active=True).order_by("pk")
