"""JSON as a folding tree: numbers as they were written, repeated members shown, arrays in pages.

Containers become <details>; what is deep, or beyond the budget, becomes a link that opens it on
its own, so that the page stays small whatever the document is.
"""

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering.text import drawn, mark, visible

PAGE = 100
OPEN_LEVELS = 2
OPEN_ENTRIES = 40
PREVIEW_CHARACTERS = 90
LIMIT_DEPTH = 12
LIMIT_ENTRIES = 4_000
FOLDED_STRING = 1_000

# Positions of members from the root, counted from 0: names may be repeated, positions not.
Path = tuple[int, ...]
Link = Callable[[Path, int], str]


@dataclass(frozen=True)
class Written:
    """A number, or NaN and its like, as it stands in the text."""

    text: str


@dataclass(frozen=True)
class Members:
    """An object's members in their order, repeated names included."""

    pairs: list[tuple[str, object]]


class BadJson(ValueError):
    """Not JSON. `line` and `column` count from 1, and are 0 where the place is not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line, self.column = line, column


@dataclass(frozen=True)
class Step:
    """One part of the way to what is shown; `label` is safe HTML."""

    label: SafeString
    path: Path


@dataclass(frozen=True)
class TreeView:
    """`html` is the tree; `way` leads from the root to it, without the root."""

    html: SafeString
    way: list[Step] = field(default_factory=list)
    note: str = ""


def parse(text: str) -> object:
    """The document; raises BadJson."""
    decoder = json.JSONDecoder(
        object_pairs_hook=Members, parse_int=Written, parse_float=Written, parse_constant=Written
    )
    try:
        return decoder.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadJson(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise BadJson(_("nested too deeply")) from None


def draw(value: object, link: Link, *, path: Path = (), start: int = 0) -> TreeView:
    """The value at `path` (the root where there is none), its entries from the `start`th on.

    `link(path, start)` is the address of another part of the document.
    """
    way: list[Step] = []
    current = value
    reached: Path = ()
    for position in path:
        entries = _entries(current)
        if position >= len(entries):
            break
        name, current = entries[position]
        reached = (*reached, position)
        way.append(Step(_name_of(name, position), reached))
        veiled = _veiled(name, current)
        if veiled is not None:
            return TreeView(mark_safe(f'<div class="jv js-s">{veiled}</div>'), way)
    drawing = _Drawing(link)
    body = drawing.value(current, reached, "", 0, start if _entries(current) else 0)
    return TreeView(mark_safe(body), way, drawing.note)


def draw_line(value: object) -> SafeString:
    """A tree that is closed, without links: what is beyond the budget is its text."""
    drawing = _Drawing(None, open_levels=0, page=1_000)
    return mark_safe(drawing.value(value, (), "", 0))


@dataclass
class _Drawing:
    link: Link | None
    open_levels: int = OPEN_LEVELS
    page: int = PAGE
    drawn: int = 0
    repeated: int = 0
    constants: int = 0

    @property
    def note(self) -> str:
        notes = []
        if self.repeated:
            notes.append(
                ngettext(
                    "%(count)d member's name is given more than once: readers may take either.",
                    "%(count)d members' names are given more than once: readers may take either.",
                    self.repeated,
                )
                % {"count": self.repeated}
            )
        if self.constants:
            notes.append(_("NaN and Infinity are not JSON: strict readers refuse this file."))
        return " ".join(notes)

    def value(self, value: object, path: Path, label: str, depth: int, start: int = 0) -> str:
        entries = _entries(value)
        if not entries:
            return f'<div class="jv">{label}{self._scalar(value)}</div>'
        summary = f"{label}{_summary(value, entries)}"
        if depth and (depth >= LIMIT_DEPTH or self.drawn > LIMIT_ENTRIES):
            return f'<div class="jv">{summary} {self._to(path, 0, _("open"))}</div>'
        self.drawn += min(len(entries) - start, self.page)
        is_short = not depth or len(entries) <= OPEN_ENTRIES
        is_open = " open" if depth < self.open_levels and is_short else ""
        body = self._children(value, entries, path, depth, start)
        return f"<details{is_open}><summary>{summary}</summary><div>{body}</div></details>"

    def _children(
        self,
        value: object,
        entries: Sequence[tuple[str | None, object]],
        path: Path,
        depth: int,
        start: int,
    ) -> str:
        parts: list[str] = []
        if start:
            before = self._to(path, max(start - self.page, 0), _("entries before"))
            parts.append(f'<div class="jv">{before}</div>')
        seen = {name for name, _value in entries[:start]} if isinstance(value, Members) else set()
        for at in range(start, min(start + self.page, len(entries))):
            name, item = entries[at]
            label = f'<span class="js-k">{_name_of(name, at)}</span>: '
            if name is not None and name in seen:
                self.repeated += 1
                label = mark(_("again"), _("This name was given before in this object")) + label
            seen.add(name)
            veiled = _veiled(name, item)
            if veiled is not None:
                parts.append(f'<div class="jv">{label}<span class="js-s">{veiled}</span></div>')
            else:
                parts.append(self.value(item, (*path, at), label, depth + 1))
        left = len(entries) - start - self.page
        if left > 0:
            more = _("%(count)d more") % {"count": left}
            parts.append(f'<div class="jv">{self._to(path, start + self.page, more)}</div>')
        return "".join(parts)

    def _to(self, path: Path, start: int, words: str) -> str:
        if self.link is None:
            return f"<small>{html.escape(_('not shown here'))}</small>"
        address = html.escape(self.link(path, start))
        return f'<a class="link" href="{address}">{html.escape(words)}</a>'

    def _scalar(self, value: object) -> str:
        if isinstance(value, Written):
            self.constants += value.text in {"NaN", "Infinity", "-Infinity"}
            return f'<span class="js-n">{visible(value.text)}</span>'
        if isinstance(value, str):
            return _string(value)
        if isinstance(value, Members | list):
            return "{}" if isinstance(value, Members) else "[]"
        return f'<span class="js-b">{json.dumps(value)}</span>'


def _veiled(name: str | None, value: object) -> SafeString | None:
    """What stands for a member that its name says is secret; None where it is shown as it is."""
    veiled = None if name is None else veils.veil_member(name, value)
    return None if veiled is None else drawn(veiled)


def _entries(value: object) -> Sequence[tuple[str | None, object]]:
    if isinstance(value, Members):
        return value.pairs
    return [(None, item) for item in value] if isinstance(value, list) else []


def _name_of(name: str | None, position: int) -> SafeString:
    if name is None:
        return mark_safe(str(position))
    return visible(json.dumps(name, ensure_ascii=False))


def _summary(value: object, entries: Sequence[tuple[str | None, object]]) -> str:
    """The container's size, and how it begins, for while it is closed."""
    count = len(entries)
    if isinstance(value, Members):
        words = ngettext("%(count)d member", "%(count)d members", count) % {"count": count}
        signs = "{}"
    else:
        words = ngettext("%(count)d entry", "%(count)d entries", count) % {"count": count}
        signs = "[]"
    begin = visible(f"{signs[0]} {_beginning(entries)} {signs[1]}")
    return f"<span>{begin}</span> <small>{html.escape(words)}</small>"


def _beginning(entries: Sequence[tuple[str | None, object]]) -> str:
    parts: list[str] = []
    room = PREVIEW_CHARACTERS
    for name, value in entries[:12]:
        part = "" if name is None else f"{veils.veil(name)[:30]}: "
        if (veiled := None if name is None else veils.veil_member(name, value)) is not None:
            part += veiled
        elif isinstance(value, Members | list):
            part += "{…}" if isinstance(value, Members) else "[…]"
        elif isinstance(value, Written):
            part += value.text[:30]
        else:
            part += json.dumps(_head(value, 40), ensure_ascii=False)
        room -= len(part) + 2
        if room < 0:
            break
        parts.append(part)
    return ", ".join([*parts, "…"] if len(parts) < len(entries) else parts)


def _head(value: object, length: int) -> object:
    """The beginning of a string, in which no secret is cut to what nobody knows for one."""
    return veils.veil(value)[:length] if isinstance(value, str) else value


def _string(text: str) -> str:
    body = visible(json.dumps(text, ensure_ascii=False))
    if len(text) <= FOLDED_STRING:
        return f'<span class="js-s">{body}</span>'
    head = visible(json.dumps(_head(text, 120), ensure_ascii=False)[:-1])
    words = html.escape(_("%(count)d characters") % {"count": len(text)})
    return (
        f'<details><summary><span class="js-s">{head}…</span> <small>{words}</small></summary>'
        f'<div class="jv"><span class="js-s">{body}</span></div></details>'
    )
