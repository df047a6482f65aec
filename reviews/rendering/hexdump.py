"""Bytes as hexadecimal, sixteen a line, with the characters that are plain ASCII."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

PAGE_BYTES = 4096
AROUND = 8192  # bytes before and after a page that tell a secret in it
_LINE = 16
_ASCII = "".join(chr(code) if 0x20 <= code < 0x7F else "·" for code in range(256))


@dataclass(frozen=True)
class HexLine:
    """`offset` in hexadecimal; `text` is safe HTML of as many characters as there are bytes."""

    offset: str
    bytes: str
    text: SafeString


def draw(data: bytes, start: int) -> list[HexLine]:
    """The lines of `data`, which stands at the offset `start` of its file."""
    return [
        HexLine(
            f"{start + at:08x}",
            _spaced(data[at : at + _LINE]),
            mark_safe(escape("".join(_ASCII[byte] for byte in data[at : at + _LINE]))),
        )
        for at in range(0, len(data), _LINE)
    ]


def _spaced(data: bytes) -> str:
    return f"{data[:8].hex(' ')}  {data[8:].hex(' ')}".rstrip()
