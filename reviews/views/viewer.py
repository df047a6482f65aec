"""One bound file as the page shows it: from the store, so it is what was digested."""

from dataclasses import dataclass, field
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews import binding
from reviews.models import Artifact
from reviews.rendering import code, image, kinds, markdown, patches, table
from reviews.rendering.text import plain, visible
from reviews.views import diffs
from reviews.views.place import Place
from workspaces.errors import HandoffError

READ_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Mode:
    """One way to look at the file."""

    key: str
    label: str
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Part:
    """The changes of one file; ``name`` only where a patch holds several."""

    diff: Any  # diff.DiffView or patches.FileDiff
    name: str = ""
    status: str = ""


@dataclass
class View:
    """``kind`` is diff, code, image, table, prose, note or blank."""

    name: str
    facts: str
    kind: str = "blank"
    modes: list[Mode] = field(default_factory=list)
    note: str = ""
    warning: str = ""
    agent_note: SafeString | str = ""
    parts: list[Part] = field(default_factory=list)
    lines: list[SafeString] = field(default_factory=list)
    sheet: table.TableView | None = None
    prose: SafeString | str = ""
    image_url: str = ""
    alt: str = ""
    blank_title: str = ""
    blank_text: str = ""

    @property
    def added(self) -> int:
        return sum(part.diff.added for part in self.parts)

    @property
    def removed(self) -> int:
        return sum(part.diff.removed for part in self.parts)


def content(artifact: Artifact) -> tuple[bytes | None, str]:
    """(bytes as they were digested, a sentence): no bytes where there are none to show."""
    if artifact.sha256 is None:
        return None, _("This file was not there at intake.")
    if not artifact.is_stored:
        return None, _("Too large to keep: it is checked again when you decide.")
    try:
        with binding.store().open(artifact.sha256) as file:
            data = file.read(READ_BYTES)
    except (HandoffError, OSError):
        return None, _("The desk's copy of this file is gone.")
    cut = artifact.size is not None and artifact.size > len(data)
    note = _("Only the first %(size)s are shown.") % {"size": filesizeformat(len(data))}
    return data, note if cut else ""


def facts(artifact: Artifact) -> str:
    if artifact.sha256 is None:
        return _("not there at intake")
    size = filesizeformat(artifact.size or 0).replace("\xa0", " ")
    return f"{size} · sha256 {artifact.sha256[:12]}…{artifact.sha256[-6:]}"


def view(place: Place, artifact: Artifact) -> View:
    shown = View(
        name=plain(artifact.path), facts=facts(artifact), agent_note=visible(artifact.note)
    )
    data, note = content(artifact)
    shown.note = note
    before = _before(place, artifact)
    ref = place.revision.parsed.files[artifact.position]
    keys = _modes(place, artifact, data, before, ref.diff)
    if not keys:
        shown.blank_title, shown.blank_text, shown.note = _("Nothing to show"), note, ""
        return shown
    wanted = place.asked.get("as", "")
    chosen = wanted if wanted in keys else next(iter(keys))
    number = place.number("file", 1)
    shown.modes = [
        Mode(key, label, place.url(tab="files", file=number, **{"as": key}), key == chosen)
        for key, label in keys.items()
    ]
    if chosen == "since" and before is not None:
        shown.kind = "diff"
        changes = diffs.since(place, artifact, before, content(before)[0], data)
        shown.parts = [Part(changes, status=diffs.renamed(artifact, before))]
        return shown
    _draw(shown, chosen, artifact, data, ref.diff)
    return shown


def _before(place: Place, artifact: Artifact) -> Artifact | None:
    """The version it is compared with, where its bytes were others."""
    return diffs.before(place, artifact)


def _modes(
    place: Place,
    artifact: Artifact,
    data: bytes | None,
    before: Artifact | None,
    agents_diff: str | None,
) -> dict[str, str]:
    keys: dict[str, str] = {}
    kind = _kind(artifact, data) if data is not None else ""
    if kind == "patch":
        keys["patch"] = _("Changes")  # a diff of diffs comes second
    if before is not None:
        keys["since"] = diffs.label(place)
    if kind in {"image", "table", "markdown"}:
        labels = {"image": _("Image"), "table": _("Table"), "markdown": _("Text")}
        keys[kind] = labels[kind]
    if agents_diff:
        keys["diff"] = _("Diff, by the agent")
    if data is not None and kind != "image":
        keys["source"] = _("File")
    return keys


def _kind(artifact: Artifact, data: bytes) -> str:
    return kinds.choose(artifact.path, artifact.media_type, data[:65_536], len(data))


def _draw(
    shown: View,
    chosen: str,
    artifact: Artifact,
    data: bytes | None,
    agents_diff: str | None,
) -> None:
    if chosen == "diff":
        shown.kind = "diff"
        shown.warning = _("The agent wrote this diff; the file itself is under “File”.")
        shown.parts = _parts(agents_diff or "")
    elif chosen == "patch" and data is not None:
        shown.kind = "diff"
        shown.parts = _parts(data.decode("utf-8", "replace"))
        shown.kind = "diff" if shown.parts else "code"
        if not shown.parts:
            _draw_source(shown, artifact, data)
    elif chosen == "image" and data is not None:
        _draw_image(shown, artifact, data)
    elif chosen == "table" and data is not None:
        shown.kind, shown.sheet = "table", table.read(data, path=artifact.path)
        shown.note = shown.note or shown.sheet.note
    elif chosen == "markdown" and data is not None:
        shown.kind = "prose"
        shown.prose = markdown.render(data.decode("utf-8", "replace"), headings=True)
    elif data is not None:
        _draw_source(shown, artifact, data)


def _parts(patch: str) -> list[Part]:
    found = patches.parse_patch(patch)
    several = len(found) > 1
    return [
        Part(
            each,
            plain(each.path) if several else "",
            "" if each.status == "modified" else each.status,
        )
        for each in found
    ]


def _draw_source(shown: View, artifact: Artifact, data: bytes) -> None:
    drawn = code.highlight(data, artifact.path)
    shown.note = " ".join(filter(None, [shown.note, drawn.note]))
    if drawn.is_binary:
        shown.kind = "blank"
        shown.blank_title = _("Not inspectable here")
        shown.blank_text = _("These bytes are not text; approve them by their digest, or not.")
        return
    shown.kind, shown.lines = "code", drawn.lines


def _draw_image(shown: View, artifact: Artifact, data: bytes) -> None:
    found = image.sniff(data)
    if found is None or found.is_huge:
        shown.blank_title = _("Too large a picture to show")
        return
    shown.kind = "image"
    shown.alt = _("%(name)s, %(width)d × %(height)d pixels") % {
        "name": shown.name,
        "width": found.width,
        "height": found.height,
    }
    shown.image_url = reverse("picture", args=[artifact.revision.handoff.number, artifact.sha256])
