"""A bound file beside the version it is compared with."""

from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews.models import Artifact
from reviews.rendering import diff
from reviews.rendering.text import plain
from reviews.views.place import Place

CONTEXT = 3
KEPT = 4  # diffs that may be asked for again at once, known by their bytes
WHOLE = 5_000  # lines of context: the file from top to bottom, as far as rows go

_drawn: dict[tuple[str | int | None, ...], diff.DiffView] = {}


def before(place: Place, artifact: Artifact) -> Artifact | None:
    """The version compared with, where its bytes were others."""
    found = place.comparison.before(artifact)
    return None if found is None or found.sha256 == artifact.sha256 else found


def label(place: Place) -> str:
    base = place.comparison.base
    if base is None or not base.number:
        return _("Since it was approved")
    return _("Since round %(n)d") % {"n": base.number}


def renamed(artifact: Artifact, other: Artifact) -> str:
    if artifact.path == other.path:
        return ""
    return _("renamed from %(name)s") % {"name": plain(other.path)}


def since(
    place: Place, artifact: Artifact, other: Artifact, old: bytes | None, new: bytes | None
) -> diff.DiffView:
    """What changed from `other` to `artifact`, with line anchors and folds that open."""
    if (old is None and other.sha256) or (new is None and artifact.sha256):
        return diff.DiffView(note=_("One of the two versions is not kept here."))
    context = WHOLE if place.asked.get("whole") else CONTEXT
    key = (other.sha256, artifact.sha256, artifact.path, context, get_language())
    found = _drawn.pop(key, None) or diff.unified(old, new, path=artifact.path, context=context)
    _drawn[key] = found  # the newest last
    while len(_drawn) > KEPT:
        _drawn.pop(next(iter(_drawn)), None)
    number = place.number("file", 1)
    query = {"file": number, "round": place.revision.number}
    url = f"{reverse('lines', args=[place.handoff.number])}?{urlencode(query)}"
    return replace(found, file=number, lines_url=url)
