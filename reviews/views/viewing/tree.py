"""JSON as a tree, JSON Lines as one tree a line."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from reviews.rendering import json_lines, json_tree, windows
from reviews.rendering.decoding import decode
from reviews.rendering.json_lines import JsonLine
from reviews.rendering.json_tree import Path
from reviews.views.viewing import written
from reviews.views.viewing.asked import Spot, spot
from reviews.views.viewing.shown import Subject, View

_PLACE = re.compile(r"((?:\d{1,7}\.){0,40})(?::(\d{1,7}))?")


@dataclass(frozen=True)
class Crumb:
    """A part of the way to what is shown; ``label`` is safe HTML."""

    label: str
    url: str


@dataclass(frozen=True)
class TreePage:
    tree: json_tree.TreeView
    way: list[Crumb] = field(default_factory=list)


@dataclass(frozen=True)
class LinesPage:
    lines: list[JsonLine]
    before_url: str = ""
    next_url: str = ""


def modes(subject: Subject) -> dict[str, str]:
    return {"tree": _("Tree")} if subject.kind in {"json", "jsonl"} and subject.origin.size else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    if subject.kind == "jsonl":
        _draw_lines(subject, shown, mode)
        return
    text = decode(subject.data).text
    try:
        value = json_tree.parse(text or "")
    except json_tree.BadJson as error:
        _draw_bad(subject, shown, error)
        return
    path, start = _place(subject.place.asked.get("from", ""))

    def url(path: Path, start: int) -> str:
        at = "".join(f"{each}." for each in path) + (f":{start}" if start else "")
        return subject.url(mode, **{"from": at})

    tree = json_tree.draw(value, url, path=path, start=start)
    way = [Crumb(step.label, url(step.path, 0)) for step in tree.way]
    shown.kind = "tree"
    shown.body = TreePage(tree, [Crumb("$", url((), 0)), *way] if way else [])
    shown.note(tree.note)


def _draw_bad(subject: Subject, shown: View, error: json_tree.BadJson) -> None:
    place = {"line": error.line, "column": error.column, "what": error}
    shown.warning = (
        _("Not valid JSON: line %(line)d, column %(column)d: %(what)s. Shown as text.") % place
        if error.line
        else _("No tree of this JSON: it is %(what)s. Shown as text.") % place
    )
    written.draw(subject, shown, "source")


def _place(text: str) -> tuple[Path, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        return (), 0
    return tuple(int(each) for each in found[1].split(".") if each), int(found[2] or 0)


def _draw_lines(subject: Subject, shown: View, mode: str) -> None:
    size = subject.origin.size
    wanted = spot(subject.place.asked.get("from", "")) or Spot(0, 1)
    find = windows.ending_at if wanted.is_end else windows.beginning_at
    with subject.origin.open() as file:
        window = find(file, size, wanted.at, limit_lines=json_lines.LINES)
    first = wanted.no - window.count + 1 if wanted.is_end else wanted.no
    before = Spot(window.start, first - 1, True)
    after = Spot(window.end, first + window.count)
    shown.kind = "lines"
    shown.body = LinesPage(
        json_lines.draw(window.data, first, before=window.before, after=window.after),
        before_url=subject.url(mode, **{"from": before}) if window.has_before else "",
        next_url=subject.url(mode, **{"from": after}) if window.has_after else "",
    )
