"""The tabs below a handoff: files, log, steps, prompts, conversation, audit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Artifact, Comment, Handoff, Revision
from reviews.rendering import log, messages
from reviews.rendering.text import plain, visible
from reviews.views import viewer
from workspaces import strictjson
from workspaces.models import Agent, Event, User

TABS = {
    "files": gettext_lazy("Files"),
    "log": gettext_lazy("Log"),
    "steps": gettext_lazy("Steps"),
    "prompts": gettext_lazy("Prompts"),
    "conversation": gettext_lazy("Conversation"),
    "audit": gettext_lazy("Audit"),
}
TURNS_A_PAGE = 100
HEAD_CHARACTERS = 600


@dataclass(frozen=True)
class Place:
    """Where the reader is: a round of a handoff, and what of it the address asks for."""

    handoff: Handoff
    revision: Revision
    user: User
    asked: dict[str, str]

    def url(self, **asked: object) -> str:
        """The address of another view of the same round."""
        query = {name: value for name, value in asked.items() if value}
        if self.revision.number != self.handoff.revision:
            query = {"round": self.revision.number, **query}
        base = self.handoff.get_absolute_url()
        return f"{base}?{urlencode(query)}" if query else base

    def number(self, name: str, default: int = 0) -> int:
        value = self.asked.get(name, "")
        return int(value) if value.isdecimal() and len(value) < 9 else default


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int
    url: str
    is_shown: bool


def chosen_tab(place: Place) -> str:
    tab = place.asked.get("tab", "")
    if tab in TABS:
        return tab
    counts = _counts(place)
    return next((key for key in ("files", "log", "steps", "prompts") if counts[key]), "files")


def tabs(place: Place, shown: str) -> list[Tab]:
    counts = _counts(place)
    return [
        Tab(key, str(label), counts[key], place.url(tab=key), key == shown)
        for key, label in TABS.items()
    ]


def show(place: Place, tab: str) -> dict[str, Any]:
    """What the template of that tab draws."""
    return _SHOW[tab](place)


def _counts(place: Place) -> dict[str, int]:
    kinds = dict(
        place.revision.artifacts.order_by().values_list("kind").annotate(n=Count("pk"))
    )
    document = place.revision.parsed
    return {
        "files": kinds.get(Artifact.Kind.FILE, 0),
        "log": kinds.get(Artifact.Kind.LOG, 0),
        "steps": len(document.steps),
        "prompts": len(document.messages) or kinds.get(Artifact.Kind.MESSAGES, 0),
        "conversation": place.handoff.message_count,
        "audit": 0,
    }


def _files(place: Place) -> dict[str, Any]:
    artifacts = list(place.revision.artifacts.filter(kind=Artifact.Kind.FILE).order_by("position"))
    if not artifacts:
        return {"count": 0}
    shown = artifacts[min(place.number("file", 1), len(artifacts)) - 1]
    return {
        "count": len(artifacts),
        "folders": _folders(place, artifacts, shown),
        "view": viewer.view(place, shown),
    }


@dataclass(frozen=True)
class FileLine:
    name: str
    url: str
    icon: str
    change: str
    is_shown: bool


@dataclass
class Folder:
    name: str
    files: list[FileLine] = field(default_factory=list)


_ICONS = {"created": "file-plus", "deleted": "file-x", "modified": "file-diff"}


def _folders(place: Place, artifacts: list[Artifact], shown: Artifact) -> list[Folder]:
    folders: dict[str, Folder] = {}
    for number, artifact in enumerate(artifacts, 1):
        folder, _slash, name = artifact.path.rpartition("/")
        group = folders.setdefault(folder, Folder(plain(f"{folder}/") if folder else ""))
        change = _("not there") if artifact.sha256 is None else artifact.change
        group.files.append(
            FileLine(
                plain(name),
                place.url(tab="files", file=number),
                _ICONS.get(artifact.change, "file"),
                "" if change == "unchanged" else change,
                artifact == shown,
            )
        )
    return list(folders.values())


def _log(place: Place) -> dict[str, Any]:
    artifacts = list(place.revision.artifacts.filter(kind=Artifact.Kind.LOG).order_by("position"))
    if not artifacts:
        return {"logs": []}
    shown = artifacts[min(place.number("file", 1), len(artifacts)) - 1]
    data, note = viewer.content(shown)
    view = log.render(data) if data is not None else None
    first = view.lines[view.first_error].no if view and view.first_error is not None else 0
    return {
        "logs": [
            {
                "name": plain(artifact.path),
                "url": place.url(tab="log", file=number),
                "is_shown": artifact == shown,
            }
            for number, artifact in enumerate(artifacts, 1)
        ],
        "name": plain(shown.path),
        "facts": viewer.facts(shown),
        "note": note or (view.note if view else ""),
        "view": view or {"lines": []},
        "first_error": first,
    }


def _steps(place: Place) -> dict[str, Any]:
    return {
        "steps": [
            {
                "action": visible(step.action, multiline=True),
                "observation": visible(step.observation, multiline=True),
                "thought": visible(step.thought, multiline=True),
                "status": step.status,
                "at": step.at,
            }
            for step in place.revision.parsed.steps
        ]
    }


def _prompts(place: Place) -> dict[str, Any]:
    start = place.number("from")
    found, title, note = _transcript(place, start)
    if found is None:
        return {"title": title, "note": note, "turns": []}
    last = start + len(found.steps)
    return {
        "title": title,
        "kind": "" if found.kind == "unknown" else found.kind,
        "note": found.note,
        "turns": [_turn(step) for step in found.steps],
        "next_url": place.url(tab="prompts", **{"from": last}) if last < found.total else "",
        "previous_url": place.url(tab="prompts", **{"from": max(start - TURNS_A_PAGE, 0)})
        if start
        else "",
    }


def _transcript(place: Place, start: int) -> tuple[messages.Transcript | None, str, str]:
    document = place.revision.parsed
    if document.messages:
        inline = strictjson.dumps(list(document.messages)).encode()
        found = messages.load(inline, "messages.json", start=start, limit=TURNS_A_PAGE)
        return found, _("What the agent was told and said"), ""
    artifact = place.revision.artifacts.filter(kind=Artifact.Kind.MESSAGES).first()
    if artifact is None:
        return None, _("What the agent was told and said"), ""
    data, note = viewer.content(artifact)
    title = plain(artifact.path)
    if data is None:
        return None, title, note
    return messages.load(data, artifact.path, start=start, limit=TURNS_A_PAGE), title, note


def _turn(step: Any) -> dict[str, Any]:
    return {
        "role": step.role,
        "title": plain(step.title),
        "text": visible(step.text, multiline=True),
        "is_long": len(step.text) > 2 * HEAD_CHARACTERS,
        "head": visible(step.text[:HEAD_CHARACTERS], multiline=True),
        "thought": visible(step.thought, multiline=True),
        "action": visible(step.action, multiline=True),
        "observation": visible(step.observation, multiline=True),
        "at": plain(step.at),
        "status": step.status,
    }


def _conversation(place: Place) -> dict[str, Any]:
    comments = place.handoff.comments.select_related("user", "agent", "revision").order_by("pk")
    return {
        "comments": [_said(comment, place.user) for comment in comments],
        "may_write": place.handoff.ended_at is None,
    }


def _said(comment: Comment, user: User) -> dict[str, Any]:
    mine = comment.user_id == user.pk
    return {
        "author": _("You") if mine else str(comment.user or comment.agent),
        "agent_id": comment.agent_id,
        "at": comment.created_at,
        "round": comment.revision.number,
        "body": visible(comment.body, multiline=True),
    }


def _audit(place: Place) -> dict[str, Any]:
    events = list(
        Event.objects.filter(
            subject_type="handoff", subject_id=place.handoff.public_id
        ).order_by("seq")[:500]
    )
    return {
        "events": [
            {
                "seq": event.seq,
                "at": event.at,
                "kind": event.kind,
                "hash": event.hash,
                "who": name,
                "facts": _facts(event),
            }
            for event, name in zip(events, _names(events), strict=True)
        ]
    }


def _names(events: list[Event]) -> list[str]:
    people = _by_id(User.objects, [e.actor_id for e in events if e.actor_kind == "human"])
    agents = _by_id(Agent.objects, [e.actor_id for e in events if e.actor_kind == "agent"])
    known = {"human": people, "agent": agents}
    return [known.get(e.actor_kind, {}).get(e.actor_id, _("the desk")) for e in events]


def _by_id(manager: Any, ids: list[str]) -> dict[str, str]:
    numbers = {each for each in ids if each.isdecimal()}
    return {str(each.pk): str(each) for each in manager.filter(pk__in=numbers)}


def _facts(event: Event) -> str:
    if event.payload is None:
        return _("erased")
    shown = {
        "round": event.payload.get("revision"),
        "outcome": event.payload.get("outcome"),
        "origin": event.payload.get("origin"),
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value)


_SHOW: dict[str, Callable[[Place], dict[str, Any]]] = {
    "files": _files,
    "log": _log,
    "steps": _steps,
    "prompts": _prompts,
    "conversation": _conversation,
    "audit": _audit,
}
