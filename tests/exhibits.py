"""Small files of several kinds, made by the tests that show them: sound, PDFs, pictures."""

import io
import struct
import wave
import zlib


def wav(seconds: float = 1.0, rate: int = 8_000) -> bytes:
    """Silence but for a tick each second, mono, 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(rate)
        tick = b"\xff\x3f" * 20 + bytes(2 * (rate - 20))
        frames = tick * int(seconds + 1)
        made.writeframes(frames[: int(seconds * rate) * 2])
    return file.getvalue()


def pdf(*pages: str) -> bytes:
    """One page a text, 300 by 200 points, Helvetica."""
    count = len(pages)
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(count))
    font = 3 + 2 * count
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
    ]
    for at, text in enumerate(pages):
        content = f"BT /F1 24 Tf 20 100 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents {4 + 2 * at} 0 R"
            f" /Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    return _assembled(objects, "")


def locked_pdf() -> bytes:
    """A PDF that says it is encrypted, with no password that anybody knows."""
    hidden = "<" + "ab" * 32 + ">"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [] /Count 0 >>",
        f"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O {hidden} /U {hidden} >>",
    ]
    return _assembled(objects, f"/Encrypt 3 0 R /ID [<{'01' * 16}> <{'01' * 16}>]")


def _assembled(objects: list[str], trailer: str) -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, each in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(
        f"{offset:010d} 00000 n \n" for offset in offsets
    )
    start = len(out)
    out += table.encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\n".encode()
    return out + f"startxref\n{start}\n%%EOF\n".encode()


def png(width: int, height: int, *, grey: int = 128) -> bytes:
    """A picture of one shade of grey."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    rows = (b"\0" + bytes([grey]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )
