"""The filter box of a list: chips, faults, the View menu; completion; where a row belongs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from reviews.filtering import completing
from reviews.filtering.language import LONGEST, Query, Term, parse, quoted
from reviews.models import Handoff, Trigger
from reviews.queue import Filter, Queue
from workspaces.doors import screen
from workspaces.models import User

SCOPES = {"queue": "open", "mine": "mine", "decided": "decided"}
MOST_PLACED = 20
_SORTS = {
    "priority": gettext_lazy("Priority"),
    "due": gettext_lazy("Due first"),
    "risk": gettext_lazy("Risk"),
    "age": gettext_lazy("Longest waiting"),
    "newest": gettext_lazy("Newest"),
}
_GROUPS = {
    "": gettext_lazy("Not grouped"),
    "workspace": gettext_lazy("Workspace"),
    "trigger": gettext_lazy("Trigger"),
    "agent": gettext_lazy("Agent"),
}


@dataclass(frozen=True)
class Chip:
    """A term that can be taken away; ``at`` is its place in the text, from 1."""

    text: str
    url: str
    fault: str = ""
    at: int = 0


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    is_chosen: bool


def asked(request: HttpRequest) -> Query:
    return parse(request.GET.get("q", "")[: LONGEST + 100])


def address(section: str, query: Query, **more: str) -> str:
    """The list's address for this filter; without one it has no question mark."""
    given = {name: value for name, value in {"q": str(query), **more}.items() if value}
    return f"{reverse(section)}?{urlencode(given)}" if given else reverse(section)


def translated(request: HttpRequest) -> Query | None:
    """The filter that ``?workspace=…&trigger=…`` of older links and bookmarks says."""
    terms = [
        f"{key}:{quoted(request.GET[key][:80])}"
        for key in ("workspace", "trigger")
        if request.GET.get(key)
    ]
    if not terms and not any(key in request.GET for key in ("workspace", "trigger")):
        return None
    return parse(" ".join([*terms, request.GET.get("q", "")[:LONGEST]]))


def box(request: HttpRequest, section: str, chosen: Filter) -> dict[str, Any]:
    """What the templates of the filter box need."""
    query, order = chosen.query, chosen.order
    kept = {"is": SCOPES[section]} if section != "queue" else {}
    whole = " ".join([*(f"{key}:{value}" for key, value in kept.items()), str(query)]).strip()
    usual_sort = Filter(chosen.view, query.with_value("sort", "")).order.sort
    return {
        "query_text": str(query),
        "chips": [_chip(section, query, term) for term in query.terms],
        "faults": [_chip(section, query, term) for term in query.faults],
        "sorts": [
            Choice(
                str(label),
                address(section, query.with_value("sort", "" if name == usual_sort else name)),
                order.sort == name,
            )
            for name, label in _SORTS.items()
        ],
        "groups": [
            Choice(
                str(label), address(section, query.with_value("group", name)), order.group == name
            )
            for name, label in _GROUPS.items()
        ],
        "save_url": f"{reverse('views')}?{urlencode({'q': whole})}" if query.good else "",
        "is_live_elsewhere": not chosen.is_usual,
    }


def _chip(section: str, query: Query, term: Term) -> Chip:
    return Chip(str(term), address(section, query.without(term)), term.fault, term.start + 1)


def with_headings(rows: Iterable[Handoff], group: str) -> None:
    """The first row of each group on the page gets ``heading``."""
    before: object = None
    for row in rows:
        if group == "workspace":
            here: object = row.workspace_id
            words = str(row.workspace)
        elif group == "agent":
            here, words = row.submitter_id, row.submitter.name
        else:
            here, words = row.trigger, str(Trigger(row.trigger).label)
        if here != before:
            setattr(row, "heading", words)  # noqa: B010 - of this page only
        before = here


@screen("GET")
def options(request: HttpRequest, user: User) -> HttpResponse:
    """``?term=age`` → ``{"options": [{"text", "hint"}]}``, what the term may become."""
    found = completing.options(request.GET.get("term", "")[:120], user)
    return JsonResponse({"options": [{"text": o.text, "hint": o.hint} for o in found]})


@screen("GET")
def rows(request: HttpRequest, user: User) -> HttpResponse:
    """Which of ``?ids=1,2`` belong to the list of ``q`` and ``section``, and what follows each.

    ``{"rows": [{"id", "before"}]}`` in the list's order, ``before`` null at its end. More than 20
    ids are not looked at: such a page is better loaded anew.
    """
    section = request.GET.get("section", "queue")
    queue = Queue(user, Filter(SCOPES.get(section, "open"), asked(request)))
    given = [int(part) for part in request.GET.get("ids", "")[:400].split(",") if _is_id(part)]
    mine = queue.matching().filter(pk__in=given[:MOST_PLACED])
    found = queue.filter.order.sorted(mine)
    placed = [{"id": row.pk, "before": queue.following(row)} for row in found]
    return JsonResponse({"rows": placed, "cut": len(given) > MOST_PLACED})


def _is_id(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 19
