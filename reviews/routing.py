"""Who gets a handoff: the first rule that fits and reaches somebody.

Desk-wide rules are asked first, then the workspace's, its "Otherwise" last. A round is routed
once, when it comes in: publishing rules moves no open handoff. Its next round meets the new ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from reviews import problems, rule_actions, rule_book, rule_facts, rule_people
from reviews.conditions import Facts
from reviews.models import Handoff, Priority, Problem, Revision, RoutingRun, Rule, RuleVersion
from reviews.rule_book import Line
from reviews.rule_people import Pool, Reached
from workspaces import clock
from workspaces.models import User, Workspace


@dataclass(frozen=True)
class Choice:
    """The rule in force for a round, whom it reaches, and the rules before it that reached nobody.

    ``is_unreachable``: not even "Otherwise" reaches anybody.
    """

    line: Line
    reached: Reached
    fell_through: list[tuple[Line, str]] = field(default_factory=list)
    is_unreachable: bool = False


def ensure_otherwise(workspace: Workspace) -> Rule:
    """The last rule of a workspace, made as its version 1 when it is first needed."""
    published = RuleVersion.Status.PUBLISHED
    found = Rule.objects.filter(
        version__workspace=workspace, version__status=published, is_otherwise=True
    )
    if (rule := found.first()) is not None:
        return rule
    now = clock.now()
    try:
        with transaction.atomic():
            version = RuleVersion.objects.create(
                workspace=workspace, number=1, status=published, created_at=now, published_at=now
            )
            return Rule.objects.create(
                version=version, is_otherwise=True, name="Otherwise", actions=rule_actions.OTHERWISE
            )
    except IntegrityError:
        return found.get()


def lines_for(workspace: Workspace) -> rule_book.Book:
    """The rules in force in a workspace, with an "Otherwise" at their end."""
    book = rule_book.in_force(workspace)
    if not book.lines or not book.lines[-1].is_otherwise:
        ensure_otherwise(workspace)
        book = rule_book.in_force(workspace)
    return book


def route(
    handoff: Handoff, revision: Revision, *, at: datetime, file_bytes: int | None = None
) -> RoutingRun:
    """Pick the rule for this round, apply it, and keep its words, effects and whom it reached.

    In the open transaction. A rule that goes round keeps a handoff with who has it already, if
    they are among its people. Priority and due time are those of the rule in force, else of the
    document.
    """
    book = lines_for(handoff.workspace)
    facts = rule_facts.read(handoff, revision, at=at, wanted=book.wanted, file_bytes=file_bytes)
    choice = choose(book.lines, facts, handoff, Pool(handoff.workspace, book.teams))
    line, reached = choice.line, choice.reached
    run = RoutingRun.objects.create(
        handoff=handoff,
        revision=revision,
        rule_id=line.id,
        rule_text=line.text(str(handoff.workspace)),
        reason=_reason(choice),
        effects=effects_of(line, reached),
        created_at=at,
    )
    through = RoutingRun.reviewers.through
    through.objects.bulk_create(
        [through(routingrun_id=run.pk, user_id=person) for person in reached.people]
    )
    _apply(handoff, line.actions, reached, at)
    _tell_admins(handoff, choice)
    return run


def choose(lines: Sequence[Line], facts: Facts, handoff: Handoff, pool: Pool) -> Choice:
    """The first line that fits and reaches somebody; the last one when none does."""
    fell: list[tuple[Line, str]] = []
    for line in lines:
        if not line.fits(facts):
            continue
        reached = rule_people.reach(line.actions, pool, handoff, line.key)
        if reached.people:
            return Choice(line, reached, fell)
        fell.append((line, reached.why))
    last, why = fell.pop()
    return Choice(last, Reached(why=why), fell, is_unreachable=True)


def effects_of(line: Line, reached: Reached) -> dict[str, Any]:
    """The line's actions with the ids that ``assign`` reached."""
    assign = line.actions.get("assign", {})
    resolved = {
        **assign,
        "pick": assign.get("pick", "all"),
        "people": list(reached.people),
        "to_one": reached.to_one,
    }
    return {**line.actions, "assign": resolved}


def _reason(choice: Choice) -> str:
    told = [
        _("“%(rule)s” fits too, but reaches nobody: %(why)s.") % {"rule": line.name, "why": why}
        for line, why in choice.fell_through
    ]
    if choice.is_unreachable:
        told.append(_("It reaches nobody: %(why)s.") % {"why": choice.reached.why})
    elif choice.line.is_otherwise and not told:
        told.append(_("No other rule fits."))
    return " ".join(told)


def _apply(handoff: Handoff, actions: dict[str, Any], reached: Reached, at: datetime) -> None:
    wanted: dict[str, Any] = {}
    if "priority" in actions:
        wanted["priority"] = Priority[actions["priority"].upper()]
    wanted["due_at"] = due_at(actions["due"], at, handoff.workspace) if "due" in actions else None
    if reached.to_one is not None:
        wanted["assigned_to_id"] = reached.to_one
    changed = {name: value for name, value in wanted.items() if getattr(handoff, name) != value}
    if changed:
        Handoff.objects.filter(pk=handoff.pk).update(**changed)
        for name, value in changed.items():
            setattr(handoff, name, value)


def due_at(due: dict[str, Any], at: datetime, workspace: Workspace) -> datetime:
    """When a handoff routed ``at`` is due. A workspace works round the clock."""
    return at + timedelta(minutes=due["minutes"])


def problem_path(key: str) -> str:
    """Where the problem of a rule is kept; ``key`` is the same in every version of it."""
    return f"rules/{key}"


def _tell_admins(handoff: Handoff, choice: Choice) -> None:
    """Last, for it records an Event: rules that reached nobody are problems to look at."""
    silent = list(choice.fell_through)
    if choice.is_unreachable:
        silent.append((choice.line, choice.reached.why))
    for line, why in silent:
        problems.report(
            handoff.workspace,
            problem_path(line.key),
            Problem.Kind.NOBODY,
            _("The rule “%(rule)s” reaches nobody: %(why)s.") % {"rule": line.name, "why": why},
        )


def undo_window(handoff: Handoff, person: User) -> int:
    """Seconds between this person's verdict on the current round and its release."""
    found = RoutingRun.objects.filter(handoff=handoff, revision__number=handoff.revision)
    return window_under(found.first(), handoff.workspace, person)


def window_under(run: RoutingRun | None, workspace: Workspace, person: User) -> int:
    """The same, for a round routed by ``run``. A rule's own seconds stand in place of the
    workspace's: the person may have more, never less."""
    if run is None or "undo_seconds" not in run.effects:
        return workspace.undo_window_of(person)
    return max(person.undo_seconds or 0, int(run.effects["undo_seconds"]))
