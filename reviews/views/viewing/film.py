"""Film and sound, played by the browser, sought by ranges."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.rendering import media
from reviews.views.viewing.shown import Subject, View


@dataclass(frozen=True)
class Film:
    url: str
    media_type: str
    is_sound: bool


def modes(subject: Subject) -> dict[str, str]:
    if subject.kind != "media":
        return {}
    found = media.sniff(subject.origin.head)
    return {"media": _("Sound") if found and found.is_sound else _("Film")}


def draw(subject: Subject, shown: View, mode: str) -> None:
    found = media.sniff(subject.origin.head)
    assert found is not None  # that is what makes it "media"
    address = reverse("media", args=[subject.place.handoff.number, subject.artifact.sha256])
    shown.kind, shown.body = "media", Film(address, found.media_type, found.is_sound)
    if found.media_type in {"video/quicktime", "video/x-matroska"}:
        shown.note(_("Not every browser plays this kind of file (%s).") % found.media_type)
