"""Whether bytes are a picture that a browser may show inline, by their own header.

SVG is a document with scripts and is never an image here.
"""

import struct
from dataclasses import dataclass

# Beyond this many pixels a browser needs hundreds of megabytes to show it.
LIMIT_PIXELS = 64_000_000


@dataclass(frozen=True)
class ImageFacts:
    """Type as the header says, size in pixels (both at least 1)."""

    media_type: str
    width: int
    height: int

    @property
    def is_huge(self) -> bool:
        return self.width * self.height > LIMIT_PIXELS


def sniff(data: bytes) -> ImageFacts | None:
    """PNG, JPEG, GIF or WebP with a readable size, from the file's first bytes (64 KiB do)."""
    try:
        found = _png(data) or _gif(data) or _webp(data) or _jpeg(data)
    except (struct.error, IndexError):
        return None
    return found if found and found.width > 0 and found.height > 0 else None


def _png(data: bytes) -> ImageFacts | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    return ImageFacts("image/png", *struct.unpack_from(">II", data, 16))


def _gif(data: bytes) -> ImageFacts | None:
    if data[:6] not in {b"GIF87a", b"GIF89a"}:
        return None
    return ImageFacts("image/gif", *struct.unpack_from("<HH", data, 6))


def _webp(data: bytes) -> ImageFacts | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return ImageFacts("image/webp", width, height) if len(data) >= 30 else None
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return ImageFacts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return ImageFacts("image/webp", width & 0x3FFF, height & 0x3FFF)
    return None


def _jpeg(data: bytes) -> ImageFacts | None:
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        # Frame headers are C0 to CF without the tables C4 (Huffman), C8 and CC.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return ImageFacts("image/jpeg", width, height)
        if marker in {0xD9, 0xDA}:
            return None
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + max(length, 2)
    return None
