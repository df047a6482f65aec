"""Trying rules on one handoff: for each, why it did or did not fire. Nothing is changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reviews import conditions, routing, rule_book, rule_facts, rule_forms, rule_people
from reviews.conditions import Facts, Result
from reviews.models import Handoff, Rule, RuleVersion
from reviews.rule_book import Line
from reviews.rule_people import Pool, Reached
from workspaces.errors import Invalid
from workspaces.models import Workspace


@dataclass(frozen=True)
class Tried:
    """One rule on one handoff. ``outcome`` is one of

    fires: it fits, reaches somebody, and none before it did; shadowed: it would, but one before it
    fires; unreachable: it fits and reaches nobody; unfit: its condition does not hold; off.
    """

    line: Line
    outcome: str
    why: str  # a sentence
    condition: Result
    reached: Reached
    is_of_draft: bool  # of the version on trial, not of the other scope's rules in force

    @property
    def fires(self) -> bool:
        return self.outcome == "fires"


@dataclass(frozen=True)
class Trial:
    """What a version would do with a handoff's newest round, in the order rules are asked."""

    tried: tuple[Tried, ...]
    facts: Facts

    @property
    def fired(self) -> Tried | None:
        return next((each for each in self.tried if each.fires), None)


def together(version: RuleVersion, workspace: Workspace) -> list[Rule]:
    """Rules of ``version`` with those in force beside it, in the order they are asked:
    desk-wide, then the workspace's. Switched-off rules are among them."""
    if version.workspace_id is not None:
        desk = rule_forms.published(None)
        return [*(desk.rules.all() if desk else ()), *version.rules.all()]
    routing.ensure_otherwise(workspace)
    own = rule_forms.published(workspace)
    return [*version.rules.all(), *(own.rules.all() if own else ())]


def trial(version: RuleVersion, handoff: Handoff, *, at: datetime | None = None) -> Trial:
    """Ask every rule of ``version`` (a draft or any other) about the newest round of ``handoff``.

    ``at``: the time of day that counts, else when that round came in. No turn is taken, nobody is
    told. Raises Invalid for a version of another workspace.
    """
    if version.workspace_id not in (None, handoff.workspace_id):
        raise Invalid(_("These rules are of another workspace than this handoff."))
    revision = handoff.current
    facts = rule_facts.read(handoff, revision, at=at or revision.created_at)
    pool = Pool(handoff.workspace)
    rows = together(version, handoff.workspace)
    tried: list[Tried] = []
    fired = ""
    for row, line in lines_of(rows):
        result = conditions.explain(line.condition, facts, line.names)
        reached = Reached()
        if result.holds:
            reached = rule_people.reach(line.actions, pool, handoff, line.key, is_trial=True)
        outcome, why = _judged(row, result, reached, fired)
        if outcome == "fires":
            fired = line.name
        tried.append(
            Tried(line, outcome, why, result, reached, is_of_draft=row.version_id == version.pk)
        )
    return Trial(tuple(tried), facts)


def lines_of(rows: Iterable[Rule]) -> list[tuple[Rule, Line]]:
    """Each valid row with its compiled line, in the order of ``rows``, switched off or not."""
    by_id = {row.pk: row for row in rows}
    lines = {line.id: line for line in rule_book.compiled(by_id.values(), with_inactive=True).lines}
    return [(row, lines[pk]) for pk, row in by_id.items() if pk in lines]


def _judged(row: Rule, result: Result, reached: Reached, fired: str) -> tuple[str, str]:
    if not row.is_active:
        return "off", _("It is switched off.")
    if not result.holds:
        return "unfit", unmet(result)
    if not reached.people:
        return "unreachable", _("It fits, but reaches nobody: %(why)s.") % {"why": reached.why}
    if fired:
        return "shadowed", _("It fits, but “%(rule)s” comes before it.") % {"rule": fired}
    return "fires", _("It is the first that fits.")


def unmet(result: Result) -> str:
    """Which parts kept a condition from holding, in words."""
    return "; ".join(_missing(result)) + "."


def _missing(result: Result, *, wanted: bool = True) -> list[str]:
    """Leaves that are not as they would have to be for the whole to be ``wanted``."""
    if not result.parts:
        told = _("not met: %(what)s") if wanted else _("met, and should not be: %(what)s")
        text = told % {"what": result.sentence}
        return [f"{text} ({result.found})" if result.found else text]
    if result.link == "not":
        return _missing(result.parts[0], wanted=not wanted)
    return [
        line
        for part in result.parts
        if part.holds is not wanted
        for line in _missing(part, wanted=wanted)
    ]
