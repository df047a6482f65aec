"""What the form of a rule's actions shows: each list with what is chosen in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reviews.rule_actions import ON_EXPIRY, PICKS, PRIORITIES
from reviews.rule_editor import demands
from reviews.rule_editor.actions import FACTORS, STEP_UNITS, Span, said, span, step_span
from reviews.rule_editor.choosing import Choices, Named
from reviews.rule_editor.editor import Editor
from reviews.rule_editor.rows import Option


@dataclass(frozen=True)
class Step:
    index: int
    count: str
    units: list[Option]
    acts: list[Option]
    to: "Targets"
    problems: list[str]


@dataclass(frozen=True)
class Targets:
    """Roles, teams and people to tick; ``names`` of those ticked."""

    field: str
    groups: list[tuple[str, list[Option]]]

    @property
    def names(self) -> list[str]:
        return [label for _g, options in self.groups for _v, label, is_on in options if is_on]


@dataclass
class Drawn:
    """The actions as fields."""

    to: Targets
    picks: list[Option]
    kept_out: Targets
    channels: list[Option]
    demands: demands.Demands
    priorities: list[Option]
    due: Span
    due_units: list[Option]
    is_business: bool
    undo: str
    steps: list[Step]
    expiries: list[Option]
    errors: dict[str, list[str]] = field(default_factory=dict)


def drawn(editor: Editor, choices: Choices) -> Drawn:
    acts = editor.actions
    assign, due = _dict(acts, "assign"), _dict(acts, "due")
    time = span(due) if due else Span("", "hours")
    refused = _dict(acts, "not")
    kept_out = [{"user": pk} for pk in refused.get("users", ())]
    kept_out += [{"team": pk} for pk in refused.get("teams", ())]
    return Drawn(
        to=_targets("to", assign.get("to", []), choices),
        picks=_options(_picks(), assign.get("pick", "all")),
        kept_out=_targets("not", kept_out, choices, with_roles=False),
        channels=_channels(acts.get("channels", ()), choices),
        demands=demands.drawn(acts, choices),
        priorities=_options(
            {"": _("as the agent says"), **{each: _word(each) for each in PRIORITIES}},
            acts.get("priority", ""),
        ),
        due=time,
        due_units=_options(dict(zip(FACTORS, _spans(), strict=True)), time.unit),
        is_business=bool(due.get("business")),
        undo=str(acts.get("undo_seconds", "")),
        steps=[
            _step(index, step, choices, editor.errors.get(f"ladder.{index}", []))
            for index, step in enumerate(acts.get("ladder", ()))
        ],
        expiries=_options(
            {"": _("as the agent says"), **{each: _word(each) for each in ON_EXPIRY}},
            acts.get("on_expiry", ""),
        ),
        errors=editor.errors,
    )


def _dict(actions: dict[str, Any], name: str) -> dict[str, Any]:
    found = actions.get(name)
    return found if isinstance(found, dict) else {}


def _options(labels: dict[str, str], chosen: str) -> list[Option]:
    return [(value, label, value == chosen) for value, label in labels.items()]


def _targets(
    field_name: str, to: list[dict[str, Any]], choices: Choices, *, with_roles: bool = True
) -> Targets:
    chosen = {said(each) for each in to}

    def offered(kind: str, rows: Named) -> list[Option]:
        known = [(f"{kind}:{pk}", name) for pk, name in rows]
        names = {value for value, _name in known}
        gone = _("no longer there")
        known += [(v, gone) for v in chosen if v.startswith(f"{kind}:") and v not in names]
        return [(value, name, value in chosen) for value, name in known]

    roles = [
        (f"role:{role}", label, f"role:{role}" in chosen)
        for role, label in (
            ("reviewer", _("Reviewers")),
            ("admin", _("Admins")),
            ("owner", _("Owners")),
        )
    ]
    groups = [(_("Roles"), roles)] if with_roles else []
    groups += [
        (_("Teams"), offered("team", choices.teams)),
        (_("People"), offered("user", choices.people)),
    ]
    return Targets(field_name, [(label, options) for label, options in groups if options])


def _channels(chosen: Sequence[Any], choices: Choices) -> list[Option]:
    known = [(str(pk), name, pk in chosen) for pk, name in choices.channels]
    there = {value for value, _name, _on in known}
    gone = [str(pk) for pk in chosen if str(pk) not in there]
    return known + [(pk, _("no. %(id)s (no longer there)") % {"id": pk}, True) for pk in gone]


def _step(index: int, step: dict[str, Any], choices: Choices, problems: list[str]) -> Step:
    time = step_span(step)
    return Step(
        index=index,
        count=time.count,
        units=_options(dict(zip(STEP_UNITS, _step_units(), strict=True)), time.unit),
        acts=_options({"notify": _("Tell"), "assign": _("Give it to")}, step.get("act", "")),
        to=_targets(f"step.{index}.to", step.get("to", []), choices),
        problems=problems,
    )


def _picks() -> dict[str, str]:
    labels = (
        _("anyone of them may claim it"),
        _("in turn"),
        _("the least loaded"),
        _("who last decided of this agent"),
        _("who decided the round before"),
    )
    return dict(zip(PICKS, labels, strict=True))


def _spans() -> tuple[str, str, str]:
    return _("minutes"), _("hours"), _("days")


def _step_units() -> tuple[str, ...]:
    return (
        _("% of the time"),
        _("minutes"),
        _("hours"),
        _("working minutes"),
        _("working hours"),
    )


def _word(name: str) -> str:
    return {
        "low": _("low"),
        "normal": _("normal"),
        "high": _("high"),
        "urgent": _("urgent"),
        "expire": _("it expires, undecided"),
        "reject": _("it is rejected"),
        "approve": _("it is approved"),
        "escalate": _("it stays open, escalated"),
    }[name]
