"""The order of a list, its groups, and pages by keyset: never an offset.

A page goes on after the key of its last row, so that rows which come or go meanwhile neither
repeat nor hide another. Every column of a key is never NULL in the rows of its list.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from reviews.models import Handoff

Column = tuple[str, bool]  # its name, and whether the largest comes first

_SORTS: dict[str, tuple[Column, ...]] = {
    "priority": (("priority", True), ("pk", True)),
    "due": (("due_key", False), ("pk", False)),
    "risk": (("risk", True), ("pk", True)),
    "age": (("queued_at", False), ("pk", False)),
    "newest": (("queued_at", True), ("pk", True)),
    # of the lists of what is over, and of what was sent back
    "ended": (("ended_at", True), ("pk", True)),
    "updated": (("updated_at", True), ("pk", True)),
}
_GROUPS: dict[str, Column] = {
    "workspace": ("workspace_id", False),
    "trigger": ("trigger_rank", False),
    "agent": ("submitter_id", False),
}


@dataclass(frozen=True)
class Order:
    """``sort`` is a name of ``_SORTS``, ``group`` of ``_GROUPS`` or ""."""

    sort: str = "priority"
    group: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*([_GROUPS[self.group]] if self.group else []), *_SORTS[self.sort])

    def sorted(self, rows: QuerySet[Handoff], *, backwards: bool = False) -> QuerySet[Handoff]:
        return rows.order_by(
            *(("-" if falls != backwards else "") + name for name, falls in self.columns)
        )

    def key(self, row: Handoff) -> list[Any]:
        return [getattr(row, name) for name, _ in self.columns]

    def beyond(self, key: list[Any], *, backwards: bool = False) -> Q:
        """Rows after the one with this key (before it, going ``backwards``)."""
        columns = [
            (name, falls != backwards, value)
            for (name, falls), value in zip(self.columns, key, strict=True)
        ]
        # The first column bounds the scan of an index. The ties behind it are taken out by "not":
        # with "or", SQLite reads the branches by different indexes and sorts all they find.
        (name, falls, value), *rest = columns
        ties = Q(**{name: value}) & _not_beyond(rest)
        return Q(**{f"{name}__{'lte' if falls else 'gte'}": value}) & ~ties

    def cursor(self, row: Handoff) -> str:
        plain = [v.isoformat() if isinstance(v, datetime) else v for v in self.key(row)]
        text = json.dumps([self.sort, self.group, *plain], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def after(self, rows: QuerySet[Handoff], cursor: str) -> QuerySet[Handoff]:
        """The rows after a cursor; a cursor nobody made, or of another order, is the first page."""
        try:
            text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            sort, group, *plain = json.loads(text)
            if [sort, group] != [self.sort, self.group] or len(plain) != len(self.columns):
                return rows
            key = [_typed(name, v) for (name, _), v in zip(self.columns, plain, strict=True)]
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
            return rows
        return rows.filter(self.beyond(key))


def _not_beyond(columns: list[tuple[str, bool, Any]]) -> Q:
    """Rows at or before this key, by columns that fall or rise."""
    (name, falls, value), *rest = columns
    before = f"{name}__{'gt' if falls else 'lt'}"
    if not rest:
        return Q(**{f"{before}e": value})
    return Q(**{before: value}) | (Q(**{name: value}) & _not_beyond(rest))


def _typed(column: str, value: Any) -> Any:
    """As the column is compared; ValueError for what never stood in it."""
    if column.endswith(("_at", "_key")):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(column)
        return moment
    if type(value) is not int or not -1 <= value < 2**63:
        raise ValueError(column)
    return value
