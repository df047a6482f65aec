"""Images: their own size or fitted, and the round before beside or over them."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.models import Artifact
from reviews.rendering import image
from reviews.rendering.text import plain
from reviews.views.viewing.origin import Origin, Unshown
from reviews.views.viewing.shown import Subject, View


@dataclass(frozen=True)
class Picture:
    url: str
    alt: str
    width: int
    height: int
    media_type: str


@dataclass(frozen=True)
class Pair:
    """The picture of the round before, and of this one."""

    before: Picture
    after: Picture
    round_before: int


def modes(subject: Subject) -> dict[str, str]:
    if subject.kind != "image":
        return {}
    keys = {"image": _("Image")}
    if subject.before is not None and _sniffed(subject, subject.before) is not None:
        keys = {"pair": _("Before and after"), **keys}
    return keys


def draw(subject: Subject, shown: View, mode: str) -> None:
    after = _picture(subject, subject.artifact)
    if after is None:
        found = image.sniff(subject.origin.head)
        pixels = f"{found.width} × {found.height}" if found else "?"
        shown.be_blank(
            _("Too large a picture to show"),
            _(
                "It has %(pixels)s pixels or more bytes than are kept; a browser could run out of "
                "memory. Ask the agent for a smaller one, or decide by its digest."
            )
            % {"pixels": pixels},
        )
        return
    before = _picture(subject, subject.before) if mode == "pair" and subject.before else None
    if before is None:
        shown.kind, shown.body = "image", after
        return
    if (before.width, before.height) != (after.width, after.height):
        shown.note(
            _("The size changed from %(before)s to %(after)s pixels.")
            % {
                "before": f"{before.width} × {before.height}",
                "after": f"{after.width} × {after.height}",
            }
        )
    shown.kind, shown.body = "pair", Pair(before, after, subject.place.revision.number - 1)


def _sniffed(subject: Subject, artifact: Artifact) -> image.ImageFacts | None:
    try:
        return image.sniff(Origin(artifact, subject.origin.workspace).head)
    except Unshown:
        return None


def _picture(subject: Subject, artifact: Artifact) -> Picture | None:
    """None where it is not served: too many pixels, or too large to be kept."""
    found = _sniffed(subject, artifact)
    if found is None or found.is_huge or not artifact.is_stored:
        return None
    name = plain(artifact.path.rpartition("/")[2])
    return Picture(
        url=reverse("picture", args=[subject.place.handoff.number, artifact.sha256]),
        alt=_("%(name)s, %(width)d × %(height)d pixels")
        % {"name": name, "width": found.width, "height": found.height},
        width=found.width,
        height=found.height,
        media_type=found.media_type,
    )
