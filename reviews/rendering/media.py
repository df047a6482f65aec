"""Whether bytes are sound or film that a browser may play, by their own header.

The type comes from here alone: what an agent calls a file never reaches a Content-Type.
"""

from dataclasses import dataclass

# Brands of ISO base media files (ISO/IEC 14496-12) that are sound only; others are film, and
# pictures (HEIF, AVIF) are neither.
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"F4A "}
_PICTURE_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx "}


@dataclass(frozen=True)
class MediaFacts:
    media_type: str

    @property
    def is_sound(self) -> bool:
        return self.media_type.startswith("audio/")


def sniff(head: bytes) -> MediaFacts | None:
    """MP4, WebM, Ogg, MP3, WAV or FLAC, from the file's first bytes (4 KiB do)."""
    found = _iso(head) or _webm(head) or _ogg(head) or _sound(head)
    return MediaFacts(found) if found else None


def _iso(head: bytes) -> str:
    if head[4:8] != b"ftyp" or len(head) < 12 or head[8:12] in _PICTURE_BRANDS:
        return ""
    if head[8:12] == b"qt  ":
        return "video/quicktime"
    return "audio/mp4" if head[8:12] in _SOUND_BRANDS else "video/mp4"


def _webm(head: bytes) -> str:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return ""
    return "video/webm" if b"webm" in head[:64] else "video/x-matroska"


def _ogg(head: bytes) -> str:
    if not head.startswith(b"OggS"):
        return ""
    return "video/ogg" if b"\x80theora" in head[:512] else "audio/ogg"


def _sound(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    is_tagged = head.startswith(b"ID3") and len(head) >= 10 and head[3] < 16 and head[4] < 16
    # An MPEG audio frame: eleven bits of sync, layer III, no reserved bit rate or frequency.
    is_frame = (
        len(head) >= 4
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[2] & 0xF0 != 0xF0
        and head[2] & 0x0C != 0x0C
    )
    return "audio/mpeg" if is_tagged or is_frame else ""
