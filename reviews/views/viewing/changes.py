"""What changed: since the round before, in a patch file, and as the agent says."""

from django.utils.translation import gettext as _

from reviews.rendering import diff, patches
from reviews.rendering.text import plain
from reviews.views.viewing import written
from reviews.views.viewing.origin import Origin, Unshown
from reviews.views.viewing.shown import READ_BYTES, Part, Subject, View

_COMPARED_ELSEWHERE = {"image", "media", "pdf", "archive"}


def modes(subject: Subject) -> dict[str, str]:
    keys: dict[str, str] = {}
    if subject.kind == "patch":
        keys["patch"] = _("Changes")  # a diff of diffs comes second
    if subject.before is not None and subject.kind not in _COMPARED_ELSEWHERE:
        keys["since"] = _("Since round %(n)d") % {"n": subject.place.revision.number - 1}
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
    shown.parts = [Part(diff.unified(sides[0], sides[1], path=subject.artifact.path))]


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
