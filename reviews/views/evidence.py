"""The tabs below a handoff: files, log, steps, prompts, conversation, audit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Artifact
from reviews.rendering import log
from reviews.rendering.text import plain, visible
from reviews.views import masks, trail, viewer, words_said
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
    """What the template of that tab draws, and the ``masks`` over its secrets."""
    number = place.number("file", 1) if tab in ("files", "log") else 0
    name = f"{tab}:{number or 1}" if tab in ("files", "log") else tab
    found, met = masks.drawn(place, name, lambda: _SHOW[tab](place))
    return {**found, "masks": met}


def _counts(place: Place) -> dict[str, int]:
    kinds = dict(place.revision.artifacts.order_by().values_list("kind").annotate(n=Count("pk")))
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


_SHOW: dict[str, Callable[[Place], dict[str, Any]]] = {
    "files": _files,
    "log": _log,
    "steps": _steps,
    "prompts": words_said.prompts,
    "conversation": words_said.conversation,
    "audit": trail.audit,
}
