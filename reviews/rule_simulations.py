"""What a draft would have done with the handoffs of the last days, before it is published.

A row of ``Simulation`` is the whole state: the screen reads its progress, ``cancel`` sets it, and
a process that died is followed by another, which begins anew. Times of day and rounds are those
of the rounds that came in; who may decide is as it is now.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import signature
from django.conf import settings
from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext as _

from reviews import rule_actions, rule_book, rule_facts, rule_forms, rule_names, rule_people
from reviews.conditions import Facts
from reviews.models import Artifact, Handoff, Revision, RoutingRun, Rule, RuleVersion, Simulation
from reviews.rule_book import Line
from reviews.rule_people import Pool
from reviews.rule_trials import together
from workspaces import clock
from workspaces.errors import Conflict, Invalid
from workspaces.models import Lease, User, Workspace
from workspaces.transactions import write

logger = logging.getLogger("handoff.rules")
LONGEST_DAYS = 90
MOST_MOVES, MOST_COUNTS = 200, 100
BATCH, DOCUMENTS = 250, 20  # rows a query; documents in memory at once
LEASE_SECONDS = 60.0
_COLUMNS = (
    *("workspace_id", "submitter_id", "trigger", "queue_hint", "tags", "confidence", "risk"),
    *("revision", "submitter__owner_id"),
)
_ACTIVE = (Simulation.Status.WAITING, Simulation.Status.RUNNING)


class AlreadyRunning(Conflict):
    code, title = "already-running", "A simulation is running"


def start(draft: RuleVersion, *, days: int, by: User | None) -> Simulation:
    """Ask for a simulation of ``draft``; a worker runs it, at once or within seconds.

    Replaces the finished ones of this draft. Raises AlreadyRunning, Forbidden, Invalid.
    """
    rule_forms.demand(by, draft.workspace)
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("Simulate 1 to %(n)d days.") % {"n": LONGEST_DAYS})
    try:
        with write(), transaction.atomic():
            draft.simulations.exclude(status__in=_ACTIVE).delete()
            row = Simulation.objects.create(
                version=draft,
                edition=draft.edition,
                days=days,
                asked_by=by,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise AlreadyRunning(_("A simulation of these rules is running already.")) from None
    transaction.on_commit(partial(_hint, row.pk))
    return row


def cancel(simulation: Simulation, *, by: User | None) -> bool:
    """Stop it after its present batch. False: it had ended already. Raises Forbidden."""
    rule_forms.demand(by, simulation.version.workspace)
    ended = Simulation.objects.filter(pk=simulation.pk, status__in=_ACTIVE).update(
        status=Simulation.Status.CANCELLED, finished_at=clock.now()
    )
    simulation.refresh_from_db()
    return bool(ended)


def newest(draft: RuleVersion) -> Simulation | None:
    """What the screen shows: the running one, or the last that ended."""
    return draft.simulations.order_by("-pk").first()


def waiting() -> list[int]:
    """Ids of what no worker has begun, or whose worker died."""
    now = clock.now()
    active = list(Simulation.objects.filter(status__in=_ACTIVE).values_list("pk", flat=True))
    held = Lease.objects.filter(name__in=[_lease(pk) for pk in active], until__gt=now)
    taken = set(held.values_list("name", flat=True))
    return [pk for pk in active if _lease(pk) not in taken]


def run(pk: int, holder: str) -> Simulation | None:
    """Do the work of one row, unless another worker has it. What fails is kept in the row."""
    if not Lease.objects.take(_lease(pk), holder, LEASE_SECONDS, clock.now()):
        return None
    begun = Simulation.objects.filter(pk=pk, status__in=_ACTIVE).update(
        status=Simulation.Status.RUNNING, done=0, moved=0
    )
    try:
        row = Simulation.objects.select_related("version__workspace").filter(pk=pk).first()
        if row is None or not begun:
            return row
        _run(row, holder)
    except Exception as error:
        logger.exception("simulation %s failed", pk)
        Simulation.objects.filter(pk=pk, status__in=_ACTIVE).update(
            status=Simulation.Status.FAILED,
            finished_at=clock.now(),
            error=f"{type(error).__name__}: {error}"[:500],
        )
    finally:
        Lease.objects.give_back(_lease(pk), holder, clock.now())
    return Simulation.objects.filter(pk=pk).first()


@dataclass
class _Found:
    """What moved so far: all of it counted, the newest told one by one."""

    done: int = 0
    moved: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    moves: list[dict[str, Any]] = field(default_factory=list)

    def add(self, handoff: Handoff, before: str, after: str) -> None:
        self.moved += 1
        # Many kinds of moves are told as "other": a page shows a hundred at most.
        if (before, after) in self.counts or len(self.counts) < 10 * MOST_COUNTS:
            self.counts[before, after] += 1
        if len(self.moves) < MOST_MOVES:
            self.moves.append({"handoff": handoff.pk, "from": before, "to": after})

    def columns(self) -> dict[str, Any]:
        return {
            "done": self.done,
            "moved": self.moved,
            "moves": self.moves,
            "counts": [
                {"from": before, "to": after, "n": n}
                for (before, after), n in self.counts.most_common(MOST_COUNTS)
            ],
        }


def _run(row: Simulation, holder: str) -> None:
    since = clock.now() - timedelta(days=row.days)
    chosen = _handoffs(row.version.workspace, since)
    Simulation.objects.filter(pk=row.pk).update(total=chosen.count())
    desk = _Desk(row.version)
    found = _Found()
    for batch in _batches(chosen):
        desk.simulate(batch, found)
        found.done += len(batch)
        going = Simulation.objects.filter(pk=row.pk, status=Simulation.Status.RUNNING)
        if not going.update(**found.columns()):
            return  # cancelled, or thrown away with its draft
        Lease.objects.take(_lease(row.pk), holder, LEASE_SECONDS, clock.now())
    Simulation.objects.filter(pk=row.pk, status=Simulation.Status.RUNNING).update(
        status=Simulation.Status.DONE, finished_at=clock.now(), total=found.done, **found.columns()
    )


def _handoffs(scope: Workspace | None, since: datetime) -> QuerySet[Handoff]:
    found = Handoff.objects.filter(created_at__gte=since)
    return found if scope is None else found.filter(workspace=scope)


def _batches(chosen: QuerySet[Handoff]) -> Iterator[list[Handoff]]:
    """The newest first, by keyset: what comes in meanwhile is not met."""
    rows = chosen.select_related("submitter").only(*_COLUMNS).order_by("-pk")
    below: int | None = None
    while batch := list((rows if below is None else rows.filter(pk__lt=below))[:BATCH]):
        yield batch
        below = batch[-1].pk


class _Desk:
    """The rules on trial in each workspace, its people, and the words for what rules do."""

    def __init__(self, version: RuleVersion) -> None:
        self._version = version
        self._workspaces: dict[int, Workspace] = {}
        self._lines: dict[int, rule_book.Book] = {}
        self._pools: dict[int, Pool] = {}
        self._rules: dict[int, Rule] = {}
        self._words: dict[tuple[int, int], str] = {}

    def simulate(self, batch: list[Handoff], found: _Found) -> None:
        handoffs = {handoff.pk: handoff for handoff in batch}
        rules = self._rules_of(batch)
        wanted = frozenset[str]().union(*(self._book(each).wanted for each in batch))
        sizes = _sizes(batch) if "file_bytes" in wanted else {}
        for revision in _revisions(batch):
            handoff = handoffs[revision.handoff_id]
            rule = rules.get(revision.pk)
            facts = rule_facts.read(
                handoff,
                revision,
                at=revision.created_at,
                wanted=self._book(handoff).wanted,
                file_bytes=sizes.get(revision.pk, 0),
            )
            line = self._first(handoff, facts)
            if rule is None or _is_same(rule, line):
                continue
            found.add(handoff, self._told(handoff, rule), self._told(handoff, line))

    def _first(self, handoff: Handoff, facts: Facts) -> Line:
        """The line that would fire; people as they are now."""
        pool = self._pools[handoff.workspace_id]
        lines = self._book(handoff).lines
        for line in lines:
            if line.fits(facts) and rule_people.eligible(line.actions, pool, handoff)[0]:
                return line
        return lines[-1]

    def _book(self, handoff: Handoff) -> rule_book.Book:
        pk = handoff.workspace_id
        if pk not in self._lines:
            workspace = Workspace.objects.get(pk=pk)
            self._workspaces[pk] = workspace
            self._lines[pk] = book = rule_book.compiled(together(self._version, workspace))
            self._pools[pk] = Pool(workspace, book.teams)
        handoff.workspace = self._workspaces[pk]
        return self._lines[pk]

    def _rules_of(self, batch: list[Handoff]) -> dict[int, Rule]:
        """{round: the rule in force for it}, each rule read once"""
        runs = RoutingRun.objects.filter(handoff__in=batch).values_list("revision_id", "rule_id")
        by_round = dict(runs)
        self._rules.update(Rule.objects.in_bulk(set(by_round.values()) - self._rules.keys()))
        return {revision: self._rules[rule] for revision, rule in by_round.items()}

    def _told(self, handoff: Handoff, rule: Rule | Line) -> str:
        """ "Low confidence → Rae Reviewer", said once a rule and workspace."""
        key = (rule.id, handoff.workspace_id)
        if key not in self._words:
            names = rule_names.of([(None, rule.actions)])
            to = rule.actions.get("assign", {}).get("to", [])
            people = rule_actions.targets(to, names, str(handoff.workspace)) if to else ""
            self._words[key] = f"{rule.name} → {people}"
        return self._words[key]


def _is_same(rule: Rule, line: Line) -> bool:
    """The same rule, assigning to the same: the handoff would not move."""
    return rule.key == line.key and rule.actions.get("assign") == line.actions.get("assign")


def _revisions(batch: list[Handoff]) -> Iterator[Revision]:
    """The newest round of each, a few documents in memory at once."""
    rows = Revision.objects.filter(handoff__in=batch, number=F("handoff__revision"))
    wanted = rows.only("handoff_id", "number", "document", "created_at")
    return wanted.order_by("-handoff_id").iterator(chunk_size=DOCUMENTS)


def _sizes(batch: list[Handoff]) -> dict[int, int]:
    rows = Artifact.objects.filter(
        revision__handoff__in=batch,
        revision__number=F("revision__handoff__revision"),
        kind=Artifact.Kind.FILE,
    )
    summed = rows.order_by().values_list("revision").annotate(total=Sum("size"))
    return {revision: int(total or 0) for revision, total in summed}


def _lease(pk: int) -> str:
    return f"simulation:{pk}"


def _hint(pk: int) -> None:
    """Wake a worker; on a thread, for a dead broker holds nobody up. The sweeper finds the row."""
    if settings.HANDOFF_WAKERS:
        threading.Thread(target=_publish, args=(pk,), name="simulation", daemon=True).start()


def _publish(pk: int) -> None:
    try:
        signature("reviews.tasks.simulate").apply_async((pk,), retry=False, ignore_result=True)
    except Exception as error:
        logger.debug("no hint for simulation %s: %s", pk, error)
    finally:
        close_old_connections()
