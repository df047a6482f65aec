"""Whose rules a screen is about: the whole desk's, at the address ``desk``, or a workspace's."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from reviews import rule_drafts, rule_forms
from reviews.models import RuleVersion
from reviews.rule_forms import Scope
from workspaces import doors
from workspaces.errors import HandoffError
from workspaces.models import User
from workspaces.permissions import administered_workspaces

DESK = "desk"  # no workspace that one can see has this name


@dataclass(frozen=True)
class Place:
    """A scope as its screens address it."""

    scope: Scope
    name: str
    label: str

    def url(self, view: str = "routing-rules", *args: object) -> str:
        return reverse(view, args=[self.name, *args])


def place_for(user: User, name: str) -> Place:
    """The scope called ``name``, to be changed by ``user``. Raises Http404, Forbidden."""
    if name == DESK:
        doors.site_admin_only(user)
        return place_of(None)
    return place_of(doors.workspace_for(user, name, "administer"))


def place_of(scope: Scope) -> Place:
    if scope is None:
        return Place(None, DESK, _("The whole desk"))
    return Place(scope, scope.slug, str(scope))


def places(user: User) -> list[Place]:
    """Those whose rules ``user`` may change."""
    found: list[Scope] = [None] if user.is_site_admin else []
    found += administered_workspaces(user).filter(archived_at=None).order_by("name")
    return [place_of(scope) for scope in found]


def context(user: User, place: Place, **more: Any) -> dict[str, Any]:
    return {"place": place, "places": places(user), "section": "routing", **more}


def draft_seen(place: Place, request: HttpRequest) -> tuple[RuleVersion, int]:
    """The draft, opened where there is none, and the edition that the sender saw of it.

    A sender who saw another draft, published or thrown away since, saw no edition of this one.
    """
    assert isinstance(request.user, User)
    draft = rule_drafts.open_draft(place.scope, by=request.user)
    key, edition = request.POST.get("draft", ""), request.POST.get("edition", "")
    if key and key != draft.key:
        return draft, -1
    return draft, int(edition) if edition.isdigit() and len(edition) < 10 else draft.edition


def tell(request: HttpRequest, error: HandoffError) -> None:
    messages.error(request, error.detail)


def meanwhile(error: rule_drafts.EditedMeanwhile, seen: int) -> str:
    """What happened to a draft since somebody saw it, in a sentence."""
    if seen >= 0:
        return error.detail
    return _("The draft that you saw was published or thrown away; this is a new one.")


def versions(place: Place) -> tuple[RuleVersion | None, RuleVersion | None]:
    """In force, and the draft."""
    return rule_forms.published(place.scope), rule_forms.draft_of(place.scope)
