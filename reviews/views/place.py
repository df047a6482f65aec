"""Where a reader is: a round of a handoff, and what of it the address asks for."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from reviews import comparing, reveals
from reviews.models import Artifact, Handoff, Revision
from reviews.permissions import may_decide
from reviews.views.origin import NAMES
from workspaces.models import User


@dataclass(frozen=True)
class Place:
    """Where the reader is: a round of a handoff, and what of it the address asks for."""

    handoff: Handoff
    revision: Revision
    user: User
    asked: dict[str, str]

    def url(self, **asked: object) -> str:
        """The address of another view of the same round."""
        query: dict[str, object] = {name: self.asked[name] for name in NAMES if name in self.asked}
        query.update((name, value) for name, value in asked.items() if value)
        if against := self.asked.get("against"):
            query = {"against": against, **query}
        if self.revision.number != self.handoff.revision:
            query = {"round": self.revision.number, **query}
        base = self.handoff.get_absolute_url()
        return f"{base}?{urlencode(query)}" if query else base

    @cached_property
    def revealed(self) -> frozenset[str]:
        """The places of this round whose secrets this reader sees."""
        return reveals.places(self.user, self.handoff, self.revision.number)

    @cached_property
    def may_reveal(self) -> bool:
        return bool(may_decide(self.user, self.handoff))

    def number(self, name: str, default: int = 0) -> int:
        value = self.asked.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 9 else default

    @cached_property
    def comparison(self) -> comparing.Comparison:
        """What the round is compared with, as asked for."""
        asked = self.asked.get("against", "")
        return comparing.of(self.handoff, self.revision, self.user, asked)

    @cached_property
    def files(self) -> list[Artifact]:
        """The round's files in the document's order; addresses count them from 1."""
        rows = [each for each in self.revision.artifacts.all() if each.kind == Artifact.Kind.FILE]
        return sorted(rows, key=lambda row: row.position)
