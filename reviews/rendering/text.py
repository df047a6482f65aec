"""Text whose invisible characters are drawn, so that what is read is what is approved.

Bidirectional controls reorder code for the eye alone ("Trojan Source", CVE-2021-42574), tag
characters and variation selectors carry words that only a model reads, and blank look-alikes
split names that seem equal. Each becomes a short mark whose title gives its code point and name.

Secrets are masked here as well, because everything that agents wrote comes through here.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reviews import veils

# Beyond this many marks in one text the titles go, so that output stays within a few times input.
MARKS_WITH_TITLE = 2_000
# A run of more different invisible characters than this is counted rather than spelled out.
SPELLED_IN_A_RUN = 8

_LABELS = {
    0x00: "NUL", 0x07: "BEL", 0x08: "BS", 0x09: "TAB", 0x0A: "LF", 0x0B: "VT", 0x0C: "FF",
    0x0D: "CR", 0x1B: "ESC", 0x7F: "DEL", 0x85: "NEL", 0xA0: "NBSP", 0xAD: "SHY",
    0x61C: "ALM", 0x180E: "MVS", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ", 0x200E: "LRM",
    0x200F: "RLM", 0x2028: "LSEP", 0x2029: "PSEP", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF",
    0x202D: "LRO", 0x202E: "RLO", 0x202F: "NNBSP", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI",
    0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM",
}  # fmt: skip

# Unicode's control, format, surrogate, private-use and separator characters, those that
# Default_Ignorable_Code_Point adds (fillers, selectors, tags), blank braille, object marks and
# noncharacters. Spelled as ranges because walking unicodedata costs 0.3 s at start; the tests
# walk it and compare.
_INVISIBLE = (
    "\\x00-\\x1f\\x7f-\\xa0\\xad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2"
    "\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f"
    "\\u205f-\\u206f\\u2800\\u3000\\u3164\\ud800-\\udfff\\ue000-\\uf8ff\\ufdd0-\\ufdef"
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\ufffe\\uffff"
    "\\U000110bd\\U000110cd\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3"
    "\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff\\U000f0000-\\U0010ffff"
)
# More than four accents on one letter paint over the lines above and below.
_ACCENTS = (
    "[\\u0300-\\u034e\\u0350-\\u036f\\u0483-\\u0489\\u1ab0-\\u1aff"
    "\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f]"
)
_ONE_LINE = re.compile(f"[{_INVISIBLE}]+|(?<={_ACCENTS}{{4}}){_ACCENTS}+")
_BLOCK = re.compile(f"(?:(?![\\t\\n])[{_INVISIBLE}])+|(?<={_ACCENTS}{{4}}){_ACCENTS}+")
_SURROGATE = re.compile("[\\ud800-\\udfff]")
# Joiners and selectors that only shape an emoji are part of the picture, not hidden.
_EMOJI = "[\\u2190-\\u21ff\\u2300-\\u23ff\\u2460-\\u27bf\\u2900-\\u2bff\\U0001f000-\\U0001faff]"
_PICTURE = re.compile(
    f"(?<={_EMOJI})[\\ufe0e\\ufe0f](?:\\u200d(?={_EMOJI}))?|(?<={_EMOJI})\\u200d(?={_EMOJI})"
    "|(?<=[0-9#*])\\ufe0f(?=\\u20e3)"
)


def visible(text: str, *, multiline: bool = False) -> SafeString:
    """HTML of `text`, escaped, with every invisible character as `<span class="inv">` mark and
    every secret as `<span class="mask">`, unless the reader may see it.

    One line by default (titles, paths, names): line feeds and tabs are marks as well. With
    `multiline`, for blocks under `white-space: pre-wrap`, those two stay what they are.
    """
    return drawn(veils.veil(text), multiline=multiline)


def drawn(veiled: str, *, multiline: bool = False) -> SafeString:
    """The same of a text whose secrets are veiled already: many pieces of one text."""
    if veiled.isascii() and veiled.isprintable():
        return SafeString(html.escape(veiled))  # told far faster than by looking for each mark
    if not (_BLOCK if multiline else _ONE_LINE).search(veiled):
        return SafeString(html.escape(veiled))  # nearly all there is
    return mark_safe("".join(_pieces(veiled, multiline)))


def plain(text: str, *, multiline: bool = False) -> str:
    """The same marks without HTML and without escaping, for attributes, subjects and plain mail."""
    parts = []
    for is_hidden, run in _runs(veils.veil(text), _BLOCK if multiline else _ONE_LINE):
        mask = veils.words_of(run) if is_hidden else ""
        parts.append(mask or (f"⟦{_label(run)}⟧" if is_hidden else run))
    return "".join(parts)


def mark(label: str, title: str) -> SafeString:
    """One mark in the same look for what is not a character, such as a missing final newline."""
    return mark_safe(
        f'<span class="inv" title="{html.escape(title)}">⟦{html.escape(label)}⟧</span>'
    )


def encodable(text: str) -> str:
    """`text` with lone surrogates replaced, so that a page holding it can be sent as UTF-8."""
    return text.encode("utf-8", "replace").decode() if _SURROGATE.search(text) else text


def _pieces(text: str, multiline: bool) -> Iterator[str]:
    marks = 0
    for is_hidden, run in _runs(text, _BLOCK if multiline else _ONE_LINE):
        if not is_hidden:
            yield html.escape(run)
            continue
        if mask := veils.words_of(run):
            yield _mask(mask)
            continue
        marks += 1
        draw = _drawn_before if len(run) == 1 else _draw
        yield draw(run, marks <= MARKS_WITH_TITLE)


def _mask(words: str) -> str:
    """Read aloud as "masked", because dots are not read."""
    dots, space, facts = words.partition(" ")
    aloud = f'<span class="vh">{html.escape(_("masked"))} </span>' if facts else ""
    return f'<span class="mask">{dots}{space}{aloud}{html.escape(facts)}</span>'


def _draw(run: str, with_title: bool) -> str:
    return mark(_label(run), _title(run)) if with_title else f"⟦{html.escape(_label(run))}⟧"


_drawn_before = lru_cache(maxsize=512)(_draw)


def _runs(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[bool, str]]:
    """(is hidden, characters) pairs that join to `text`; hidden ones hold one kind of mark."""
    position = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        picture = _PICTURE.match(text, start)
        if picture:
            start = picture.end()
        if position < start:
            yield False, text[position:start]
        position = end
        if start < end:
            yield from ((True, run) for run in _split(text[start:end]))
    if position < len(text):
        yield False, text[position:]


def _split(run: str) -> Iterator[str]:
    pieces = ["".join(group) for _key, group in groupby(run, key=_kind)]
    if len(pieces) <= SPELLED_IN_A_RUN:
        yield from pieces
    else:
        yield run


def _kind(character: str) -> str:
    if _is_tag(character):
        return "tags"
    return "accents" if unicodedata.category(character) in {"Mn", "Me"} else character


def _is_tag(character: str) -> bool:
    return 0xE0020 <= ord(character) <= 0xE007E


def _label(run: str) -> str:
    first = run[0]
    if all(_is_tag(character) for character in run):
        return "tags: " + "".join(chr(ord(character) - 0xE0000) for character in run)
    if len(set(run)) > 1:
        return f"{len(run)} hidden" if _kind(first) != "accents" else f"{len(run)} accents"
    label = _one_label(ord(first))
    return label if len(run) == 1 else f"{label}×{len(run)}"


def _one_label(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte of a path that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if 0xFE00 <= code <= 0xFE0F:
        return f"VS{code - 0xFE00 + 1}"
    return _LABELS.get(code, f"U+{code:04X}")


def _title(run: str) -> str:
    names = [_name(character) for character in dict.fromkeys(run[:200])][:SPELLED_IN_A_RUN]
    return ", ".join(names) + ("" if len(set(run[:200])) <= SPELLED_IN_A_RUN else ", …")


def _name(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"byte 0x{code - 0xDC00:02X}, not UTF-8"
    default = {"Cc": "CONTROL CHARACTER", "Cs": "LONE SURROGATE", "Co": "PRIVATE USE"}.get(
        unicodedata.category(character), "UNASSIGNED"
    )
    return f"U+{code:04X} {unicodedata.name(character, default)}"
