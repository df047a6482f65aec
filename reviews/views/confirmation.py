"""One question more before a decision: what is critical, and what one press would approve."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import confirming, veils, verdicts
from reviews.rendering import json_view
from reviews.rendering.text import plain
from reviews.views import again
from reviews.views.handoff import is_fragment, is_pane
from reviews.views.page import HandoffPage
from reviews.views.plans import ActionView
from workspaces.errors import HandoffError


@dataclass(frozen=True)
class Asked:
    """One action that is about to be approved; ``phrase`` is to be typed, "" for most."""

    view: ActionView
    phrase: str = ""
    typed: str = ""
    problem: str = ""


def ask(
    request: HttpRequest,
    page: HandoffPage,
    given: verdicts.Given,
    error: HandoffError | None = None,
) -> HttpResponse:
    """The dialog, for script in the overlay and without it on a page of its own.

    Raises verdicts.InvalidVerdict where what was given could not be sent anyway.
    """
    entries, _outcome = verdicts.check(page.document, given)
    is_list = page.words.verdict == "approve" and page.several
    wants_password = page.policy.needs_password and not confirming.counts_still(again.at(request))
    asked = _asked(request, page, entries, error, is_list)
    if wants_password:
        asked = [replace(each, phrase="", problem="") for each in asked]
    is_wrong = error is not None and bool(page.words.confirmations or _password(request))
    critical = [each for each in asked if each.phrase]
    context: dict[str, Any] = {
        "page": page,
        "section": "queue",
        "asked": asked,
        "has_critical": bool(critical),
        "kept": _kept(request, page),
        "title": _title(asked, is_list) if asked else _whole(page),
        "problem": _of(error, "/password") if is_wrong else "",
        "can_sign_in_again": bool(critical) and page.user.has_usable_password(),
        "wants_password": wants_password,
        "others": _others(entries, asked) if is_list else "",
    }
    status = 422 if is_wrong else 200
    if is_fragment(request):
        response = render(request, "reviews/_confirm_dialog.html", context, status=status)
        response["HX-Retarget"] = "#overlay"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "reviews/confirm.html", context, status=status)


def _asked(
    request: HttpRequest,
    page: HandoffPage,
    entries: list[verdicts.Entry],
    error: HandoffError | None,
    is_list: bool,
) -> list[Asked]:
    """Those critical; with ``is_list`` all that are approved."""
    phrases = confirming.phrases(page.revision, entries)
    by_id = {entry.action_id: entry for entry in entries if entry.type in ("approve", "edit")}
    has_tried = bool(page.words.confirmations) and not _password(request)
    found = []
    for view in page.actions:
        entry = by_id.get(view.id)
        if entry is None or not (is_list or view.id in phrases):
            continue
        if entry.edited_action is not None:
            with veils.reading(is_shown=not view.masks.hides):
                view.edited = json_view.pretty(entry.edited_action["args"])
        problem = _of(error, f"/confirmation/{view.id}") if has_tried else ""
        typed = page.words.confirmations.get(view.id, "")
        found.append(Asked(view, phrases.get(view.id, ""), typed, problem))
    return found


def _kept(request: HttpRequest, page: HandoffPage) -> list[tuple[str, str]]:
    """What was typed, as fields; never a password."""
    kept = [(name, request.POST.get(name, "")) for name in ("revision", "digest")]
    kept += page.words.fields()
    if page.several:
        kept.append(("listed", "1"))
    if is_pane(request):
        kept.append(("pane", "1"))
    return kept


def _title(asked: list[Asked], is_list: bool) -> str:
    if is_list or len(asked) > 1:
        return ngettext("Approve %(n)d action?", "Approve %(n)d actions?", len(asked)) % {
            "n": len(asked)
        }
    return _("Approve %(name)s?") % {"name": plain(asked[0].phrase or str(asked[0].view.name))}


def _whole(page: HandoffPage) -> str:
    return _("Approve %(number)s?") % {"number": page.handoff.number}


def has_no_password(page: HandoffPage, error: HandoffError) -> bool:
    """Does the rule ask for a password of somebody who has none? No dialog helps then."""
    return bool(_of(error, "/password")) and not page.user.has_usable_password()


def _others(entries: list[verdicts.Entry], asked: list[Asked]) -> str:
    """What is sent with them."""
    left = len(entries) - len(asked)
    said = ngettext(
        "%(n)d action keeps the other verdict that you chose.",
        "%(n)d actions keep the other verdicts that you chose.",
        left,
    )
    return said % {"n": left} if left else ""


def _of(error: HandoffError | None, pointer: str) -> str:
    return next((p.detail for p in error.errors if p.pointer == pointer), "") if error else ""


def _password(request: HttpRequest) -> str:
    return str(request.POST.get("password", ""))
