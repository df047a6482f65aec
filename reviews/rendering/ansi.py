"""Terminal colours as classes: SGR codes are read, every other escape sequence is dropped.

Sequences that move the cursor, rename windows or hide text have no place in a log that is
evidence; nothing here can make text invisible ("conceal" is ignored, backgrounds are neutral).
"""

import re
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from reviews import secrets
from reviews.rendering.text import visible

# CSI, then OSC/DCS/APC/PM/SOS strings up to BEL or ST, then two-character escapes. What does not
# end is left to `visible`, which marks its ESC.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,4}[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]{0,4}[0-Z\\`-~]"
)
_FLAGS = {1: "an-b", 2: "an-d", 3: "an-i", 4: "an-u", 7: "an-bg", 9: "an-s"}
_ENDS = {
    22: {"an-b", "an-d"}, 23: {"an-i"}, 24: {"an-u"}, 27: {"an-bg"}, 29: {"an-s"}, 49: {"an-bg"},
}  # fmt: skip


@dataclass
class Style:
    """What the codes so far ask for; it lasts across lines, as on a terminal."""

    flags: frozenset[str] = frozenset()
    colour: int | None = None

    @property
    def classes(self) -> str:
        colour = [] if self.colour is None else [f"an-{self.colour}"]
        return " ".join([*sorted(self.flags), *colour])


def strip(line: str) -> str:
    """The line without escape sequences."""
    return _SEQUENCE.sub("", line) if "\x1b" in line else line


def draw(line: str, style: Style) -> SafeString:
    """Safe HTML of one line; `style` is read and moved on.

    Colours that part a secret would hide it from those who look for it: such a line has none.
    """
    if "\x1b" in line and secrets.find(strip(line)):
        line = strip(line)
    if "\x1b" not in line and not style.classes:
        return visible(line, multiline=True)
    parts: list[str] = []
    position = 0
    for found in _SEQUENCE.finditer(line):
        parts.append(_span(line[position : found.start()], style.classes))
        position = found.end()
        if found[0].startswith("\x1b[") and found[0].endswith("m"):
            _apply(found[0][2:-1], style)
    parts.append(_span(line[position:], style.classes))
    return mark_safe("".join(parts))


def _span(text: str, classes: str) -> str:
    if not text:
        return ""
    html = visible(text, multiline=True)
    return f'<span class="{classes}">{html}</span>' if classes else html


def _apply(parameters: str, style: Style) -> None:
    if not re.fullmatch(r"[0-9;:]*", parameters):
        return
    codes = [int(code) if code else 0 for code in re.split("[;:]", parameters)]
    at = 0
    while at < len(codes):
        code = codes[at]
        at += 1
        if code == 0:
            style.flags, style.colour = frozenset(), None
        elif code in _FLAGS:
            style.flags |= {_FLAGS[code]}
        elif code in _ENDS:
            style.flags -= _ENDS[code]
        elif 30 <= code <= 37:
            style.colour = code - 30
        elif 90 <= code <= 97:
            style.colour = code - 82
        elif code == 39:
            style.colour = None
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style.flags |= {"an-bg"}
        elif code in {38, 48}:
            # 38;5;n picks from a palette, whose first 16 are ours; 38;2;r;g;b is true colour.
            kind = codes[at] if at < len(codes) else 0
            if kind == 5 and code == 38 and at + 1 < len(codes) and codes[at + 1] < 16:
                style.colour = codes[at + 1]
            at += {5: 2, 2: 4}.get(kind, 0)
