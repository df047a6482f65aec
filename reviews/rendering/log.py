"""A log's end as numbered lines with levels and colours."""

import re
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering import ansi
from reviews.rendering.decoding import decode
from reviews.rendering.text import mark

LEVEL_CHARACTERS = 400

# The first that matches wins. Words count in upper case, as loggers write them, or where a level
# field stands; prose about "errors" is not an error.
_FIELD = r"(?:\blevel\b|\blvl\b|\bseverity\b)[\"']?\s{0,3}[=:]\s{0,3}[\"']?"
_LEVELS = (
    (
        "error",
        re.compile(
            r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT|ERR!)(?![\w-])|\bFAILED\b"
            rf"|{_FIELD}(?i:error|fatal|critical|panic|err\b)|\[(?i:error|fatal|err)\]"
            r"|^\s{0,40}(?:error|fatal|panic)(?:\[\w{1,12}\])?:|^Traceback \(most recent"
            r"|^(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception)\b(?::|$)|^E   "
        ),
    ),
    (
        "warn",
        re.compile(
            r"\bWARN(?:ING)?\b"
            rf"|{_FIELD}(?i:warn)|\[(?i:warn(?:ing)?)\]|^\s{{0,40}}(?i:warning):"
            r"|^[A-Z]\w{0,60}Warning\b:?"
        ),
    ),
    ("info", re.compile(rf"\b(?:INFO|NOTICE)\b|{_FIELD}(?i:info|notice)|\[(?i:info)\]")),
    ("debug", re.compile(rf"\b(?:DEBUG|TRACE)\b|{_FIELD}(?i:debug|trace)|\[(?i:debug|trace)\]")),
)


@dataclass(frozen=True)
class LogLine:
    """`no` counts from 1 in the whole log, or from its end, which is -1; `level` is "error",
    "warn", "info", "debug" or "", and `under` that of the line above which this one explains."""

    no: int
    level: str
    html: SafeString
    under: str = ""

    @property
    def shown_no(self) -> str:
        return str(self.no).replace("-", "−")


@dataclass(frozen=True)
class LogView:
    """`first_error` is an index into `lines`; `total` counts all lines of the bytes given."""

    lines: list[LogLine]
    first_error: int | None
    total: int
    is_cut: bool
    note: str


def render(data: bytes, *, tail_bytes: int = 512 * 1024, tail_lines: int = 5_000) -> LogView:
    """The last lines of a log that fit both limits; text that is not UTF-8 is read leniently.

    A line that was overwritten by carriage returns (progress bars) shows its last state and a
    mark that counts the ones before.
    """
    start = max(len(data) - tail_bytes, 0)
    if start:
        feed = data.find(b"\n", start - 1)
        start = feed + 1 if 0 <= feed < len(data) - 1 else start
    skipped = data.count(b"\n", 0, start)
    written = lines_of(data[start:], before=data[max(0, start - veils.AROUND) : start])
    total = skipped + len(written)
    shown = written[-tail_lines:] if tail_lines > 0 else []
    first_no = total - len(shown) + 1
    drawn = draw(shown, first_no)
    first_error = next((at for at, line in enumerate(drawn) if line.level == "error"), None)
    is_cut = bool(start) or len(shown) < len(written)
    cut = ngettext(
        "The last line of %(total)d is shown.",
        "The last %(count)d lines of %(total)d are shown.",
        len(shown),
    ) % {"count": len(shown), "total": total}
    return LogView(drawn, first_error, total, is_cut, cut if is_cut else "")


def draw(lines: list[str], first_no: int) -> list[LogLine]:
    """The lines with colours and levels; lines without a level belong to the one above."""
    style = ansi.Style()
    drawn = []
    under = ""
    for no, line in enumerate(lines, first_no):
        html, level = _line(line, style)
        drawn.append(LogLine(no, level, html, "" if level else under))
        under = level or under
    return drawn


def lines_of(data: bytes, *, before: bytes = b"", after: bytes = b"") -> list[str]:
    """The bytes' lines, without line feeds. What stands around them tells secrets on an edge."""
    text = _text(data, before, after)
    return text.removesuffix("\n").split("\n") if text else []


def _text(data: bytes, before: bytes, after: bytes) -> str:
    """Logs mix encodings and hold NULs after a crash: never refused, every byte stays visible."""
    decoded = decode(data, before=before, after=after)
    if decoded.text is not None and decoded.encoding != "latin-1":
        return decoded.text
    lead, text, tail = (each.decode("utf-8", "surrogateescape") for each in (before, data, after))
    return veils.veil_part(f"{lead}{text}{tail}", len(lead), len(lead) + len(text))


def _line(line: str, style: ansi.Style) -> tuple[SafeString, str]:
    states = line.removesuffix("\r").split("\r")
    full = [state for state in states if state]
    last = full[-1] if full else ""
    html = ansi.draw(last, style)
    if len(full) > 1:
        count = len(full) - 1
        title = ngettext(
            "%(count)d earlier state of this line was overwritten",
            "%(count)d earlier states of this line were overwritten",
            count,
        ) % {"count": count}
        html = mark_safe(mark(f"CR×{count}", title) + html)
    return html, level_of(last)


def level_of(line: str) -> str:
    """The level a line speaks of, by its beginning."""
    start = ansi.strip(line[: LEVEL_CHARACTERS * 2])[:LEVEL_CHARACTERS]
    return next((level for level, pattern in _LEVELS if pattern.search(start)), "")
