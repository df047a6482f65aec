"""The last request's points beside what the agent's next round says and did about each.

An agent answers in its next document (docs/agents.md) by ``context.resolves``, a list of
``{"comment": "r1-2", "status": "done" | "declined" | "question", "note"}``; without ``comment`` an
entry is matched by ``path`` and ``line``. The member is unknown to handoff/v1, which keeps such
members, and whatever stands in it is believed to be words only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviews import binding, line_comments
from reviews.models import Artifact, ChangePoint, Decision, Revision
from reviews.rendering import lines
from reviews.rendering.decoding import decode
from workspaces.errors import HandoffError

STATES = ("done", "declined", "question")
MOST_ANSWERS = 500
LONGEST_NOTE = 4_000
NEAR = 2  # lines around a comment that count as its neighbourhood
LARGEST_BYTES = 1024 * 1024
MOST_FILES = 50
STEPS = 300_000


@dataclass(frozen=True)
class Answer:
    """The agent's word on one point; ``status`` is one of ``STATES``."""

    status: str
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One point of the last request, as this round stands to it.

    ``fact`` is the desk's own look at the bytes: "changed", "unchanged", "gone" (the file) or ""
    where it did not look. ``line`` is where the line is now, None where it is gone.
    """

    point: ChangePoint
    answer: Answer | None
    fact: str
    line: int | None

    @property
    def is_settled(self) -> bool:
        if self.point.mark:
            return self.point.mark == ChangePoint.Mark.SETTLED
        return self.answer is not None and self.answer.status == "done"


@dataclass(frozen=True)
class Checklist:
    """``request`` is the verdict whose points these are."""

    request: Decision
    items: list[Item]

    @property
    def open(self) -> list[Item]:
        return [item for item in self.items if not item.is_settled]

    @property
    def settled(self) -> int:
        return len(self.items) - len(self.open)


def of(revision: Revision, known: Sequence[ChangePoint]) -> Checklist | None:
    """The last request before ``revision`` with its points; None where there is none.

    ``known`` are ``line_comments.known``'s.
    """
    found = line_comments.last_request(known, revision)
    if found is None:
        return None
    request, points = found
    said = answers(revision.parsed.raw)
    facts = _Facts(points, request.revision, revision)
    items = []
    for point in points:
        fact, line = facts.about(point)
        items.append(Item(point, _answer_to(point, said), fact, line))
    return Checklist(request, items)


def answers(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of ``context.resolves`` that can be read, at most ``MOST_ANSWERS``."""
    context = document.get("context")
    found = context.get("resolves") if isinstance(context, dict) else None
    if not isinstance(found, list):
        return []
    return [
        entry
        for entry in found[:MOST_ANSWERS]
        if isinstance(entry, dict) and entry.get("status") in STATES
    ]


def _answer_to(point: ChangePoint, said: Sequence[Mapping[str, Any]]) -> Answer | None:
    for entry in said:
        if entry.get("comment") == point.key and point.key:
            return _answer(entry)
    for entry in said:
        place = (entry.get("path"), _whole(entry.get("line")))
        if "comment" not in entry and point.path and place == (point.path, point.line):
            return _answer(entry)
    return None


def _answer(entry: Mapping[str, Any]) -> Answer:
    note = entry.get("note")
    return Answer(entry["status"], note[:LONGEST_NOTE] if isinstance(note, str) else "")


def _whole(value: object) -> int | None:
    """A line number, which JSON may write ``3.0``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value and abs(value) < 2**31 else None


class _Facts:
    """Whether the bytes around each point's line are others than when it was written."""

    def __init__(self, points: Sequence[ChangePoint], old: Revision, new: Revision) -> None:
        paths = sorted({point.path for point in points if point.path})[:MOST_FILES]
        rows = Artifact.objects.filter(
            revision__in=[old.pk, new.pk], kind=Artifact.Kind.FILE, path__in=paths
        )
        self.files = {(row.revision_id, row.path): row for row in rows} if paths else {}
        self.old, self.new = old.pk, new.pk
        self.runs: dict[str, tuple[list[tuple[int, int, int]], int] | None] = {}
        self.budget = lines.Budget(STEPS)

    def about(self, point: ChangePoint) -> tuple[str, int | None]:
        before = self.files.get((self.old, point.path))
        after = self.files.get((self.new, point.path))
        if before is None or before.sha256 is None:
            return "", point.line
        if after is None or after.sha256 is None:
            return "gone", None
        if before.sha256 == after.sha256:
            return "unchanged", point.line
        if point.line is None:
            return "changed", None
        if point.path not in self.runs:
            self.runs[point.path] = self._runs(before, after)
        found = self.runs[point.path]
        if found is None:
            return "", point.line
        return _around(found[0], found[1], point.line - 1)

    def _runs(
        self, before: Artifact, after: Artifact
    ) -> tuple[list[tuple[int, int, int]], int] | None:
        texts = [_lines(before), _lines(after)]
        if texts[0] is None or texts[1] is None or self.budget.is_spent:
            return None
        runs = lines.matches(texts[0], texts[1], self.budget)
        return None if self.budget.is_spent else (runs, len(texts[0]))


def _around(runs: Sequence[tuple[int, int, int]], count: int, at: int) -> tuple[str, int | None]:
    """What became of line ``at`` (from 0) of ``count`` and those beside it, and where it is now.

    Whole neighbours stay neighbours: something put between them is a change too.
    """
    low, high = max(0, at - NEAR), min(count - 1, at + NEAR)
    here = next((j + at - i + 1 for i, j, size in runs if i <= at < i + size), None)
    whole = any(i <= low and high < i + size for i, _j, size in runs)
    return ("unchanged" if whole else "changed"), here


def _lines(artifact: Artifact) -> list[str] | None:
    if not artifact.is_stored or (artifact.size or 0) > LARGEST_BYTES or not artifact.sha256:
        return None
    try:
        text = decode(binding.store().read(artifact.sha256, LARGEST_BYTES)).text
    except (HandoffError, OSError):
        return None
    return None if text is None else text.split("\n")
