"""Text files that a reviewer may change while approving."""

from dataclasses import dataclass
from typing import Any

from reviews import binding, verdicts
from reviews.models import Artifact, Revision
from reviews.rendering.text import plain
from workspaces.errors import HandoffError

LARGEST_BYTES = 128 * 1024
MOST_FILES = 12


@dataclass(frozen=True)
class FileField:
    """One text file as a field of the edit form."""

    key: int
    name: str
    value: str
    is_typed: bool
    masks: Any = None  # of views.masks, where it has secrets


def fields(revision: Revision, typed: dict[str, str]) -> list[FileField]:
    """The round's text files with what was typed, else what was bound."""
    return [
        FileField(
            key=artifact.position,
            name=plain(artifact.path),
            value=typed.get(str(artifact.position), text),
            is_typed=str(artifact.position) in typed
            and _lines(typed[str(artifact.position)]) != _lines(text),
        )
        for artifact, text in _editable(revision)
    ]


def changed(revision: Revision, typed: dict[str, str]) -> list[tuple[Artifact, str]]:
    """Files whose text differs; browsers' line ends are put back to the file's own."""
    found = []
    for artifact, text in _editable(revision):
        new = typed.get(str(artifact.position))
        if new is None or _lines(new) == _lines(text):
            continue
        ends = "\r\n" if "\r\n" in text else "\n"
        found.append((artifact, _lines(new).replace("\n", ends)))
    return found


def keep(artifact: Artifact, text: str) -> verdicts.EditedFile:
    blob = binding.store().put_bytes(text.encode())
    return verdicts.EditedFile(artifact.path, blob.sha256)


def could_be_any(revision: Revision) -> bool:
    """Does the round have a small text file, going by names and sizes?"""
    return bool(_candidates(revision))


def _candidates(revision: Revision) -> list[Artifact]:
    rows = revision.artifacts.filter(
        kind=Artifact.Kind.FILE, is_stored=True, size__lte=LARGEST_BYTES
    ).exclude(change="deleted")
    refs = revision.parsed.files
    return [each for each in rows.order_by("position") if refs[each.position].is_text]


def _editable(revision: Revision) -> list[tuple[Artifact, str]]:
    found = []
    for artifact in _candidates(revision):
        text = _text(artifact)
        if text is not None:
            found.append((artifact, text))
        if len(found) == MOST_FILES:
            break
    return found


def _text(artifact: Artifact) -> str | None:
    """The file's text, None where a text field would not give the same bytes back."""
    try:
        data = binding.store().read(artifact.sha256 or "", LARGEST_BYTES)
        text = data.decode()
    except (HandoffError, UnicodeDecodeError):
        return None
    mixed = "\r\n" in text and text.count("\n") != text.count("\r\n")
    alone = text.count("\r") != text.count("\r\n")
    return None if "\x00" in text or mixed or alone else text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
