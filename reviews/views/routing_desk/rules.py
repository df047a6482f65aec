"""The list of rules: those in force, or the draft beside them; order, switches, throwing away."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reviews import rule_drafts, rule_forms, rule_simulations
from reviews.models import Rule, RuleVersion
from reviews.rule_drafts import EditedMeanwhile
from reviews.views.routing_desk import scopes, shown
from reviews.views.routing_desk.scopes import Place
from workspaces.doors import admins_only, screen
from workspaces.errors import HandoffError
from workspaces.models import User


@screen("GET")
def start(request: HttpRequest, user: User) -> HttpResponse:
    """The rules that this person most likely means: of their first workspace."""
    admins_only(user)
    places = scopes.places(user)
    own = [place for place in places if place.scope is not None]
    chosen = (own or places)[:1]
    return _list(request, user, chosen[0]) if chosen else redirect("workspaces")


@screen("GET")
def listing(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    return _list(request, user, scopes.place_for(user, scope))


def _list(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    """``?show=force`` shows the version in force although there is a draft."""
    in_force, draft = scopes.versions(place)
    is_draft = draft is not None and request.GET.get("show") != "force"
    version = draft if is_draft else in_force
    desk = rule_forms.published(None) if place.scope is not None else None
    context = scopes.context(
        user,
        place,
        in_force=in_force,
        draft=draft,
        is_draft=is_draft,
        rules=shown.rules_of(version, place.scope, in_force if is_draft else None),
        desk_rules=shown.rules_of(desk, None, None),
        may_edit_desk=rule_forms.may_edit(user, None),
        differences=shown.differences(in_force, draft, place.scope) if draft else [],
        simulation=rule_simulations.newest(draft) if draft else None,
    )
    rules = context["rules"]
    context["most"] = max([1, *(row.hits for row in [*rules, *context["desk_rules"]])])
    context["silent"] = [row for row in rules if row.nobody]
    return render(request, "reviews/routing/rules.html", context)


@screen("POST")
def draft(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    """A button of the draft: ``do`` is open, discard, or up, down, on, off, remove:<rule key>."""
    place = scopes.place_for(user, scope)
    do, _colon, key = request.POST.get("do", "").partition(":")
    if do == "open":
        rule_drafts.open_draft(place.scope, by=user)
        return redirect(place.url())
    if do == "discard":
        return _discard(request, user, place)
    found, seen = scopes.draft_seen(place, request)
    rule = found.rules.filter(key=key).first()
    press = _PRESSES.get(do)
    if rule is None or press is None:
        messages.error(request, _("This rule is not in the draft any more."))
        return redirect(place.url())
    rule.version = found
    try:
        press(rule, seen, user)
    except EditedMeanwhile as error:
        messages.warning(request, scopes.meanwhile(error, seen))
    except HandoffError as error:
        scopes.tell(request, error)
    return redirect(place.url() + f"#rule-{key}")


def _discard(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    found = rule_forms.draft_of(place.scope)
    if found is not None:
        _draft, seen = scopes.draft_seen(place, request)
        try:
            rule_drafts.discard(found, seen=seen, by=user)
        except EditedMeanwhile as error:
            messages.warning(request, scopes.meanwhile(error, seen))
            return redirect(place.url())
    messages.success(request, _("The draft is thrown away; the rules in force stay."))
    return redirect(place.url())


def _move(by: int) -> Callable[[Rule, int, User], object]:
    def press(rule: Rule, seen: int, user: User) -> None:
        rows = list(_order(rule.version))
        to = rows.index(rule.key) + by
        rule_drafts.move(rule, max(0, to), seen=seen, by=user)

    return press


def _order(version: RuleVersion) -> list[str]:
    return list(version.rules.filter(is_otherwise=False).values_list("key", flat=True))


_PRESSES: dict[str, Callable[[Rule, int, User], object]] = {
    "up": _move(-1),
    "down": _move(1),
    "on": lambda rule, seen, user: rule_drafts.switch(rule, is_active=True, seen=seen, by=user),
    "off": lambda rule, seen, user: rule_drafts.switch(rule, is_active=False, seen=seen, by=user),
    "remove": lambda rule, seen, user: rule_drafts.remove(rule, seen=seen, by=user),
}
