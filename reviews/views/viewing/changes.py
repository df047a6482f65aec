"""What changed: since the version compared with, in a patch file, and as the agent says."""

from django.utils.safestring import SafeString
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


def part(subject: Subject) -> SafeString | None:
    """A later part of what changed since; None where there is none."""
    if subject.before is None:
        return None
    try:
        return diffs.part(subject.place, subject.artifact, subject.before, *_sides(subject))
    except Unshown:
        return None


def _sides(subject: Subject) -> list[bytes | None]:
    """The bytes before and now, None for a file that was not there. May raise ``Unshown``."""
    assert subject.before is not None
    return [
        Origin(each, subject.origin.workspace).read(0, READ_BYTES) if each.sha256 else None
        for each in (subject.before, subject.artifact)
    ]


def _draw_since(subject: Subject, shown: View) -> None:
    assert subject.before is not None
    changed = diffs.since(subject.place, subject.artifact, subject.before, *_sides(subject))
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
