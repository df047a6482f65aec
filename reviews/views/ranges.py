"""One resource in parts (RFC 9110, section 14), so that film and sound can be sought."""

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from reviews.views.viewing.origin import Origin

CHUNK_BYTES = 256 * 1024
# What "from here to the end" gets at once. A player asks for more when it needs more, and one
# that pauses does not hold a thread for the rest of the file.
OPEN_END_BYTES = 4 * 1024 * 1024
_RANGE = re.compile(r"bytes=\s*(\d{0,15})-(\d{0,15})\s*")


class Unsatisfiable(Exception):
    """The range begins after the end."""


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """(first byte, byte after the last); None where the whole is to be sent: no range, another
    unit, several ranges or nonsense, which a server may ignore. Raises Unsatisfiable."""
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        if not length or not size:
            raise Unsatisfiable
        return max(size - length, 0), size
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise Unsatisfiable
    end = int(found[2]) + 1 if found[2] else first + OPEN_END_BYTES
    return first, min(end, size)


def answer(request: HttpRequest, origin: Origin, media_type: str) -> HttpResponseBase:
    """200, 206 or 416 with the bytes of ``origin``, read as they are sent."""
    size, etag = origin.size, f'"{origin.artifact.sha256}"'
    header = request.headers.get("Range", "") if request.method == "GET" else ""
    if request.headers.get("If-Range", etag).strip() != etag:
        header = ""  # the rest of something else
    response: HttpResponseBase
    try:
        part = wanted(header, size)
    except Unsatisfiable:
        response = HttpResponse(status=416, content_type=media_type)
        response["Content-Range"] = f"bytes */{size}"
    else:
        first, end = part or (0, size)
        status, content = 206 if part else 200, pieces(origin, first, end)
        if end - first <= CHUNK_BYTES:
            response = HttpResponse(b"".join(content), status=status, content_type=media_type)
        else:
            response = StreamingHttpResponse(content, status=status, content_type=media_type)
        response["Content-Length"] = str(end - first)
        if part:
            response["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def pieces(origin: Origin, first: int, end: int) -> Iterator[bytes]:
    """The bytes from ``first`` up to ``end``; a file that changes meanwhile breaks the answer off
    (``Unshown``), so that the player does not get a mixture."""
    with origin.open() as file:
        file.seek(first)
        while first < end:
            piece = file.read(min(CHUNK_BYTES, end - first))
            origin.must_stand_still(file)
            if not piece:
                return
            first += len(piece)
            yield piece
