"""Who comes into a screen of the administration, and what it says to who may not.

What one may not know of is a 404; what one sees and may not do is a 403 page with the reason.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workspaces import roles, team_rights
from workspaces.errors import Forbidden
from workspaces.models import Agent, TeamMember, User, Workspace
from workspaces.permissions import (
    Allowed,
    Answer,
    Denied,
    administered_workspaces,
    can,
    is_admin_somewhere,
    visible_workspaces,
)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
PersonView = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


def screen(*methods: str) -> Callable[[PersonView[P]], View[P]]:
    """A page for these methods and whoever is signed in, never kept by a cache.

    The view gets the person after the request; its Forbidden becomes the 403 page.
    """

    taken = [*methods, "HEAD"] if "GET" in methods else list(methods)

    def decorate(view: PersonView[P]) -> View[P]:
        @require_http_methods(taken)
        @login_required
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            assert isinstance(request.user, User)
            try:
                response = view(request, request.user, *args, **kwargs)
            except Forbidden as error:
                reason = {"reason": error.detail}
                response = render(request, "errors/403.html", reason, status=error.status)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return wrapped

    return decorate


def demand(answer: Answer) -> None:
    """Raises Forbidden with the reason of a Denied."""
    if isinstance(answer, Denied):
        raise Forbidden(answer.reason)


def workspace_for(user: User, slug: str, action: str = "view") -> Workspace:
    """The workspace, if ``user`` may know of it (Http404) and do ``action`` there (Forbidden)."""
    workspace = visible_workspaces(user).filter(slug=slug).first()
    if workspace is None:
        raise Http404
    demand(can(user, action, workspace.pk))
    return workspace


def site_admin_only(user: User) -> None:
    """Raises Forbidden for everybody else."""
    if not user.is_site_admin:
        raise Forbidden(_("Only a site admin may do this."))


def admins_only(user: User) -> None:
    """Raises Forbidden for who administers no workspace."""
    if not is_admin_somewhere(user):
        raise Forbidden(_("This page is for admins of a workspace; you are none."))


def people_of(user: User) -> QuerySet[User]:
    """Site admins see everybody, an admin who has a role in the workspaces they administer."""
    if user.is_site_admin and user.is_active:
        people = User.objects.all()
    else:
        people = roles.people_in(administered_workspaces(user))
    return people.order_by("-is_active", "name", "email")


def known_person(user: User, pk: int) -> User:
    """Somebody whom ``user`` looks after, as an admin or leading a team of theirs (Http404)."""
    person = people_of(user).filter(pk=pk).first()
    if person is None:
        led = TeamMember.objects.filter(team__in=team_rights.led_by(user)).values("user")
        person = User.objects.filter(pk__in=led).filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


def visible_agents(user: User) -> QuerySet[Agent]:
    """Site admins see every agent, an admin those that may submit to a workspace of theirs."""
    if user.is_site_admin and user.is_active:
        return Agent.objects.all()
    return Agent.objects.filter(grants__workspace__in=administered_workspaces(user)).distinct()


def may_change(user: User, agent: Agent) -> Answer:
    """Tokens, secret, owner and the like reach every workspace of the agent: all must be yours."""
    if user.is_site_admin:
        return Allowed()
    elsewhere = agent.grants.exclude(workspace__in=administered_workspaces(user))
    if not agent.grants.exists() or elsewhere.exists():
        return Denied(
            _(
                "%(agent)s also submits to workspaces that you do not administer; "
                "a site admin can change it."
            )
            % {"agent": agent.name}
        )
    return Allowed()


def agent_for(user: User, pk: int, *, to_change: bool = False) -> Agent:
    """The agent, if ``user`` may know of it (Http404) and, when asked, change it (Forbidden)."""
    agent = visible_agents(user).filter(pk=pk).select_related("owner").first()
    if agent is None:
        raise Http404
    if to_change:
        demand(may_change(user, agent))
    return agent
