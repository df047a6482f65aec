"""Only bytes make a picture: their own header says which and how large."""

import struct

import pytest

from reviews.rendering.image import ImageFacts, sniff

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x06\0\0\0"
GIF = b"GIF89a" + struct.pack("<HH", 3, 2) + b"\0" * 3
JPEG = (
    b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    + b"\xff\xff\xc2" + struct.pack(">HBHH", 17, 8, 200, 300) + b"\0" * 12
)  # fmt: skip
VP8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", 0x4000 | 550, 368)
VP8L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", (386 - 1) | (395 - 1) << 14)
VP8X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + b"\x8f\x01\0" + b"\x2b\x01\0"


@pytest.mark.parametrize(("data", "facts"), [
    (PNG, ImageFacts("image/png", 640, 480)), (GIF, ImageFacts("image/gif", 3, 2)),
    (JPEG, ImageFacts("image/jpeg", 300, 200)), (VP8, ImageFacts("image/webp", 550, 368)),
    (VP8L, ImageFacts("image/webp", 386, 395)), (VP8X, ImageFacts("image/webp", 400, 300)),
], ids=["png", "gif", "jpeg", "vp8", "vp8l", "vp8x"])  # fmt: skip
def test_type_and_size_come_from_the_header(data: bytes, facts: ImageFacts) -> None:
    assert sniff(data) == facts
    assert not facts.is_huge


@pytest.mark.parametrize("whole", [PNG, GIF, JPEG, VP8, VP8L, VP8X])
def test_a_torn_header_is_no_image(whole: bytes) -> None:
    for end in range(len(whole)):
        found = sniff(whole[:end])
        assert found is None or found == sniff(whole)
    assert sniff(whole[:9]) is None


@pytest.mark.parametrize("data", [
    b"", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", b"<?xml version='1.0'?><svg/>",
    b"<html>", b"GIF89a\0\0\0\0", b"BM\0\0", b"\xff\xd8\xff" + b"\xff" * 5_000,
    b"\xff\xd8\xff\xe0\0\0" * 1_000, b"\x89PNG\r\n\x1a\n<script>alert(1)</script>" + b"x" * 50,
], ids=range(9))  # fmt: skip
def test_everything_else_is_not(data: bytes) -> None:
    assert sniff(data) is None


def test_a_picture_of_too_many_pixels_is_known_as_huge() -> None:
    bomb = sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 50_000, 50_000))
    assert bomb is not None and bomb.is_huge
