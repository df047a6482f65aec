"""The list a reader came from: carried in addresses, so that next, previous and back follow it.

``?list=mine&q=trigger:error`` on a handoff's page and on what its forms send to. Read like a
list's own address: a list nobody has is the open queue, terms that make no sense are left out.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest

from reviews.filtering.language import Query
from reviews.models import Handoff
from reviews.queue import Filter, Queue
from reviews.views import filters
from workspaces.models import User

NAMES = ("list", "q")  # of its parameters
_USUAL = "queue"


@dataclass(frozen=True)
class Origin:
    """``section`` is a key of ``filters.SCOPES``; the usual one is the whole open queue."""

    section: str = _USUAL
    query: Query = field(default_factory=Query)

    @property
    def is_usual(self) -> bool:
        return not self.parameters

    @property
    def parameters(self) -> dict[str, str]:
        found = {"q": str(Query(self.query.good))}
        if self.section != _USUAL:
            found = {"list": self.section, **found}
        return {name: value for name, value in found.items() if value}

    @property
    def suffix(self) -> str:
        """Behind an address without a question mark; ``more`` behind one that has it."""
        return f"?{urlencode(self.parameters)}" if self.parameters else ""

    @property
    def more(self) -> str:
        return f"&{urlencode(self.parameters)}" if self.parameters else ""

    @property
    def url(self) -> str:
        """The list's own address."""
        return filters.address(self.section, Query(self.query.good))

    def url_of(self, handoff: Handoff) -> str:
        return handoff.get_absolute_url() + self.suffix

    def queue(self, user: User) -> Queue:
        return Queue(user, Filter(filters.SCOPES[self.section], self.query))


def of(request: HttpRequest) -> Origin:
    """As the address of a handoff's page, or of what is sent from it, says."""
    section = request.GET.get("list", "")
    return Origin(section if section in filters.SCOPES else _USUAL, filters.asked(request))
