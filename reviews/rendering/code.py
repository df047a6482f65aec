"""A file as numbered, coloured lines with everything odd about its bytes said aloud."""

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import veils
from reviews.rendering import columns, syntax
from reviews.rendering.decoding import decode, join_notes
from reviews.rendering.text import mark


@dataclass(frozen=True)
class CodeView:
    """`lines` are safe HTML without line ends; none and `is_binary` where bytes are not text."""

    lines: list[SafeString]
    language: str
    truncated: bool
    note: str
    is_binary: bool = False


def highlight(
    data: bytes,
    path: str,
    *,
    limit_bytes: int = 512 * 1024,
    limit_lines: int = 5_000,
    is_table: bool = False,
) -> CodeView:
    """The file's first `limit_bytes` and `limit_lines`, coloured by its name where that is cheap.

    Carriage returns are marked where line ends are mixed, and named in the note where all are
    CRLF. `note` also tells of encodings, cuts and a missing final line feed.
    """
    is_cut = len(data) > limit_bytes
    after = data[limit_bytes : limit_bytes + veils.AROUND]
    also = columns.finder(path, is_table=is_table)
    decoded = decode(data[:limit_bytes], is_cut=is_cut, after=after, also=also)
    if decoded.text is None:
        return CodeView([], "", is_cut, decoded.note, is_binary=True)
    text, note_on_ends = _line_ends(decoded.text.removesuffix("\r") if is_cut else decoded.text)
    has_final_feed = text.endswith("\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    is_cut = is_cut or len(lines) > limit_lines
    shown = lines[:limit_lines]
    coloured, language = syntax.segments("\n".join(shown), path) if shown else ([], "")
    drawn = [syntax.draw(line) for line in coloured]
    if text and not has_final_feed and not is_cut:
        drawn[-1] = mark_safe(drawn[-1] + mark(_("no newline"), _("No newline at the end")))
    note = join_notes(decoded.note, note_on_ends, _cut_note(len(shown)) if is_cut else "")
    return CodeView(drawn, language, is_cut, note)


def _line_ends(text: str) -> tuple[str, str]:
    """Uniform CRLF becomes LF with a note; mixed line ends stay, so that they get marks."""
    returns = text.count("\r")
    if not returns:
        return text, ""
    if returns == text.count("\r\n") == text.count("\n"):
        return text.replace("\r\n", "\n"), _("Windows line ends (CRLF) throughout.")
    return text, _("Mixed line ends: each carriage return is marked.")


def _cut_note(count: int) -> str:
    return ngettext(
        "Only the first line is shown.", "Only the first %(count)d lines are shown.", count
    ) % {"count": count}
