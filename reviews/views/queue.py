"""The lists: open, mine, decided; beside them, where there is room, the chosen handoff."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from reviews import leaving
from reviews.filtering.language import Query
from reviews.models import Decision, Handoff
from reviews.queue import Filter, Page, Queue
from reviews.views import filters, first_steps, undoing
from reviews.views.handoff import handoff_or_404, page_of
from reviews.views.origin import Origin
from reviews.views.signed_in import person
from workspaces.models import User

HEADINGS = {
    "queue": gettext_lazy("Needs review"),
    "mine": gettext_lazy("Mine"),
    "decided": gettext_lazy("Decided"),
}
REGIONS = {
    "queue": gettext_lazy("Queue"),
    "mine": gettext_lazy("Mine"),
    "decided": gettext_lazy("Decided"),
}


@login_required
@require_safe
def show(request: HttpRequest, section: str = "queue") -> HttpResponse:
    user = person(request)
    older = filters.translated(request)
    if older is not None:
        return redirect(filters.address(section, older))
    chosen = Filter(view=filters.SCOPES[section], query=filters.asked(request))
    queue = Queue(user, chosen)
    page = _with_decisions(queue.page(request.GET.get("after", "")[:300]))
    context: dict[str, Any] = {
        "section": section,
        "heading": HEADINGS[section],
        "region": REGIONS[section],
        "list_url": reverse(section),
        "queue_url": reverse("queue"),
        "rows": page.rows,
        "chosen": chosen,
        "is_filtered": chosen.is_narrowed,
        "next_url": _next_url(section, chosen, page.next_cursor),
        "undo": undoing.bar_for(request),
        **filters.box(request, section, chosen),
    }
    if chosen.order.group:
        filters.with_headings(page.rows, chosen.order.group)
    came = Origin(section, chosen.query)
    context["came"] = came.suffix
    context.update(_beside(request, came))
    if not page.rows and chosen.is_narrowed and section != "decided":
        context["decided_url"] = filters.address("decided", _among_decided(chosen.query))
    if section == "decided":
        context["leaving"] = leaving.of(user)
    if not page.rows and section == "queue" and not chosen.is_narrowed:
        context.update(_nothing(request, user, queue))
    elif section == "queue" and page.rows:
        oldest = queue.waiting.order_by("queued_at").values_list("queued_at", flat=True)
        context["oldest"] = oldest.first()
    return render(request, "reviews/queue.html", context)


def _among_decided(query: Query) -> Query:
    """The same question of the decided list: without the words that say which list."""
    return query.without(*(term for term in query.terms if term.fault or term.key == "is"))


def _with_decisions(page: Page) -> Page:
    """Rows with what their verdict chip says, in one query more."""
    rows: list[Handoff] = list(page.rows)
    votes = Decision.objects.filter(undone_at=None).select_related("reviewer").order_by("slot")
    from_one_query = Prefetch("decisions", queryset=votes)
    prefetch_related_objects(rows, from_one_query)
    return Page(rows, page.next_cursor)


def _next_url(section: str, chosen: Filter, cursor: str) -> str:
    if not cursor:
        return ""
    return filters.address(section, chosen.query, after=cursor)


def _beside(request: HttpRequest, came: Origin) -> dict[str, Any]:
    """The handoff in the third column, named by ``?at=HO-12``."""
    number = request.GET.get("at", "")
    if not number:
        return {}
    try:
        handoff = handoff_or_404(request, number)
    except Http404:
        return {}
    return {"page": page_of(request, handoff, came=came), "current": handoff.number, "pane": True}


def _nothing(request: HttpRequest, user: User, queue: Queue) -> dict[str, Any]:
    """An empty queue says when the last decision was; an empty desk shows the first steps."""
    last = (
        Decision.objects.filter(handoff__in=queue.visible, undone_at=None)
        .select_related("reviewer", "handoff")
        .order_by("-decided_at")
        .first()
    )
    if last is not None or queue.visible.exists():
        return {"last_decided": last}
    return first_steps.of(request, user)
