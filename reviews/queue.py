"""Reads for screens: the rows of a list, counts, what comes next. Keyset paging throughout."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from reviews.filtering import counting, matching
from reviews.filtering.language import Query
from reviews.filtering.order import Order
from reviews.models import Handoff
from reviews.models.handoffs import HandoffQuerySet
from reviews.permissions import visible_to
from workspaces import clock
from workspaces.models import User

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """One list: the address's scope (open, mine, decided), and what it is narrowed to."""

    view: str = "open"
    query: Query = field(default_factory=Query)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query.narrowing())

    @property
    def order(self) -> Order:
        lists = matching.lists(self.query, self.view)
        usual = {"decided": "ended", "waiting": "updated"}
        by_itself = usual.get(next(iter(lists)), "priority") if len(lists) == 1 else "priority"
        return Order(self.query.value("sort") or by_itself, self.query.value("group"))

    @property
    def is_usual(self) -> bool:
        """Shown as live rows come in by themselves: the whole open queue in its own order."""
        return self.view == "open" and not self.query.good


@dataclass(frozen=True)
class Page:
    rows: Sequence[Handoff]
    next_cursor: str


class Queue:
    """The lists of one person."""

    def __init__(self, user: User, chosen: Filter = Filter()) -> None:
        self.user = user
        self.filter = chosen

    @cached_property
    def visible(self) -> HandoffQuerySet:
        return visible_to(self.user)

    @cached_property
    def viewer(self) -> matching.Viewer:
        return matching.Viewer(self.user, clock.now())

    @property
    def waiting(self) -> HandoffQuerySet:
        """What may be decided now: without verdicts under way, what is snoozed, and what waits
        for the votes of others only."""
        return self.visible.open().awake(self.viewer.now).exclude(matching.voted(self.user))

    def matching(self) -> HandoffQuerySet:
        """All rows of the chosen list, in no order."""
        return self.visible.filter(
            matching.condition(self.filter.query, self.viewer, self.filter.view)
        )

    def page(self, cursor: str = "") -> Page:
        """The numbers first, by an index and without joins, which would lead SQLite to begin at
        a joined table and to sort; then the rows."""
        order = self.filter.order
        matching = order.after(self.matching(), cursor) if cursor else self.matching()
        pks = list(order.sorted(matching).values_list("pk", flat=True)[: PAGE + 1])
        rows = Handoff.objects.select_related(
            "workspace__work_hours", "submitter", "claimed_by", "assigned_to"
        )
        by_pk = rows.in_bulk(pks[:PAGE])
        found = [by_pk[pk] for pk in pks[:PAGE] if pk in by_pk]
        following = order.cursor(found[-1]) if found and len(pks) > PAGE else ""
        return Page(found, following)

    def following(self, row: Handoff) -> int | None:
        """The row after this one in the chosen list; None at its end."""
        order = self.filter.order
        after = self.matching().filter(order.beyond(order.key(row)))
        return order.sorted(after).values_list("pk", flat=True).first()

    def neighbours(self, handoff: Handoff) -> tuple[Handoff | None, Handoff | None]:
        """The handoffs before and after this one in the list's order, without verdicts under way.

        It need not be in the list (any more); one that has no place in its order comes before it.
        """
        order, rows = self.filter.order, self.matching().filter(verdict="")
        key = order.key(handoff)
        if None in key:
            return None, order.sorted(rows).first()
        before = order.sorted(rows.filter(order.beyond(key, backwards=True)), backwards=True)
        return before.first(), order.sorted(rows.filter(order.beyond(key))).first()

    def next_after(self, handoff: Handoff) -> Handoff | None:
        """What to show once this one is decided: the next in order, else the first."""
        before, after = self.neighbours(handoff)
        if after is not None or before is None:
            return after
        rows = self.matching().filter(verdict="").exclude(pk=handoff.pk)
        return self.filter.order.sorted(rows).first()

    def counted(self) -> list[QuerySet[Handoff, Any]]:
        """For ``counting.together``, read by ``told``: what is open, what of it is mine, and what
        waits only for the votes of others. To leave the last out row by row is dear."""
        now = self.viewer.now
        open_ = self.visible.open().awake(now)
        voted = matching.voted(self.user)
        mine = Q(assigned_to=self.user) | Q(claimed_by=self.user, claimed_until__gt=now) | voted
        return [rows.values("pk") for rows in (open_, open_.filter(mine), open_.filter(voted))]

    @staticmethod
    def told(counts: Sequence[int]) -> dict[str, int]:
        open_, mine, voted = counts
        return {"open": open_ - voted, "mine": mine}

    def counts(self) -> dict[str, int]:
        """Open, and mine among them."""
        return self.told(counting.together(self.counted()))
