"""One bound file as the page shows it: which viewer draws it, and what the desk says of it."""

from collections.abc import Callable
from typing import Protocol

from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviews.models import Artifact, Status
from reviews.rendering.text import plain, visible
from reviews.views import diffs
from reviews.views.place import Place
from reviews.views.viewing import (
    changes,
    claimed,
    film,
    frame,
    paper,
    picture,
    prose,
    raw,
    sheet,
    tree,
    written,
)
from reviews.views.viewing import log as logs
from reviews.views.viewing.origin import Origin, Unshown
from reviews.views.viewing.shown import EMPTY, Mode, Subject, View, beginning


class Viewer(Protocol):
    """What each module of ``reviews.views.viewing`` that draws has."""

    def modes(self, subject: Subject) -> dict[str, str]: ...
    def draw(self, subject: Subject, shown: View, mode: str) -> None: ...


VIEWERS: tuple[Viewer, ...] = (
    changes,
    picture,
    film,
    paper,
    sheet,
    prose,
    tree,
    logs,
    claimed,
    written,
    frame,
    raw,
)


def content(artifact: Artifact) -> tuple[bytes | None, str]:
    """(bytes as they were digested, a sentence): no bytes where there are none to show."""
    try:
        data = beginning(Origin(artifact, artifact.revision.handoff.workspace))
    except Unshown as error:
        return None, error.sentence
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
    subject = _subject(place, artifact)
    try:
        _draw(subject, shown)
    except Unshown as error:
        shown.be_blank(error.title, error.sentence)
    _say_where_from(subject, shown)
    return shown


def part(place: Place, artifact: Artifact) -> SafeString | None:
    """A later part of a long diff, as the address asks for it; None where there is none."""
    return changes.part(_subject(place, artifact))


def _subject(place: Place, artifact: Artifact) -> Subject:
    return Subject(
        place=place,
        artifact=artifact,
        origin=Origin(artifact, place.handoff.workspace),
        before=diffs.before(place, artifact),
        agents_diff=place.revision.parsed.files[artifact.position].diff or "",
    )


def _say_where_from(subject: Subject, shown: View) -> None:
    handoff, revision = subject.place.handoff, subject.place.revision
    if revision.number == handoff.revision and handoff.status == Status.PENDING:
        shown.news = subject.origin.news(revision.number)
    if shown.kind != "blank" and not subject.origin.is_kept and subject.kind != "none":
        shown.notes.insert(
            0,
            _("Shown from the workspace: it was too large to keep. Deciding checks it again."),
        )


def log(place: Place, artifact: Artifact, url: Callable[[str], str]) -> View:
    """A log in its own tab; ``url`` makes the addresses of its other parts."""
    shown = View(name=plain(artifact.path), facts=facts(artifact))
    origin = Origin(artifact, place.handoff.workspace)
    try:
        shown.body = logs.page(origin, place.asked.get("from", ""), url)
        shown.kind = "log"
        shown.note(shown.body.note)
    except Unshown as error:
        shown.be_blank(error.title, error.sentence)
    if shown.kind == "log" and not origin.size:
        shown.be_blank(*EMPTY)
    return shown


def _draw(subject: Subject, shown: View) -> None:
    offered = {
        key: (label, viewer) for viewer in VIEWERS for key, label in viewer.modes(subject).items()
    }
    if not offered:
        subject.origin.read(0, 1)  # says in its own words why there is nothing
        return
    wanted = subject.place.asked.get("as", "")
    chosen = wanted if wanted in offered else next(iter(offered))
    shown.modes = [
        Mode(key, label, subject.url(key), key == chosen)
        for key, (label, _viewer) in offered.items()
    ]
    offered[chosen][1].draw(subject, shown, chosen)
