"""Logs: the end first, pages towards the beginning, levels, the first error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reviews.rendering import log, log_search, windows
from reviews.rendering.log import LogLine
from reviews.views.viewing.asked import Spot, spot
from reviews.views.viewing.origin import Origin
from reviews.views.viewing.shown import Subject, View

# Up to this size lines are counted, so that their numbers are those of the whole file.
COUNTED_BYTES = 8 * 1024 * 1024
FIRST_ERROR = "error"
_LEAD_BYTES = 4_000  # shown above an error that was looked for


@dataclass(frozen=True)
class LogPage:
    """Lines for the template, and addresses of the pages around them ("" where there are none)."""

    lines: list[LogLine]
    note: str
    first_error: int | None  # its line number
    target: int | None  # the number of the line that was asked for
    errors: int
    warnings: int
    earlier_url: str = ""
    later_url: str = ""
    oldest_url: str = ""
    newest_url: str = ""
    error_url: str = ""  # of the first one in the file, where it may be on another page


def modes(subject: Subject) -> dict[str, str]:
    return {"log": _("Log")} if subject.kind == "log" and subject.origin.size else {}


def draw(subject: Subject, shown: View, mode: str) -> None:
    asked = subject.place.asked.get("from", "")
    shown.kind = "log"
    shown.body = page(subject.origin, asked, lambda at: subject.url(mode, **{"from": at}))
    shown.note(shown.body.note)


def page(origin: Origin, asked: str, url: Callable[[str], str]) -> LogPage:
    """The part of a log that ``asked`` names: its end, unless it is a Spot or ``FIRST_ERROR``.

    ``url`` makes the address of another part. May raise ``Unshown``.
    """
    with origin.open() as file:
        wanted, target, missed = _wanted(file, origin.size, asked)
        find = windows.ending_at if wanted.is_end else windows.beginning_at
        window = find(file, origin.size, wanted.at)
        first = wanted.no - window.count + 1 if wanted.is_end else wanted.no
        if origin.size <= COUNTED_BYTES:
            file.seek(0)
            first = file.read(window.start).count(b"\n") + 1
    written = log.lines_of(window.data, before=window.before, after=window.after)
    lines = log.draw(written, first)
    error = next((line.no for line in lines if line.level == "error"), None)
    is_part = window.has_before or window.has_after
    return LogPage(
        lines=lines,
        note=" ".join(filter(None, [missed, _note(window, lines) if is_part else ""])),
        first_error=error,
        target=target,
        errors=sum(line.level == "error" for line in lines),
        warnings=sum(line.level == "warn" for line in lines),
        earlier_url=url(str(Spot(window.start, first - 1, True))) if window.has_before else "",
        later_url=url(str(Spot(window.end, first + len(lines)))) if window.has_after else "",
        oldest_url=url(str(Spot(0, 1))) if window.has_before else "",
        newest_url=url("") if window.has_after else "",
        error_url=url(FIRST_ERROR) if window.has_before and target is None else "",
    )


def _wanted(file: BinaryIO, size: int, asked: str) -> tuple[Spot, int | None, str]:
    """(where to look, the line that is meant, a sentence)"""
    end = Spot(size, -1, True)
    if asked == FIRST_ERROR:
        found = log_search.first_error(file)
        if found.at is None and found.looked_at >= size:
            return end, None, _("No line of this log says it is an error.")
        if found.at is None:
            looked_at = filesizeformat(found.looked_at)
            return end, None, _("No error in the first %s; this is the end.") % looked_at
        at, no = found.at, found.no
        lead = windows.ending_at(file, size, at, limit_bytes=_LEAD_BYTES, limit_lines=20)
        return Spot(lead.start, no - lead.count), no, ""
    wanted = spot(asked)
    if wanted is None or wanted.at > size or (wanted.at == size and not wanted.is_end):
        return end, None, ""
    return wanted, None, ""


def _note(window: windows.Window, lines: list[LogLine]) -> str:
    if not lines:
        return ""
    note = _("Lines %(first)s to %(last)s: bytes %(start)s to %(end)s of %(size)s.") % {
        "first": lines[0].shown_no,
        "last": lines[-1].shown_no,
        "start": number_format(window.start, force_grouping=True),
        "end": number_format(window.end, force_grouping=True),
        "size": number_format(window.size, force_grouping=True),
    }
    return f"{note} {_('Numbers count back from the end.')}" if lines[-1].no < 0 else note
