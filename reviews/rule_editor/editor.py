"""One rule while it is edited: read from its row or from what was posted, drawn, and said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from reviews import conditions, rule_actions, rule_names
from reviews.rule_editor import actions as action_fields
from reviews.rule_editor import condition_json, typed
from reviews.rule_editor.choosing import Choices, dress
from reviews.rule_editor.rows import Group, Row, new_row, numbered
from reviews.rule_forms import RuleForm, Scope, faults
from workspaces.errors import Problem

Picks = list[tuple[str, str, bool]]  # value, label, chosen?


@dataclass
class Editor:
    """``errors`` are by the part of the form they stand beside; "" is the whole."""

    scope: Scope
    name: str = ""
    is_active: bool = True
    is_otherwise: bool = False
    key: str = ""
    root: Group = field(default_factory=Group)
    actions: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    focus: str = ""
    known: dict[str, set[int]] = field(default_factory=dict)  # named by rules of the scope before

    @property
    def choices(self) -> Choices:
        return Choices(self.scope, self.known)

    def names_what_it_may(self, form: RuleForm) -> bool:
        """Of a valid rule: is all that it names of its scope?"""
        wanted = rule_names.wanted([(form.condition, form.actions)])
        return self.scope is None or self.choices.are_offered(wanted)

    def form(self) -> tuple[RuleForm, dict[str, Group | Row], list[Problem]]:
        tree, places, problems = condition_json.tree_of(self.root)
        form = RuleForm(
            name=self.name,
            condition=None if self.is_otherwise else tree,
            actions=self.actions,
            is_otherwise=self.is_otherwise,
            is_active=self.is_active,
            key=self.key,
        )
        return form, places, problems

    def check(self) -> RuleForm | None:
        """The rule as it may be saved; None with ``errors`` where something is wrong."""
        form, places, problems = self.form()
        problems = [*problems, *faults(form)]
        if not problems and not self.names_what_it_may(form):
            told = _("It names a person, agent, workspace or channel that is not offered here.")
            problems = [Problem("", told)]
        if not problems:
            return form
        self.put(problems, places)
        return None

    def put(self, problems: Iterable[Problem], places: dict[str, Group | Row]) -> None:
        """Put each problem beside its field."""
        for problem in problems:
            _root, _slash, below = problem.pointer.partition("/")
            part, _slash, rest = below.partition("/")
            if part == "condition":
                _place(f"/{rest}" if rest else "", places, self.root).problems.append(
                    problem.detail
                )
                self.errors.setdefault("condition", [])
            else:
                name, _slash, more = rest.partition("/")
                if name == "ladder" and more:
                    name = f"ladder.{more.partition('/')[0]}"
                self.errors.setdefault(name if part == "actions" else part, []).append(
                    problem.detail
                )

    def sentence(self) -> str:
        """What it says now; "" while something in it cannot be said."""
        form, _places, problems = self.form()
        if problems or conditions.validate(form.condition):
            return ""
        if rule_actions.validate(form.actions) or not self.names_what_it_may(form):
            return ""
        return said(form, self.scope)

    @property
    def problem_count(self) -> int:
        rows = sum(len(part.problems) for part in self.root.walk())
        return rows + sum(map(len, self.errors.values()))


def said(form: RuleForm, scope: Scope) -> str:
    """A valid rule as a sentence."""
    return sentences([form], scope)[0]


def sentences(forms: Sequence[RuleForm], scope: Scope) -> list[str]:
    """Valid rules as sentences, with the names of what they name: as many queries as for one."""
    names = rule_names.of([(form.condition, form.actions) for form in forms])
    place = str(scope) if scope else _("each workspace")
    told = []
    for form in forms:
        then = rule_actions.sentence(form.actions, names, place=place)
        if form.is_otherwise:
            told.append(_("Otherwise: %(then)s.") % {"then": then})
        elif form.condition is None:
            told.append(_("Always: %(then)s.") % {"then": then})
        else:
            when = conditions.sentence(form.condition, names)
            told.append(_("When %(when)s: %(then)s.") % {"when": when, "then": then})
    return told


def _place(pointer: str, places: dict[str, Group | Row], root: Group) -> Group | Row:
    while pointer not in places and pointer:
        pointer = pointer.rpartition("/")[0]
    return places.get(pointer, root)


def from_form(form: RuleForm, scope: Scope) -> Editor:
    """To draw a rule as it is."""
    editor = Editor(scope, form.name, form.is_active, form.is_otherwise, form.key)
    try:
        editor.root = condition_json.rows_of(form.condition)
    except (KeyError, TypeError, AttributeError):  # written past the desk
        editor.errors["condition"] = [_("This condition cannot be read; write it anew.")]
    editor.actions = form.actions if isinstance(form.actions, dict) else {}
    return editor


def new(scope: Scope) -> Editor:
    """A rule that is not there yet: errors, to the reviewers."""
    root = numbered(Group("all", [new_row()]))
    return Editor(scope, root=root, actions={"assign": {"to": [{"role": "reviewer"}]}})


def from_post(posted: QueryDict, scope: Scope, *, is_otherwise: bool, key: str) -> Editor:
    return Editor(
        scope,
        name=posted.get("name", ""),
        is_active=is_otherwise or "is_active" in posted,
        is_otherwise=is_otherwise,
        key=key,
        root=Group() if is_otherwise else typed.read(posted),
        actions=action_fields.read(posted),
    )


def press(editor: Editor, what: str) -> None:
    """A button that changes the form, and nothing else."""
    verb, _colon, where = what.partition(":")
    if verb == "step":
        action_fields.new_step(editor.actions)
        editor.focus = f"step.{len(editor.actions['ladder']) - 1}.after"
    elif verb == "unstep" and where.isdigit():
        ladder = editor.actions.get("ladder", [])
        editor.actions["ladder"] = [
            step for index, step in enumerate(ladder) if index != int(where)
        ]
    else:
        path = typed.press(editor.root, what)
        typed.settle(editor.root)
        # What was removed has no field: one goes on where the next is added.
        editor.focus = f"row:{path}" if verb == "remove" else f"c.{path}.fact"


def copied(editor: Editor) -> Editor:
    """The same rule again, with a name that says so."""
    name = _("%(name)s (copy)") % {"name": editor.name}
    return replace(editor, name=name[:120], key="", is_otherwise=False)


def dressed(editor: Editor) -> Choices:
    """What the form offers."""
    choices = editor.choices
    dress(editor.root, choices)
    return choices


def known(forms: Iterable[RuleForm]) -> dict[str, set[int]]:
    """What the rules of a scope name already."""
    valid = [form for form in forms if not faults_of_shape(form)]
    return rule_names.wanted([(form.condition, form.actions) for form in valid])


def faults_of_shape(form: RuleForm) -> list[Problem]:
    return conditions.validate(form.condition) + rule_actions.validate(form.actions)
