"""Text files that a reviewer may change while approving."""

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from reviews import binding, verdicts
from reviews.models import Artifact, Revision
from reviews.rendering.text import plain
from workspaces.errors import HandoffError, Problem

LARGEST_BYTES = 128 * 1024
MOST_FILES = 12
_ENCODINGS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))


@dataclass(frozen=True)
class FileField:
    """One text file as a field of the edit form."""

    key: int
    name: str
    value: str
    is_typed: bool
    facts: str
    lines: int
    masks: Any = None  # of views.masks, where it has secrets


@dataclass(frozen=True)
class _Text:
    """A file's text with "\\n" as its line ends, and how it was written."""

    text: str
    encoding: str
    mark: bytes
    ends: str

    @property
    def facts(self) -> str:
        ends = {"\r\n": "CRLF", "\r": "CR"}.get(self.ends, "LF")
        return f"{self.encoding.removesuffix('-sig').upper()}, {ends}"

    def encode(self, typed: str) -> bytes:
        """Raises UnicodeEncodeError for what the file's encoding has no bytes for."""
        body = _lines(typed).replace("\n", self.ends)
        if self.encoding == "utf-16":
            order = "utf-16-le" if self.mark == b"\xff\xfe" else "utf-16-be"
            return self.mark + body.encode(order)
        return body.encode(self.encoding)


def fields(revision: Revision, typed: dict[str, str]) -> list[FileField]:
    """The round's text files with what was typed, else what was bound."""
    return [
        FileField(
            key=artifact.position,
            name=plain(artifact.path),
            value=typed.get(str(artifact.position), found.text),
            is_typed=_is_changed(typed.get(str(artifact.position)), found),
            facts=found.facts,
            lines=min(max(found.text.count("\n") + 2, 6), 24),
        )
        for artifact, found in _editable(revision)
    ]


def changed(revision: Revision, typed: dict[str, str]) -> list[tuple[Artifact, str]]:
    """Files whose text differs, with what was typed. Raises verdicts.InvalidVerdict for a
    character that the file's encoding cannot write."""
    found, faults = [], []
    for artifact, was in _editable(revision):
        new = typed.get(str(artifact.position))
        if new is None or not _is_changed(new, was):
            continue
        try:
            was.encode(new)
        except UnicodeEncodeError as error:
            said = _("%(path)s is written in %(encoding)s, which has no “%(character)s”.") % {
                "path": plain(artifact.path)[:100],
                "encoding": was.encoding,
                "character": plain(error.object[error.start]),
            }
            faults.append(Problem(f"/files/{artifact.position}", said))
        found.append((artifact, new))
    if faults:
        raise verdicts.InvalidVerdict(faults[0].detail, errors=faults)
    return found


def encoded(artifact: Artifact, text: str) -> bytes:
    """The bytes of an edited file: line ends, encoding and byte order mark as they were."""
    was = _text(artifact)
    return was.encode(text) if was else text.encode()


def keep(artifact: Artifact, text: str) -> verdicts.EditedFile:
    blob = binding.store().put_bytes(encoded(artifact, text))
    return verdicts.EditedFile(artifact.path, blob.sha256)


def could_be_any(revision: Revision) -> bool:
    """Does the round have a small text file, going by names and sizes?"""
    return bool(_candidates(revision))


def too_large(revision: Revision) -> list[str]:
    """Sentences about text files that are too large for a field."""
    rows = [each for each in _text_files(revision) if (each.size or 0) > LARGEST_BYTES]
    return [
        _("%(path)s has %(size)s; files up to %(most)s can be edited here.")
        % {
            "path": plain(each.path),
            "size": filesizeformat(each.size or 0),
            "most": filesizeformat(LARGEST_BYTES),
        }
        for each in rows[:MOST_FILES]
    ]


def _text_files(revision: Revision) -> list[Artifact]:
    """Those that are kept, in the document's order; ``artifacts`` come with the round."""
    refs = revision.parsed.files
    rows = [
        each
        for each in revision.artifacts.all()
        if each.kind == Artifact.Kind.FILE and each.is_stored and each.change != "deleted"
    ]
    rows.sort(key=lambda each: each.position)
    return [each for each in rows if refs[each.position].is_text]


def _candidates(revision: Revision) -> list[Artifact]:
    return [each for each in _text_files(revision) if (each.size or 0) <= LARGEST_BYTES]


def _editable(revision: Revision) -> list[tuple[Artifact, _Text]]:
    found = []
    for artifact in _candidates(revision):
        text = _text(artifact)
        if text is not None:
            found.append((artifact, text))
        if len(found) == MOST_FILES:
            break
    return found


def text_of(sha256: str) -> str | None:
    """The text of kept bytes as a field shows it; None where it would not give them back."""
    found = _text_of(sha256)
    return found.text if found else None


def _text(artifact: Artifact) -> _Text | None:
    """The file's text, None where a text field would not give the same bytes back."""
    return _text_of(artifact.sha256 or "")


def _text_of(sha256: str) -> _Text | None:
    try:
        data = binding.store().read(sha256, LARGEST_BYTES)
    except HandoffError:
        return None
    encoding, mark = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    ends = "\r\n" if "\r\n" in text else "\r" if "\r" in text else "\n"
    found = _Text(_lines(text), encoding, mark, ends)
    return found if "\x00" not in text and found.encode(found.text) == data else None


def _encoding(data: bytes) -> tuple[str, bytes]:
    """A byte order mark is believed; what is no UTF-8 is taken as Latin-1, which loses nothing."""
    for encoding, mark in _ENCODINGS:
        if data.startswith(mark):
            return encoding, mark
    try:
        data.decode()
    except UnicodeDecodeError:
        return "latin-1", b""
    return "utf-8", b""


def _is_changed(typed: str | None, was: _Text) -> bool:
    return typed is not None and _lines(typed) != was.text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
