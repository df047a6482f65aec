"""Draws one page: the PDF on stdin, the answer on stdout, `python -I child.py <page> <pixels>`.

It imports nothing of the desk. Before the first byte of the PDF is parsed, it gives up opening
anything: with as many descriptors allowed as are open, open(2) and socket(2) fail, so there is
neither disk nor network, whatever a broken font or image makes the library do.

The answer is a line of JSON, then a PNG: {"pages", "width", "height", "text"}, or {"error"} alone,
which is "password", "broken" or "page" (there is no such page).
"""

import codecs
import json
import os
import resource
import struct
import sys
import zlib

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 4
ANSWER_BYTES = 24 * 1024 * 1024
INPUT_BYTES = 64 * 1024 * 1024
TEXT_CHARACTERS = 20_000
MAX_HEIGHT_RATIO = 4
NO_LIBRARY = 3  # exit status


def confine() -> None:
    """Limits on memory, time and output; no processes, no core files."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def close_every_door() -> None:
    """From here on no descriptor can be made: standard input, output and error are all."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def png(width: int, height: int, stride: int, rows: bytes) -> bytes:
    """8-bit RGB rows, `stride` bytes apart, as a PNG (ISO/IEC 15948)."""
    lines = b"".join(b"\0" + rows[at : at + width * 3] for at in range(0, height * stride, stride))

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(lines, 6)),
            chunk(b"IEND", b""),
        ]
    )


def main(number: int, pixels: int) -> None:
    confine()
    try:
        import pypdfium2  # type: ignore[import-untyped] # after the limits, before the doors close
    except ImportError:
        sys.exit(NO_LIBRARY)
    codecs.lookup("utf-16-le")  # the text's encoding, whose module could not be loaded later
    data = sys.stdin.buffer.read(INPUT_BYTES + 1)
    close_every_door()
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        is_locked = code == pypdfium2.raw.FPDF_ERR_PASSWORD or "password" in str(error).lower()
        answer({"error": "password" if is_locked else "broken"})
        return
    if not 1 <= number <= count:
        answer({"error": "page" if count else "broken", "pages": count})
        return
    try:
        page = document[number - 1]
        width, height = page.get_size()
        if not (width > 0 and height > 0):
            raise ValueError("a page without size")
        scale = min(pixels / width, pixels * MAX_HEIGHT_RATIO / height)
        bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
        text = page.get_textpage().get_text_bounded()[:TEXT_CHARACTERS]
    except (pypdfium2.PdfiumError, ValueError, MemoryError, OverflowError):
        answer({"error": "broken", "pages": count})
        return
    picture = png(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer))
    facts = {"pages": count, "width": bitmap.width, "height": bitmap.height, "text": text}
    answer(facts, picture)


def answer(facts: dict[str, object], picture: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + picture)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to tidy, and a damaged library must not get to


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
