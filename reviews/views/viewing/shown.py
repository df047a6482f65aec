"""What a viewer is given, and what it fills for the page."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from reviews import veils
from reviews.models import Artifact
from reviews.rendering import kinds
from reviews.views.place import Place
from reviews.views.viewing.origin import Origin, Unshown

READ_BYTES = 8 * 1024 * 1024
EMPTY = (gettext_lazy("Empty file"), gettext_lazy("It was handed in with no bytes in it."))


@dataclass(frozen=True)
class Mode:
    """One way to look at the file."""

    key: str
    label: str
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Part:
    """The changes of one file; ``name`` only where a patch holds several."""

    diff: Any  # diff.DiffView or patches.FileDiff
    name: str = ""
    status: str = ""


def beginning(origin: Origin) -> bytes:
    """Its first ``READ_BYTES``, or a little less: no secret is cut. May raise ``Unshown``."""
    return veils.uncut(origin.read(0, READ_BYTES + veils.AROUND), READ_BYTES)


@dataclass(frozen=True)
class Subject:
    """One bound file of one round. ``before`` is the same path in the round before it, where its
    bytes were others."""

    place: Place
    artifact: Artifact
    origin: Origin
    before: Artifact | None
    agents_diff: str = ""

    @cached_property
    def kind(self) -> kinds.Kind | Literal["none"]:
        """What the bytes are; "none" where there are none to read."""
        path, media_type = self.artifact.path, self.artifact.media_type
        try:
            return kinds.choose(path, media_type, self.origin.head, self.origin.size)
        except Unshown:
            return "none"

    @cached_property
    def data(self) -> bytes:
        """The file's first ``READ_BYTES``."""
        return beginning(self.origin)

    @property
    def is_cut(self) -> bool:
        return self.origin.size > READ_BYTES

    def url(self, mode: str, **asked: object) -> str:
        """The address of this file in a mode of its viewers."""
        number = self.place.number("file", 1)
        return self.place.url(**{"tab": "files", "file": number, "as": mode, **asked})


@dataclass
class View:
    """``kind`` names the template: ``templates/reviews/viewing/_<kind>.html``."""

    name: str
    facts: str
    kind: str = "blank"
    modes: list[Mode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warning: str = ""
    news: str = ""  # what happened to the file on disk since
    agent_note: SafeString | str = ""
    parts: list[Part] = field(default_factory=list)
    lines: list[SafeString] = field(default_factory=list)
    body: Any = None  # what the viewer of ``kind`` made for its template
    prose: SafeString | str = ""
    blank_title: str | Promise = ""
    blank_text: str | Promise = ""

    @property
    def template(self) -> str:
        return f"reviews/viewing/_{self.kind}.html"

    @property
    def added(self) -> int:
        return sum(part.diff.added for part in self.parts)

    @property
    def removed(self) -> int:
        return sum(part.diff.removed for part in self.parts)

    @property
    def counts_changes(self) -> bool:
        """Are these the lines added and removed since the version compared with?"""
        is_since = any(mode.is_shown and mode.key == "since" for mode in self.modes)
        return is_since and any(part.diff.hunks for part in self.parts)

    def note(self, sentence: str) -> None:
        if sentence:
            self.notes.append(sentence)

    def be_blank(self, title: str | Promise, text: str | Promise) -> None:
        self.kind, self.blank_title, self.blank_text = "blank", title, text
