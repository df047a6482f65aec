"""Windows onto a large text file: whole lines, joined without gap or overlap."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rendering.windows import beginning_at, ending_at

LINES = b"".join(b"line %d\n" % n for n in range(1, 101))


def test_the_end_of_a_file_is_whole_lines() -> None:
    window = ending_at(io.BytesIO(LINES), len(LINES), len(LINES), limit_bytes=30)
    assert window.data == b"line 98\nline 99\nline 100\n"
    assert (window.count, window.has_before, window.has_after) == (3, True, False)


def test_lines_are_limited_too() -> None:
    file, size = io.BytesIO(LINES), len(LINES)
    assert ending_at(file, size, size, limit_lines=2).data == b"line 99\nline 100\n"
    assert beginning_at(file, size, 0, limit_lines=2).data == b"line 1\nline 2\n"


@pytest.mark.parametrize("end", [b"", b"\n", b"x", b"\r\n\r\n"])
@given(st.lists(st.binary(max_size=12), max_size=30), st.integers(1, 20), st.integers(1, 4))
def test_windows_in_either_direction_hold_every_byte_once(
    end: bytes, parts: list[bytes], limit_bytes: int, limit_lines: int
) -> None:
    data = b"\n".join(parts) + end
    file, size = io.BytesIO(data), len(data)
    forth, at = b"", 0
    while at < size:
        window = beginning_at(file, size, at, limit_bytes=limit_bytes, limit_lines=limit_lines)
        assert window.start == at and window.end > at
        forth, at = forth + window.data, window.end
    back, at = b"", size
    while at > 0:
        window = ending_at(file, size, at, limit_bytes=limit_bytes, limit_lines=limit_lines)
        assert window.end == at and window.start < at
        back, at = window.data + back, window.start
    assert (forth, back) == (data, data)
