"""Images, and the round before beside them."""

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.rendering import image
from reviews.views.viewing.shown import Subject, View


def modes(subject: Subject) -> dict[str, str]:
    return {"image": _("Image")} if subject.kind == "image" else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    found = image.sniff(subject.origin.head)
    if found is None or found.is_huge:
        shown.be_blank(_("Too large a picture to show"), "")
        return
    shown.kind = "image"
    shown.alt = _("%(name)s, %(width)d × %(height)d pixels") % {
        "name": shown.name,
        "width": found.width,
        "height": found.height,
    }
    artifact = subject.artifact
    shown.image_url = reverse("picture", args=[subject.place.handoff.number, artifact.sha256])
