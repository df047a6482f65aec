"""A workspace that has an active owner keeps one, whatever is taken away from whom."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from workspaces import roles
from workspaces.errors import Conflict
from workspaces.models import Role, Workspace


@contextmanager
def kept(workspaces: Collection[int]) -> Iterator[None]:
    """Around a change, inside its transaction. Raises Conflict, naming those left without one.

    Holds the workspaces' rows meanwhile (in their order), so that two who take away two different
    owners do not both see the other one.
    """
    locked = list(Workspace.objects.select_for_update().filter(pk__in=workspaces).order_by("pk"))
    before = [each for each in locked if _has_owner(each)]
    yield
    orphaned = [str(each) for each in before if not _has_owner(each)]
    if orphaned:
        raise Conflict(
            _("A workspace keeps at least one owner. This would leave without: %(workspaces)s.")
            % {"workspaces": ", ".join(orphaned)}
        )


def _has_owner(workspace: Workspace) -> bool:
    return roles.people_in([workspace], Role.OWNER).filter(is_active=True).exists()
