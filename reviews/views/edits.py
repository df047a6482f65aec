"""What a reviewer changed, old beside new: before it is sent, and as it stays on the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import binding, reveals, veils
from reviews.models import Artifact, Decision, Revision
from reviews.rendering import changes, json_view
from reviews.rendering.diff import DiffView, unified
from reviews.rendering.text import drawn, visible
from reviews.schema import Action
from reviews.views import editing
from workspaces.errors import HandoffError

MOST_BYTES = 4 * 1024 * 1024
LONG_TEXT = 80
Places = frozenset[str]  # of reviews.reveals


@dataclass(frozen=True)
class ChangeView:
    """One place; ``diff`` instead of the two values where both are long texts."""

    path: SafeString
    kind: str
    before: SafeString | str = ""
    after: SafeString | str = ""
    diff: DiffView | None = None

    @property
    def word(self) -> str:
        return {"added": _("added"), "removed": _("left out")}.get(self.kind, _("changed"))


@dataclass(frozen=True)
class ActionEdits:
    name: SafeString
    changes: list[ChangeView]
    left: str = ""  # that there are more than are shown


@dataclass(frozen=True)
class FileEdits:
    name: SafeString
    diff: DiffView


@dataclass
class Edits:
    """Of one decision, given or about to be. ``rest`` says what happens to the other actions."""

    actions: list[ActionEdits] = field(default_factory=list)
    files: list[FileEdits] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.actions or self.files)


def of_action(action: Action, after: Mapping[str, Any], seen: Places = frozenset()) -> ActionEdits:
    """Secrets are masked unless the action's place is among those that the reader has ``seen``."""
    found, count = changes.changes(action.args, dict(after))
    left = count - len(found)
    more = ngettext("and %(n)d more", "and %(n)d more", left) % {"n": left} if left else ""
    with veils.reading(is_shown=reveals.of_action(action) in seen):
        return ActionEdits(visible(action.name), [_view(each) for each in found], more)


def about_to_be(
    revision: Revision,
    edited: Mapping[str | None, Mapping[str, Any]],
    files: Sequence[tuple[Artifact, str]],
    rest: Sequence[str] = (),
    seen: Places = frozenset(),
) -> Edits:
    """Of what is typed: edited arguments by action id, and the files whose text differs."""
    found = Edits(rest=list(rest))
    for action in revision.parsed.actions:
        if action.id in edited:
            found.actions.append(of_action(action, edited[action.id], seen))
    found.files = [
        _file(artifact, editing.encoded(artifact, text), seen) for artifact, text in files
    ]
    return found


def of_decision(decision: Decision, seen: Places = frozenset()) -> Edits:
    """Of what was decided; both versions are kept, the agent's and the reviewer's."""
    found = Edits()
    document = decision.revision.parsed
    by_path: dict[str, str] = {}
    for entry in decision.read_entries():
        by_path |= {file["path"]: file["sha256"] for file in entry.get("edited_files", [])}
        action = document.action(str(entry.get("action_id")))
        args = (entry.get("edited_action") or {}).get("args")
        if action and isinstance(args, dict) and not changes.is_same(action.args, args):
            found.actions.append(of_action(action, args, seen))
    if by_path:
        artifacts = decision.revision.artifacts.filter(
            kind=Artifact.Kind.FILE, path__in=list(by_path)
        ).order_by("position")
        by_name = {artifact.path: artifact for artifact in reversed(artifacts)}
        for path, sha256 in by_path.items():
            if path in by_name:
                found.files.append(_file(by_name[path], _bytes(sha256), seen))
    return found


def _file(artifact: Artifact, after: bytes | None, seen: Places) -> FileEdits:
    before = _bytes(artifact.sha256 or "")
    with veils.reading(is_shown=f"files:{artifact.position + 1}" in seen):
        return FileEdits(visible(artifact.path), unified(before, after, path=artifact.path))


def _bytes(sha256: str) -> bytes | None:
    try:
        return binding.store().read(sha256, MOST_BYTES)
    except HandoffError:
        return None


def _view(change: changes.Change) -> ChangeView:
    before, after = change.before, change.after
    path = visible(change.path)
    veiled = [veils.veil_by_names(change.names, side) for side in (before, after)]
    if any(veiled):
        old, new = (
            "" if side is changes.NOTHING else drawn(mask) if mask else json_view.pretty(side)
            for side, mask in zip((before, after), veiled, strict=True)
        )
        return ChangeView(path, change.kind, old, new)
    if all(isinstance(side, str) and _is_long(side) for side in (before, after)):
        view = unified(before.encode(), after.encode())
        return ChangeView(path, change.kind, diff=view)
    return ChangeView(
        path,
        change.kind,
        "" if before is changes.NOTHING else json_view.pretty(before),
        "" if after is changes.NOTHING else json_view.pretty(after),
    )


def _is_long(text: str) -> bool:
    return "\n" in text or len(text) > LONG_TEXT
