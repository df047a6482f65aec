"""A bound file beside the version it is compared with."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reviews import veils
from reviews.models import Artifact
from reviews.rendering import diff, diff_html
from reviews.rendering.text import plain
from reviews.views.place import Place

CONTEXT = 3
KEPT_BYTES = 8 * 1024 * 1024  # of files whose diffs may be asked for again at once
WHOLE = 5_000  # lines of context: the file from top to bottom, as far as rows go


@dataclass(frozen=True)
class _Kept:
    view: diff.DiffView
    met: dict[bytes, str]
    size: int


_kept: dict[tuple[str | int | None, ...], _Kept] = {}


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
    found = _compared(artifact, other, old, new, context)
    number = place.number("file", 1)
    query: dict[str, object] = {"file": number, "round": place.revision.number}
    url = reverse("lines", args=[place.handoff.number])
    parts = ""
    if not place.asked.get("all"):
        query_of_parts = {**query, **_what(place, artifact, other)}
        parts = f"{reverse('diff_part', args=[place.handoff.number])}?{urlencode(query_of_parts)}"
    return replace(found, file=number, lines_url=f"{url}?{urlencode(query)}", parts_url=parts)


def _what(place: Place, artifact: Artifact, other: Artifact) -> dict[str, str]:
    """What the parts of a diff are parts of; `of` changes with all that changes how it looks."""
    base = place.comparison.base
    shown = "-shown" if veils.current().is_shown else ""
    whole = {"whole": "1"} if place.asked.get("whole") else {}
    digests = f"{(other.sha256 or '')[:12]}-{(artifact.sha256 or '')[:12]}"
    return {"against": base.key if base else "", "of": digests + shown, **whole}


def part(
    place: Place, artifact: Artifact, other: Artifact, old: bytes | None, new: bytes | None
) -> SafeString | None:
    """The part that the address asks for; None where it is no longer a part of this diff."""
    if place.asked.get("of", "") != _what(place, artifact, other)["of"]:
        return None
    return diff_html.of_part(since(place, artifact, other, old, new), place.number("part"))


def _compared(
    artifact: Artifact, other: Artifact, old: bytes | None, new: bytes | None, context: int
) -> diff.DiffView:
    """The diff, kept for as long as it may be asked for again at once: secrets that are masked in
    it count as met each time."""
    here = veils.current()
    key = (
        other.sha256, artifact.sha256, artifact.path, context, get_language(), here.is_shown,
    )  # fmt: skip
    kept = _kept.pop(key, None)
    if kept is None:
        with veils.reading(is_shown=here.is_shown) as met:
            view = diff.unified(old, new, path=artifact.path, context=context)
        kept = _Kept(view, met.met, len(old or b"") + len(new or b""))
    here.met.update(kept.met)
    _kept[key] = kept  # the newest last
    while len(_kept) > 1 and sum(each.size for each in list(_kept.values())) > KEPT_BYTES:
        _kept.pop(next(iter(_kept)), None)
    return kept.view
