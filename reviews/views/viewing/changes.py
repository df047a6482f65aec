"""What changed: since the version compared with, in a patch file, and as the agent says."""

from django.utils.translation import gettext as _

from reviews.rendering import patches
from reviews.rendering.text import plain
from reviews.views import diffs
from reviews.views.viewing import written
from reviews.views.viewing.origin import Origin, Unshown
from reviews.views.viewing.shown import READ_BYTES, Part, Subject, View

_COMPARED_ELSEWHERE = {"image", "media", "pdf", "archive"}


def modes(subject: Subject) -> dict[str, str]:
    keys: dict[str, str] = {}
    if subject.kind == "patch":
        keys["patch"] = _("Changes")  # a diff of diffs comes second
    if subject.before is not None and subject.kind not in _COMPARED_ELSEWHERE:
        keys["since"] = diffs.label(subject.place)
    return keys


def draw(subject: Subject, shown: View, mode: str) -> None:
    shown.kind = "diff"
    if mode == "since":
        _draw_since(subject, shown)
        return
    shown.parts = parts_of(subject.data.decode("utf-8", "replace"))
    if not shown.parts:
        written.draw(subject, shown, mode)


def _draw_since(subject: Subject, shown: View) -> None:
    assert subject.before is not None
    sides: list[bytes | None] = []
    for artifact in (subject.before, subject.artifact):
        origin = Origin(artifact, subject.origin.workspace)
        try:
            sides.append(origin.read(0, READ_BYTES))
        except Unshown as error:
            sides.append(None)
            if artifact.sha256 is not None:
                shown.be_blank(error.title, error.sentence)
                return
    changed = diffs.since(subject.place, subject.artifact, subject.before, *sides)
    shown.parts = [Part(changed, status=diffs.renamed(subject.artifact, subject.before))]


def parts_of(patch: str) -> list[Part]:
    """A patch's files, each with its name where there are several."""
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
