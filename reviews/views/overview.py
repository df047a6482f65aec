"""What changed since the round compared with, over the whole document."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import comparing, veils
from reviews.models import Artifact
from reviews.rendering import json_view, lines, syntax, words
from reviews.rendering.text import drawn, plain
from reviews.schema.document import HandoffDocument
from reviews.views.place import Place
from workspaces import jsonplaces

MOST_FILES = 100
MOST_SHOWN = 40
LONGEST_VALUE = 2_000
WORD_STEPS = 100_000


@dataclass(frozen=True)
class Line:
    """One difference: what, and both values as safe HTML ("" where there is none)."""

    what: str
    kind: str
    old: SafeString | str = ""
    new: SafeString | str = ""


@dataclass(frozen=True)
class File:
    name: str
    kind: str
    url: str


@dataclass
class Overview:
    """``is_quiet``: nothing but files changed, so that the card may stay folded."""

    title: str
    lines: list[Line] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    files_left: int = 0
    sentence: str = ""
    is_quiet: bool = True


def of(place: Place, artifacts: list[Artifact]) -> Overview | None:
    """None where the round is not compared with one before it."""
    before = place.comparison.round
    base = place.comparison.base
    if before is None or base is None:
        return None
    old, new = before.parsed, place.revision.parsed
    lines_ = list(_lines(old, new))
    files = list(_files(place, artifacts))
    return Overview(
        title=_("Changed since round %(n)d") % {"n": base.number},
        lines=lines_[:MOST_SHOWN],
        files=files[:MOST_FILES],
        files_left=max(0, len(files) - MOST_FILES),
        sentence=_sentence(lines_, files),
        is_quiet=not lines_ or len(lines_) > 6,
    )


def _lines(old: HandoffDocument, new: HandoffDocument) -> Iterator[Line]:
    if old.title != new.title:
        yield Line(_("Title"), "changed", *_marked(old.title, new.title))
    if old.summary != new.summary:
        yield Line(_("Summary"), "changed", *_marked(old.summary, new.summary))
    for kind, name, changes in comparing.of_actions(old, new):
        said = _("Action %(name)s") % {"name": plain(name)}
        if not changes:
            yield Line(said, kind)
        for change in changes:
            path = change.path[1:] if change.path[:1] == ("args",) else change.path
            where = plain(jsonplaces.pointer(path).removeprefix("/").replace("/", ".")) or "args"
            yield Line(
                f"{plain(name)}: {where}",
                change.kind,
                "" if change.kind == "added" else _value(change.old, path),
                "" if change.kind == "removed" else _value(change.new, path),
            )
    stated = [each.confidence.score if each.confidence else None for each in (old, new)]
    if stated[0] != stated[1]:
        values = ["–" if each is None else f"{each:.2f}" for each in stated]
        yield Line(_("Confidence, as stated"), "changed", *values)


def _files(place: Place, artifacts: list[Artifact]) -> Iterator[File]:
    known = place.comparison.files
    renamed = {artifact.previous_path for artifact in artifacts if artifact.previous_path}
    here = set()
    for artifact in artifacts:
        here.add(artifact.path)
        other = place.comparison.before(artifact)
        if other is not None and other.sha256 == artifact.sha256 and other.path == artifact.path:
            continue
        is_new = other is None or other.sha256 is None
        is_gone = artifact.sha256 is None
        kind = "removed" if is_gone else "added" if is_new else "changed"
        url = place.url(tab="files", file=artifact.position + 1) + "#evidence"
        yield File(plain(artifact.path), kind, url)
    for path in sorted(known.keys() - here - renamed):
        yield File(plain(path), "removed", "")


def _sentence(lines_: list[Line], files: list[File]) -> str:
    """Three facts at the most: how much of the request and how many files."""
    parts = []
    if lines_:
        said = ngettext("%(n)d part of the request", "%(n)d parts of the request", len(lines_))
        parts.append(said % {"n": len(lines_)})
    if files:
        said = ngettext("%(n)d file", "%(n)d files", len(files))
        parts.append(said % {"n": len(files)})
    return ", ".join(parts) or _("nothing in the request or its files")


def _marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts with the words that differ marked."""
    old, new = veils.veil(old), veils.veil(new)
    ranges = words.changed(old, new, lines.Budget(WORD_STEPS))
    cut = [text[:LONGEST_VALUE] for text in (old, new)]
    kept = [[(a, min(b, LONGEST_VALUE)) for a, b in each if a < LONGEST_VALUE] for each in ranges]
    before, after = (
        syntax.draw([("", text)], marks) for text, marks in zip(cut, kept, strict=True)
    )
    return before, after


def _value(value: object, path: tuple[str | int, ...]) -> SafeString | str:
    """One JSON value, short ones on a line; secret where a name on the way to it says so."""
    veiled = veils.veil_by_names(path, value)
    if veiled is not None:
        return drawn(veiled)
    if isinstance(value, str):
        return drawn(veils.veil(value)[:LONGEST_VALUE], multiline=True)
    return json_view.pretty(value)
