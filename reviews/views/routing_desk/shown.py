"""Rules as the list shows them: the sentence, how often it fired, what is the matter with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import conditions, routing, rule_actions, rule_changes, rule_names, rule_people
from reviews.models import Handoff, Problem, RoutingRun, RuleVersion
from reviews.rule_changes import Change
from reviews.rule_editor.editor import faults_of_shape
from reviews.rule_forms import RuleForm, Scope, forms_of
from workspaces import clock
from workspaces.models import Agent

DAYS = 7
KINDS: dict[str, str | Promise] = {
    "new": gettext_lazy("New"),
    "removed": gettext_lazy("Removed"),
    "edited": gettext_lazy("Edited"),
    "renamed": gettext_lazy("Renamed"),
    "moved": gettext_lazy("Moved"),
    "on": gettext_lazy("Switched on"),
    "off": gettext_lazy("Switched off"),
}


@dataclass
class Shown:
    """One rule in a list. ``was`` is what it said in the version in force, where that differs."""

    place: int
    form: RuleForm
    when: str
    then: str
    hits: int = 0
    marks: list[str | Promise] = field(default_factory=list)
    was: str = ""
    nobody: str = ""
    is_last: bool = False

    @property
    def is_changed(self) -> bool:
        return bool(self.marks)


@dataclass(frozen=True)
class Difference:
    """One change between two versions, in words."""

    name: str
    marks: list[str | Promise]
    before: str
    after: str
    old_name: str = ""
    was_at: int = 0
    is_at: int = 0


def rules_of(version: RuleVersion | None, scope: Scope, against: RuleVersion | None) -> list[Shown]:
    """The rules of ``version``, marked with what differs from ``against``."""
    forms = forms_of(version)
    changes = {}
    if against is not None or (version and version.status == RuleVersion.Status.DRAFT):
        changes = {each.key: each for each in rule_changes.between(forms_of(against), forms)}
    before = [change.before for change in changes.values() if change.before]
    told = words([*forms, *before], scope)
    fired = hits(form.key for form in forms)
    silent = nobody(forms, scope)
    moving = [form for form in forms if not form.is_otherwise]
    rows = []
    for index, form in enumerate(forms):
        change = changes.get(form.key)
        when, then = told[index]
        row = Shown(index + 1, form, when, then, fired.get(form.key, 0))
        row.nobody = silent.get(form.key, "")
        row.is_last = bool(moving) and form is moving[-1]
        if change:
            row.marks = marks(change)
            if "edited" in change.kinds and change.before is not None:
                was = told[len(forms) + before.index(change.before)]
                row.was = sentence(*was)
        rows.append(row)
    return rows


def marks(change: Change) -> list[str | Promise]:
    return [KINDS[kind] for kind in change.kinds]


def words(forms: Sequence[RuleForm], scope: Scope) -> list[tuple[str, str]]:
    """(when, then) of each; "" for when of what always fits."""
    valid = [form for form in forms if not faults_of_shape(form)]
    names = rule_names.of([(form.condition, form.actions) for form in valid])
    place = str(scope) if scope else _("each workspace")
    told = []
    for form in forms:
        if faults_of_shape(form):
            told.append((_("This rule is not valid and is left out."), ""))
            continue
        when = "" if form.condition is None else conditions.sentence(form.condition, names)
        told.append((when, rule_actions.sentence(form.actions, names, place=place)))
    return told


def sentence(when: str, then: str) -> str:
    """As one line."""
    if not when:
        return then
    return _("When %(when)s: %(then)s") % {"when": when, "then": then} if then else when


def hits(keys: Iterable[str]) -> dict[str, int]:
    """How often each fired in the last days, in any of its versions."""
    since = clock.now() - timedelta(days=DAYS)
    runs = RoutingRun.objects.filter(created_at__gte=since, rule__key__in=list(keys))
    counted = runs.order_by().values_list("rule__key").annotate(n=Count("pk"))
    return dict(counted)


def nobody(forms: Sequence[RuleForm], scope: Scope) -> dict[str, str]:
    """Why a rule reaches nobody who is active: now, and as it was met when one was routed."""
    found: dict[str, str] = {}
    if scope is not None:
        pool = rule_people.Pool(scope, at=clock.now())
        of_no_owner = Handoff(submitter=Agent(), workspace=scope)
        for form in forms:
            if form.is_active and not faults_of_shape(form):
                people, why = rule_people.eligible(form.actions, pool, of_no_owner)
                if not people:
                    found[form.key] = why or _("nobody is left")
        return found
    paths = {routing.problem_path(form.key): form.key for form in forms}
    rows = Problem.objects.filter(
        kind=Problem.Kind.NOBODY, resolved_at=None, path__in=list(paths)
    ).select_related("workspace")
    for problem in rows:
        found[paths[problem.path]] = f"{problem.workspace}: {problem.detail}"
    return found


def differences(
    before: RuleVersion | None, after: RuleVersion | None, scope: Scope
) -> list[Difference]:
    changes = rule_changes.between(forms_of(before), forms_of(after))
    forms = [form for each in changes for form in (each.before, each.after) if form]
    told = dict(zip(map(id, forms), words(forms, scope), strict=True))

    def said(form: RuleForm | None) -> str:
        return sentence(*told[id(form)]) if form else ""

    found = []
    for change in changes:
        is_same = "edited" not in change.kinds and change.before and change.after
        found.append(
            Difference(
                change.name,
                marks(change),
                "" if is_same else said(change.before),
                "" if is_same else said(change.after),
                change.before.name if change.before and "renamed" in change.kinds else "",
                change.was_at if "moved" in change.kinds else 0,
                change.is_at if "moved" in change.kinds else 0,
            )
        )
    return found
