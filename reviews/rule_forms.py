"""Rules of a scope (the whole desk: None, or a workspace): as rows, and as somebody wrote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reviews import conditions, rule_actions, rule_names
from reviews.models import Rule, RuleVersion
from reviews.models.routing import new_key
from workspaces import clock
from workspaces.errors import Forbidden, Invalid, Problem
from workspaces.models import User, Workspace
from workspaces.permissions import can

Scope = Workspace | None
MOST_RULES = 500
LONGEST_NAME = 120


@dataclass(frozen=True)
class RuleForm:
    """One rule as somebody wrote it; ``key`` says which rule it is in every version."""

    name: str
    condition: conditions.Tree
    actions: dict[str, Any]
    is_otherwise: bool = False
    is_active: bool = True
    key: str = ""


def published(scope: Scope) -> RuleVersion | None:
    """The version in force; None where a scope has none yet."""
    return _of(scope).filter(status=RuleVersion.Status.PUBLISHED).first()


def draft_of(scope: Scope) -> RuleVersion | None:
    return _of(scope).filter(status=RuleVersion.Status.DRAFT).first()


def history(scope: Scope) -> QuerySet[RuleVersion]:
    """Published and retired versions, the newest first."""
    return _of(scope).exclude(number=None).order_by("-number")


def _of(scope: Scope) -> QuerySet[RuleVersion]:
    found = RuleVersion.objects.select_related("workspace", "edited_by", "published_by")
    return found.filter(workspace=scope)


def forms_of(version: RuleVersion | None) -> list[RuleForm]:
    """The rules of a version in their order, apart from its rows."""
    return [
        RuleForm(
            name=rule.name,
            condition=rule.condition,
            actions=rule.actions,
            is_otherwise=rule.is_otherwise,
            is_active=rule.is_active,
            key=rule.key,
        )
        for rule in (version.rules.all() if version else ())
    ]


def may_edit(user: User, scope: Scope) -> bool:
    """Admins of a workspace edit its rules, the desk's admins those of the whole desk."""
    if scope is None:
        return user.is_active and user.is_site_admin
    return bool(can(user, "administer", scope.pk))


def demand(by: User | None, scope: Scope) -> None:
    if by is not None and not may_edit(by, scope):
        raise Forbidden(
            _("Only an admin of the whole desk edits its rules.")
            if scope is None
            else _("Only an admin of this workspace edits its rules.")
        )


def check_all(forms: Sequence[RuleForm], scope: Scope) -> None:
    """Raises Invalid with everything wrong, pointers below /rules/<position>."""
    found: list[Problem] = []
    if len(forms) > MOST_RULES:
        found.append(Problem("/rules", _("A scope has %(n)d rules at most.") % {"n": MOST_RULES}))
    for index, form in enumerate(forms[:MOST_RULES]):
        found += [
            Problem(f"/rules/{index}{problem.pointer}", problem.detail) for problem in faults(form)
        ]
    last = [index for index, form in enumerate(forms) if form.is_otherwise]
    if scope is not None and last != [len(forms) - 1]:
        found.append(Problem("/rules", _("One “Otherwise” must stand last.")))
    if scope is None and last:
        found.append(Problem("/rules", _("Only a workspace has an “Otherwise”.")))
    keys = [form.key for form in forms if form.key]
    if len(keys) != len(set(keys)):
        found.append(Problem("/rules", _("Two rules have the same key.")))
    if found:
        raise Invalid(
            _("These rules are not valid: %(why)s") % {"why": found[0].detail}, errors=found
        )


def is_text(text: str) -> bool:
    """Can every database keep it?"""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def faults(form: RuleForm) -> list[Problem]:
    """Everything wrong with one rule: its words, its tree, its actions, rows that are gone."""
    found = []
    if not form.name.strip() or len(form.name) > LONGEST_NAME or not is_text(form.name):
        found.append(Problem("/name", _("A name has 1 to %(n)d characters.") % {"n": LONGEST_NAME}))
    if len(form.key) > 26 or not is_text(form.key):
        found.append(Problem("/key", _("A key has at most 26 characters.")))
    if form.is_otherwise and form.condition is not None:
        found.append(Problem("/condition", _("“Otherwise” has no condition.")))
    if form.is_otherwise and not form.is_active:
        found.append(Problem("", _("“Otherwise” cannot be switched off.")))
    of_tree = conditions.validate(form.condition)
    found += [Problem(f"/condition{each.pointer}", each.detail) for each in of_tree]
    of_actions = rule_actions.validate(form.actions, needs_people=True)
    found += [Problem(f"/actions{each.pointer}", each.detail) for each in of_actions]
    if not of_tree and not of_actions and form.is_active:
        found += [
            Problem("", each) for each in rule_names.missing([(form.condition, form.actions)])
        ]
    return found


def warnings(forms: Sequence[RuleForm]) -> list[Problem]:
    """What is no fault but hardly meant, of rules that are valid: conditions that contradict
    themselves, and rules behind one that fits always. Pointers below /rules/<position>."""
    active = [(index, form) for index, form in enumerate(forms) if form.is_active]
    names = rule_names.of([(form.condition, form.actions) for _index, form in active])
    found: list[Problem] = []
    before = ""
    for index, form in active:
        for problem in conditions.contradictions(form.condition, names):
            where = f"/rules/{index}/condition{problem.pointer}"
            found.append(Problem(where, problem.detail))
        if before and not form.is_otherwise:
            told = _("“%(rule)s” comes before it and fits always.") % {"rule": before}
            found.append(Problem(f"/rules/{index}", told))
        if form.condition is None and not before:
            before = form.name
    return found


def check(form: RuleForm, scope: Scope, *, is_otherwise: bool = False) -> None:
    if form.is_otherwise != is_otherwise:
        raise Invalid(_("“Otherwise” stays what it is."))
    if found := faults(form):
        raise Invalid(_("This rule is not valid: %(why)s") % {"why": found[0].detail}, errors=found)


def copy(
    forms: Sequence[RuleForm],
    scope: Scope,
    *,
    based_on: RuleVersion | None,
    by: User | None,
    status: str = RuleVersion.Status.DRAFT,
) -> RuleVersion:
    version = RuleVersion.objects.create(
        workspace=scope, status=status, based_on=based_on, created_by=by, created_at=clock.now()
    )
    insert(version, forms)
    return version


def insert(version: RuleVersion, forms: Sequence[RuleForm]) -> None:
    rows = []
    for position, form in enumerate(forms):
        rule = Rule(version=version, key=form.key or new_key(), position=position)
        fill(rule, form)
        rows.append(rule)
    Rule.objects.bulk_create(rows)


def fill(rule: Rule, form: RuleForm) -> None:
    rule.name, rule.condition, rule.actions = form.name.strip(), form.condition, form.actions
    rule.is_otherwise, rule.is_active = form.is_otherwise, form.is_active
