"""Sound and film by their bytes, and bytes in hexadecimal."""

import pytest

from reviews.rendering.hexdump import draw
from reviews.rendering.media import sniff


@pytest.mark.parametrize(("head", "media_type"), [
    (b"\0\0\0 ftypisom", "video/mp4"), (b"\0\0\0 ftypM4A ", "audio/mp4"),
    (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", "video/webm"),
    (b"\x1a\x45\xdf\xa3\x42\x82\x88matroska", "video/x-matroska"),
    (b"OggS" + bytes(24) + b"\x01vorbis", "audio/ogg"),
    (b"OggS" + bytes(24) + b"\x80theora", "video/ogg"), (b"fLaC\0", "audio/flac"),
    (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"), (b"\xff\xfb\x90\x64", "audio/mpeg"),
])  # fmt: skip
def test_the_type_is_that_of_the_bytes(head: bytes, media_type: str) -> None:
    found = sniff(head)
    assert found is not None and found.media_type == media_type


@pytest.mark.parametrize(
    "head", [b"", b"\xff\xfe<\0h\0", b"ID3", b"<html>", b"RIFF\0\0\0\0WEBP", b"\0\0\0 ftypavif"]
)
def test_everything_else_is_not(head: bytes) -> None:
    assert sniff(head) is None


def test_bytes_stand_beside_their_characters() -> None:
    first, second = draw(b"<b>\0" + bytes(range(13)), 32)
    assert (first.offset, second.offset) == ("00000020", "00000030")
    assert first.bytes == "3c 62 3e 00 00 01 02 03  04 05 06 07 08 09 0a 0b"
    assert first.text == "&lt;b&gt;·············"
