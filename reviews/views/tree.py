"""The list of a round's files: folders, what changed, what was viewed."""

import time
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import gettext as _

from reviews import binding, viewed
from reviews.models import Artifact
from reviews.rendering import diff
from reviews.rendering.text import plain
from reviews.views.place import Place
from workspaces.errors import HandoffError

COUNTING_SECONDS = 0.08  # of one page; what is counted stays counted, by its bytes
FILTER_FROM = 20
_LETTERS = {"created": "A", "deleted": "D", "modified": "M", "renamed": "R"}
_ICONS = {"created": "file-plus", "deleted": "file-x", "modified": "file-diff"}


@dataclass(frozen=True)
class FileLine:
    """`letter` is git's for the change, `word` the same for who hears it."""

    number: int
    name: str
    url: str
    icon: str
    letter: str
    word: str
    added: int | None
    removed: int | None
    state: str
    is_shown: bool


@dataclass
class Folder:
    name: str
    files: list[FileLine] = field(default_factory=list)


@dataclass(frozen=True)
class Tree:
    folders: list[Folder]
    count: int
    viewed: int
    has_filter: bool
    shown: FileLine


def of(place: Place, artifacts: list[Artifact], shown: Artifact) -> Tree:
    states = viewed.states(place.handoff, place.user, artifacts)
    numbers = _Counts(place)
    folders: dict[str, Folder] = {}
    lines = []
    for number, artifact in enumerate(artifacts, 1):
        folder, _slash, name = artifact.path.rpartition("/")
        group = folders.setdefault(folder, Folder(plain(f"{folder}/") if folder else ""))
        change, word = _change(place, artifact)
        added, removed = numbers.of(artifact, first=artifact == shown)
        line = FileLine(
            number=number,
            name=plain(name),
            url=place.url(tab="files", file=number),
            icon=_ICONS.get(change, "file"),
            letter=_LETTERS.get(change, ""),
            word=word,
            added=added,
            removed=removed,
            state=states[artifact.pk],
            is_shown=artifact == shown,
        )
        group.files.append(line)
        lines.append(line)
    return Tree(
        folders=list(folders.values()),
        count=len(artifacts),
        viewed=sum(state == viewed.VIEWED for state in states.values()),
        has_filter=len(artifacts) > FILTER_FROM,
        shown=next(line for line in lines if line.is_shown),
    )


def learn(place: Place, artifact: Artifact, added: int, removed: int) -> None:
    """The lines of a file as its diff counted them: the list need not compare it once more."""
    _keep(_pair(place.comparison.before(artifact), artifact), (added, removed))


def _pair(other: Artifact | None, artifact: Artifact) -> tuple[str, ...]:
    return tuple(each.sha256 or "" if each else "" for each in (other, artifact))


def _change(place: Place, artifact: Artifact) -> tuple[str, str]:
    """What the desk can tell by the bytes; else what the agent says of the file."""
    if artifact.sha256 is None:
        is_deleted = artifact.change == "deleted"
        return "deleted", _("deleted") if is_deleted else _("not there")
    if place.comparison.base is None:
        said = artifact.change
    else:
        other = place.comparison.before(artifact)
        if other is None or other.sha256 is None:
            said = "created"
        elif other.path != artifact.path:
            said = "renamed"
        else:
            said = "unchanged" if other.sha256 == artifact.sha256 else "modified"
    words = {
        "created": _("new"), "modified": _("changed"),
        "renamed": _("renamed"), "deleted": _("deleted"),
    }  # fmt: skip
    return said, words.get(said, "")


class _Counts:
    """Lines added and removed of each file, as far as the time of one page goes."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.until = time.monotonic() + COUNTING_SECONDS

    def of(self, artifact: Artifact, *, first: bool) -> tuple[int | None, int | None]:
        other = self.place.comparison.before(artifact)
        if self.place.comparison.base is None or (other and other.sha256 == artifact.sha256):
            return None, None
        pair = _pair(other, artifact)
        kept = all(each is None or not each.sha256 or each.is_stored for each in (other, artifact))
        if not kept:
            return None, None
        found = _known.get(pair)
        if found is None and (first or time.monotonic() < self.until):
            found = _keep(pair, _count(*pair))
        return found or (None, None)


_Counted = tuple[int, int] | tuple[None, None]
_known: dict[tuple[str, ...], _Counted] = {}


def _keep(pair: tuple[str, ...], found: _Counted) -> _Counted:
    if len(_known) > 20_000:
        _known.clear()
    _known[pair] = found
    return found


def _count(old: str, new: str) -> _Counted:
    try:
        before, after = _read(old), _read(new)
    except (HandoffError, OSError):
        return None, None
    return diff.count(before, after) or (None, None)


@lru_cache(maxsize=16)
def _read(sha256: str) -> bytes:
    if not sha256:
        return b""
    with binding.store().open(sha256) as file:
        return file.read(diff.LIMIT_COUNTED + 1)
