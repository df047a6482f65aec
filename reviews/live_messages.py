"""What the hub sends, made from the database: viewer-independent, one message a workspace."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Prefetch, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from reviews import event_kinds
from reviews.models import Decision, Handoff, Trigger
from workspaces import clock
from workspaces.models import Event, Workspace

MOST_EVENTS = 500  # behind by more than this, a page is better loaded anew
_RIGHTS = ("membership.", "person.", "team.", "workspace.")
# After these somebody may be waited for: a page may ask its person for attention.
_NEWS = {"handoff.submitted", "handoff.revised", "handoff.assigned"}
# A person's page has shown these already when it hears of its own.
_LOOKING = {event_kinds.SEEN, event_kinds.CLAIMED}
Sequences = dict[int, int]  # {workspace: its newest sequence number}
Span = tuple[int, int, int]  # workspace, from (excluded), to


@dataclass
class Touched:
    """New Events, and the public ids of the handoffs that they are about."""

    spans: list[Span]
    handoffs: set[str] = field(default_factory=set)


@dataclass
class Changes:
    """New Events: spans of sequence numbers, the handoffs touched, ready messages."""

    spans: list[Span] = field(default_factory=list)
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    open_counts: dict[int, int] = field(default_factory=dict)
    touches_rights: bool = False
    _texts: dict[tuple[int, int], str] = field(default_factory=dict)

    def messages_for(self, workspaces: Collection[int]) -> list[dict[str, Any]]:
        counts = {"open": sum(self.open_counts.get(pk, 0) for pk in workspaces)}
        return [
            {**message, "counts": counts}
            for workspace_id, message in self.messages.items()
            if workspace_id in workspaces
        ]

    def texts_for(self, workspaces: Collection[int]) -> list[str]:
        """As JSON, made once for all sockets that see the same."""
        total = sum(self.open_counts.get(pk, 0) for pk in workspaces)
        texts = []
        for workspace_id, message in self.messages.items():
            if workspace_id in workspaces:
                key = (workspace_id, total)
                if key not in self._texts:
                    self._texts[key] = json.dumps({**message, "counts": {"open": total}})
                texts.append(self._texts[key])
        return texts


def sequences() -> Sequences:
    return dict(Workspace.objects.values_list("pk", "event_seq"))


def sqlite_version() -> int:
    """Moves when another connection, of any process, has changed the SQLite file."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


def spans(known: Mapping[int, int]) -> list[Span]:
    """Where there is more than is ``known``."""
    return [
        (workspace_id, known.get(workspace_id, 0), to)
        for workspace_id, to in sequences().items()
        if to > known.get(workspace_id, 0)
    ]


def touched(known: Mapping[int, int], has_waiters: bool) -> Touched:
    """What is newer than ``known``, cheaply: the handoffs only where somebody waits for one."""
    found = Touched(spans(known))
    if has_waiters:
        for span in found.spans:
            subjects = _events(span).filter(subject_type="handoff")
            found.handoffs |= set(subjects.values_list("subject_id", flat=True))
    return found


def changes(known: Mapping[int, int], has_viewers: bool) -> Changes:
    """All that is newer than ``known``; rows are rendered only when somebody looks."""
    found = Changes(spans(known))
    if not found.spans or not has_viewers:
        return found
    handoffs: dict[int, set[str]] = defaultdict(set)
    news: set[str] = set()
    lookers: dict[str, set[str]] = defaultdict(set)
    for span in found.spans:
        for kind, subject_type, subject_id, actor in _events(span).values_list(
            "kind", "subject_type", "subject_id", "actor_id"
        ):
            if subject_type == "handoff":
                handoffs[span[0]].add(subject_id)
                lookers[subject_id].add(actor if kind in _LOOKING else "")
                if kind in _NEWS:
                    news.add(subject_id)
            found.touches_rights = found.touches_rights or kind.startswith(_RIGHTS)
    _add_messages(found, set().union(*handoffs.values()), news, lookers)
    return found


def _events(span: Span) -> QuerySet[Event]:
    workspace_id, start, to = span
    return Event.objects.filter(workspace_id=workspace_id, seq__gt=start, seq__lte=to)


def _add_messages(
    found: Changes, handoffs: set[str], news: set[str], lookers: Mapping[str, set[str]]
) -> None:
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for handoff in shown_handoffs(handoffs):
        drawn = row(handoff)
        if handoff.public_id in news:
            drawn["news"] = facts(handoff)
        by, *others = lookers.get(handoff.public_id) or {""}
        if by and not others:
            drawn["looker"] = by  # nothing happened but that this one person opened it
        rows[handoff.workspace_id].append(drawn)
    found.open_counts = open_counts()
    for workspace_id, start, to in found.spans:
        found.messages[workspace_id] = {
            "type": "events",
            "workspace": workspace_id,
            "from": start,
            "to": to,
            "rows": rows[workspace_id],
        }


def shown_handoffs(public_ids: Iterable[str]) -> list[Handoff]:
    """With what a row shows, oldest first."""
    votes = Decision.objects.filter(undone_at=None).select_related("reviewer").order_by("slot")
    return list(
        Handoff.objects.filter(public_id__in=list(public_ids))
        .select_related(
            "workspace__work_hours", "submitter", "claimed_by", "assigned_to", "snoozed_by"
        )
        .prefetch_related(Prefetch("decisions", queryset=votes))
        .order_by("pk")
    )


def row(handoff: Handoff) -> dict[str, Any]:
    is_open = handoff.status == "pending" and not handoff.verdict
    is_away = handoff.status != "pending" or handoff.is_snoozed(timezone.now())
    state = "gone" if is_away else "open" if is_open else "changed"
    html = render_to_string("reviews/_row.html", {"handoff": handoff, "now": timezone.now()})
    return {"id": handoff.pk, "handoff": handoff.number, "state": state, "html": html}


def facts(handoff: Handoff) -> dict[str, Any]:
    """For a desktop notification: no word of the agent's, no argument."""
    is_critical = handoff.is_critical or handoff.trigger == Trigger.CRITICAL_ACTION
    return {
        "assigned": handoff.assigned_to_id,
        "critical": is_critical,
        "workspace": str(handoff.workspace),
        "trigger": handoff.get_trigger_display(),
    }


def open_counts() -> dict[int, int]:
    """{workspace: open handoffs}"""
    counted = Handoff.objects.open().awake(clock.now()).values("workspace").annotate(n=Count("pk"))
    return dict(counted.values_list("workspace", "n"))


def delta(workspaces: Collection[int], since: Mapping[int, int]) -> list[dict[str, Any]] | None:
    """The messages a page missed, by what it knows; None: too many, load the page anew."""
    now = {pk: seq for pk, seq in sequences().items() if pk in workspaces}
    known = {pk: min(since.get(pk, 0), seq) for pk, seq in now.items()}
    if sum(now[pk] - known[pk] for pk in now) > MOST_EVENTS:
        return None
    everything = {**sequences(), **known}
    return changes(everything, has_viewers=True).messages_for(workspaces)
