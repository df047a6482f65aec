"""Bytes of unknown origin as text, with a sentence about every guess, secrets veiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from reviews import veils
from reviews.secrets import Span

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Decoded:
    """`text` is None where the bytes are not text; `note` says what was assumed, or is empty."""

    text: str | None
    encoding: str
    note: str


def decode(
    data: bytes,
    *,
    is_cut: bool = False,
    before: bytes = b"",
    after: bytes = b"",
    also: Callable[[str], list[Span]] | None = None,
) -> Decoded:
    """UTF-8 first, a byte order mark believed, Latin-1 as the last resort; NUL means binary.

    With `is_cut`, a limit of ours may have parted the last character, which is then dropped. Each
    secret is one character that `rendering.text` draws as a mask; line ends stay as they are.

    What stands `before` and `after` the data in its file is not in the text, but tells a secret of
    which the data has a part: at least `veils.AROUND` bytes, or all there is. `also` finds more
    secrets (`rendering.columns`).
    """
    found = as_written(data, is_cut=is_cut)
    if found.text is None:
        return found
    lead, tail = (each.decode(found.encoding, "replace") for each in (before, after))
    whole = f"{lead}{found.text}{tail}"
    return replace(found, text=veils.veil_part(whole, len(lead), len(lead) + len(found.text), also))


def as_written(data: bytes, *, is_cut: bool = False) -> Decoded:
    """The same with its secrets: for what is masked by other means."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            note = _("Starts with a byte order mark (%(name)s).") % {"name": encoding.upper()}
            return Decoded(data[len(bom) :].decode(encoding, "replace"), encoding, note)
    if is_binary(data):
        return Decoded(None, "binary", _("Binary: not inspectable."))
    try:
        return Decoded(data.decode("utf-8"), "utf-8", "")
    except UnicodeDecodeError as error:
        if is_cut and error.end == len(data) and len(data) - error.start < 4:
            return Decoded(data[: error.start].decode("utf-8"), "utf-8", "")
    return Decoded(data.decode("latin-1"), "latin-1", _("Not UTF-8: read as Latin-1."))


def is_binary(data: bytes) -> bool:
    """A NUL byte anywhere: no text encoding but UTF-16 and UTF-32 has one."""
    return b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def join_notes(*notes: str) -> str:
    """Sentences in one line, empty ones left out."""
    return " ".join(note for note in notes if note)
