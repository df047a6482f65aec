"""Reads for screens: what is open, what was decided, counts, what comes next. Keyset paging.

The open queue is ordered by priority, then newest first: where live rows come in.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.utils.functional import cached_property

from reviews.models import ENDED, Handoff, Status, Trigger
from reviews.models.handoffs import HandoffQuerySet
from reviews.permissions import visible_to
from workspaces import clock
from workspaces.models import User

PAGE = 50
VIEWS = ("open", "mine", "decided", "waiting")


@dataclass(frozen=True)
class Filter:
    """One list: which view, and what it is narrowed to. Unknown values are empty."""

    view: str = "open"
    workspace: str = ""
    trigger: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.workspace or self.trigger)


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

    def rows(self) -> QuerySet[Handoff]:
        """All of the chosen list, in its order."""
        view = self.filter.view
        rows = self.visible.select_related("workspace", "submitter", "claimed_by")
        if self.filter.workspace:
            rows = rows.filter(workspace__slug=self.filter.workspace)
        if self.filter.trigger in Trigger.values:
            rows = rows.filter(trigger=self.filter.trigger)
        if view == "decided":
            return rows.filter(status__in=ENDED).order_by("-ended_at", "-pk")
        if view == "waiting":
            return rows.filter(status=Status.CHANGES_REQUESTED).order_by("-updated_at", "-pk")
        now = clock.now()
        if view == "mine":
            mine = Q(assigned_to=self.user) | Q(claimed_by=self.user, claimed_until__gt=now)
            rows = rows.filter(mine)
        # A verdict whose undo window is open stays in sight until it has left.
        awake = rows.filter(status=Status.PENDING).exclude(snoozed_until__gt=now)
        return awake.order_by("-priority", "-pk")

    def page(self, cursor: str = "") -> Page:
        rows = self._after(self.rows(), cursor) if cursor else self.rows()
        found = list(rows[: PAGE + 1])
        following = self._cursor(found[PAGE - 1]) if len(found) > PAGE else ""
        return Page(found[:PAGE], following)

    def _cursor(self, row: Handoff) -> str:
        if self.filter.view == "decided":
            key = row.ended_at.isoformat() if row.ended_at else ""
        elif self.filter.view == "waiting":
            key = row.updated_at.isoformat()
        else:
            key = str(row.priority)
        return base64.urlsafe_b64encode(f"{key}|{row.pk}".encode()).decode().rstrip("=")

    def _after(self, rows: QuerySet[Handoff], cursor: str) -> QuerySet[Handoff]:
        """The rows after a cursor; a cursor nobody made is the first page."""
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
            key, _, number = text.partition("|")
            pk = int(number)
            if self.filter.view in ("decided", "waiting"):
                column = "ended_at" if self.filter.view == "decided" else "updated_at"
                at = datetime.fromisoformat(key).astimezone(UTC)
                earlier = Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__lt": pk})
                return rows.filter(earlier)
            return rows.filter(Q(priority__lt=int(key)) | Q(priority=int(key), pk__lt=pk))
        except (binascii.Error, ValueError, OverflowError):
            return rows

    def neighbours(self, handoff: Handoff) -> tuple[Handoff | None, Handoff | None]:
        """The open handoffs before and after this one in the queue's order."""
        rows = self.visible.open().awake(clock.now())
        after = Q(priority__lt=handoff.priority) | Q(priority=handoff.priority, pk__lt=handoff.pk)
        before = Q(priority__gt=handoff.priority) | Q(priority=handoff.priority, pk__gt=handoff.pk)
        return (
            rows.filter(before).order_by("priority", "pk").first(),
            rows.filter(after).order_by("-priority", "-pk").first(),
        )

    def next_after(self, handoff: Handoff) -> Handoff | None:
        """What to show once this one is decided: the next in order, else the first."""
        before, after = self.neighbours(handoff)
        if after is not None or before is None:
            return after
        return self.visible.open().awake(clock.now()).order_by("-priority", "-pk").first()

    def counts(self) -> dict[str, int]:
        """Open, and mine among them."""
        now = clock.now()
        mine = Q(assigned_to=self.user) | Q(claimed_by=self.user, claimed_until__gt=now)
        open_ = self.visible.open().awake(now)
        return {"open": open_.count(), "mine": open_.filter(mine).count()}

    def last_decided_at(self) -> datetime | None:
        return (
            self.visible.filter(status__in=ENDED)
            .order_by("-ended_at")
            .values_list("ended_at", flat=True)
            .first()
        )
