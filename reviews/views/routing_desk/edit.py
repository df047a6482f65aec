"""Writing one rule of a draft: a plain form, whose buttons change it, and whose save keeps it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reviews import rule_drafts, rule_forms
from reviews.models import Rule, RuleVersion
from reviews.rule_drafts import EditedMeanwhile
from reviews.rule_editor import drawing, editor
from reviews.rule_editor.editor import Editor
from reviews.rule_forms import RuleForm, forms_of
from reviews.views.routing_desk import scopes, shown
from reviews.views.routing_desk.scopes import Place
from workspaces.doors import screen
from workspaces.errors import HandoffError, Invalid
from workspaces.models import User


@screen("GET", "POST")
def new(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    """A rule that is not there yet; ``?like=<key>`` starts from another one."""
    place = scopes.place_for(user, scope)
    if request.method == "POST":
        return _posted(request, user, place, None, "")
    like = _form(place, request.GET.get("like", ""))
    made = editor.new(place.scope)
    if like is not None:
        made = editor.copied(editor.from_form(like, place.scope))
    made.known = _known(place)
    return _draw(request, user, place, made)


@screen("GET", "POST")
def change(request: HttpRequest, user: User, scope: str, key: str) -> HttpResponse:
    place = scopes.place_for(user, scope)
    form = _form(place, key)
    if form is None and not _was_here(request, place, key):
        raise Http404
    if request.method == "POST":
        return _posted(request, user, place, form, key)
    assert form is not None
    shown_now = editor.from_form(form, place.scope)
    shown_now.known = _known(place)
    return _draw(request, user, place, shown_now)


def _was_here(request: HttpRequest, place: Place, key: str) -> bool:
    """May what was written of a rule that somebody took out meanwhile be put back?"""
    if request.method != "POST" or "edition" not in request.POST:
        return False
    return not Rule.objects.filter(key=key).exclude(version__workspace=place.scope).exists()


@screen("POST")
def reads(request: HttpRequest, user: User, scope: str) -> HttpResponse:
    """What the posted form says, as a sentence, or how much of it is still to be mended."""
    place = scopes.place_for(user, scope)
    written = _written(request, place, "otherwise" in request.POST, "")
    written.check()
    context = {"sentence": written.sentence(), "problem_count": written.problem_count}
    return render(request, "reviews/routing/_reads.html", context)


def _form(place: Place, key: str) -> RuleForm | None:
    """The rule as it stands in the draft, else in force."""
    in_force, draft = scopes.versions(place)
    found = {form.key: form for form in forms_of(draft or in_force)}
    return found.get(key)


def _written(request: HttpRequest, place: Place, is_otherwise: bool, key: str) -> Editor:
    written = editor.from_post(request.POST, place.scope, is_otherwise=is_otherwise, key=key)
    written.known = _known(place)
    return written


def _known(place: Place) -> dict[str, set[int]]:
    in_force, draft = scopes.versions(place)
    return editor.known([*forms_of(in_force), *forms_of(draft)])


def _posted(
    request: HttpRequest, user: User, place: Place, form: RuleForm | None, key: str
) -> HttpResponse:
    is_otherwise = form.is_otherwise if form else False
    written = _written(request, place, is_otherwise, key)
    do = request.POST.get("do", "save")
    if do != "save":
        editor.press(written, do)
        return _draw(request, user, place, written)
    ready = written.check()
    if ready is None:
        return _draw(request, user, place, written, status=422)
    draft, seen = scopes.draft_seen(place, request)
    try:
        rule = _save(draft, ready, seen, user)
    except EditedMeanwhile as error:
        theirs = _form(place, key) if key else None
        told = {
            "meanwhile": scopes.meanwhile(error, seen),
            "edits": error.edits,
            "theirs": editor.said(theirs, place.scope)
            if theirs and theirs != ready and not editor.faults_of_shape(theirs)
            else "",
            "is_gone": bool(key) and theirs is None,
        }
        return _draw(request, user, place, written, status=409, told=told)
    except Invalid as error:
        written.put(error.errors or (), {})
        written.errors.setdefault("", []).append(error.detail)
        return _draw(request, user, place, written, status=422)
    except HandoffError as error:
        written.errors.setdefault("", []).append(error.detail)
        return _draw(request, user, place, written, status=error.status)
    messages.success(request, _("Saved in the draft. It is not in force until it is published."))
    return redirect(place.url() + f"#rule-{rule}")


def _save(draft: RuleVersion, form: RuleForm, seen: int, user: User) -> str:
    """Write it into the draft; a rule that somebody took out meanwhile comes back."""
    rule = draft.rules.filter(key=form.key).first() if form.key else None
    if rule is None:
        return rule_drafts.add(draft, form, seen=seen, by=user).key
    rule.version = draft
    return rule_drafts.change(rule, form, seen=seen, by=user).key


def _draw(
    request: HttpRequest,
    user: User,
    place: Place,
    written: Editor,
    *,
    status: int = 200,
    told: dict[str, Any] | None = None,
) -> HttpResponse:
    draft = rule_forms.draft_of(place.scope)
    key, edition = (draft.key, str(draft.edition)) if draft else ("", "0")
    if request.method == "POST" and told is None:
        # What this form was written against, not what is there by now.
        key = request.POST.get("draft", key)
        edition = request.POST.get("edition", edition)
    choices = editor.dressed(written)
    context = scopes.context(
        user,
        place,
        editor=written,
        fields=drawing.drawn(written, choices),
        sentence=written.sentence(),
        problem_count=written.problem_count,
        draft_key=key,
        edition=edition,
        url=place.url("rule", written.key) if written.key else place.url("rule-new"),
        hits=shown.hits([written.key]).get(written.key, 0) if written.key else 0,
        **(told or {}),
    )
    is_part = request.headers.get("HX-Request") and request.POST.get("do", "save") != "save"
    page = "reviews/routing/_rule_form.html" if is_part else "reviews/routing/rule.html"
    return render(request, page, context, status=status)
