"""The tabs below a handoff: files, log, steps, prompts, conversation, audit."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from reviews import talk
from reviews.models import Artifact
from reviews.rendering.text import plain, visible
from reviews.views import masks, trail, tree, viewer, words_said
from reviews.views.place import Place

TABS = {
    "files": gettext_lazy("Files"),
    "log": gettext_lazy("Log"),
    "steps": gettext_lazy("Steps"),
    "prompts": gettext_lazy("Prompts"),
    "conversation": gettext_lazy("Conversation"),
    "audit": gettext_lazy("Audit"),
}


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int
    url: str
    is_shown: bool
    unread: int = 0


def chosen_tab(place: Place) -> str:
    tab = place.asked.get("tab", "")
    if tab in TABS:
        return tab
    counts = _counts(place)
    return next((key for key in ("files", "log", "steps", "prompts") if counts[key]), "files")


def tabs(place: Place, shown: str) -> list[Tab]:
    counts = _counts(place)
    unread = {"conversation": talk.unread(place.handoff, place.user)}
    return [
        Tab(key, str(label), counts[key], place.url(tab=key), key == shown, unread.get(key, 0))
        for key, label in TABS.items()
    ]


def show(place: Place, tab: str) -> dict[str, Any]:
    """What the template of that tab draws, and the ``masks`` over its secrets."""
    number = place.number("file", 1) if tab in ("files", "log") else 0
    name = f"{tab}:{number or 1}" if tab in ("files", "log") else tab
    found, met = masks.drawn(place, name, lambda: _SHOW[tab](place))
    return {**found, "masks": met}


def _counts(place: Place) -> dict[str, int]:
    kinds = Counter(artifact.kind for artifact in place.revision.artifacts.all())
    document = place.revision.parsed
    return {
        "files": kinds[Artifact.Kind.FILE],
        "log": kinds[Artifact.Kind.LOG],
        "steps": len(document.steps),
        "prompts": len(document.messages) or kinds[Artifact.Kind.MESSAGES],
        "conversation": place.handoff.message_count,
        "audit": 0,
    }


def _files(place: Place) -> dict[str, Any]:
    artifacts = place.files
    if not artifacts:
        return {"count": 0}
    shown = artifacts[min(place.number("file", 1), len(artifacts)) - 1]
    view = viewer.view(place, shown)
    if view.counts_changes:
        tree.learn(place, shown, view.added, view.removed)
    return {"count": len(artifacts), "tree": tree.of(place, artifacts, shown), "view": view}


def _log(place: Place) -> dict[str, Any]:
    artifacts = list(place.revision.artifacts.filter(kind=Artifact.Kind.LOG).order_by("position"))
    if not artifacts:
        return {"logs": []}
    shown = artifacts[min(place.number("file", 1), len(artifacts)) - 1]
    number = place.number("file", 1)
    view = viewer.log(place, shown, lambda at: place.url(tab="log", file=number, **{"from": at}))
    return {
        "logs": [
            {
                "name": plain(artifact.path),
                "url": place.url(tab="log", file=number),
                "is_shown": artifact == shown,
            }
            for number, artifact in enumerate(artifacts, 1)
        ],
        "view": view,
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


_SHOW: dict[str, Callable[[Place], dict[str, Any]]] = {
    "files": _files,
    "log": _log,
    "steps": _steps,
    "prompts": words_said.prompts,
    "conversation": words_said.conversation,
    "audit": trail.audit,
}
