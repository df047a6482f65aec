"""Which viewer shows a file: by its bytes first, its name second; what agents claim comes last."""

import re
from pathlib import PurePosixPath
from typing import Literal

from reviews.rendering import archive, image, media, syntax
from reviews.rendering.decoding import is_binary

Kind = Literal[
    "image", "svg", "html", "pdf", "media", "table", "markdown", "json", "patch", "log",
    "messages", "code", "text", "binary", "archive", "jsonl",
]  # fmt: skip

_BY_SUFFIX: dict[str, Kind] = {
    ".csv": "table", ".tsv": "table", ".tab": "table",
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown",
    ".json": "json", ".geojson": "json", ".ipynb": "json", ".webmanifest": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".patch": "patch", ".diff": "patch", ".log": "log", ".traj": "messages",
    ".svg": "svg", ".svgz": "binary", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".txt": "text", ".rst": "text",
}  # fmt: skip
_BY_MEDIA_TYPE: dict[str, Kind] = {
    "text/csv": "table", "text/tab-separated-values": "table", "text/markdown": "markdown",
    "application/json": "json", "application/jsonl": "jsonl",
    "text/x-diff": "patch", "text/x-patch": "patch",
    "text/html": "html", "application/xhtml+xml": "html", "image/svg+xml": "svg",
}  # fmt: skip
_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->|\s)*<(?:!doctype\s+)?(html|svg|head|body|script)\b",
    re.IGNORECASE | re.DOTALL,
)
LIMIT_JSON = 4 * 1024 * 1024


def choose(path: str, media_type: str, head: bytes, size: int) -> Kind:
    """The viewer for a file of `size` bytes that begins with `head` (a few KiB, or all of it).

    Only bytes make an image, a PDF or media; a name or media type alone never does. Markup that
    poses as text or as an image is html or svg, which are shown in a sandbox.
    """
    if image.sniff(head):
        return "image"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if media.sniff(head):
        return "media"
    if archive.sniff(head, path):
        return "archive"
    if is_binary(head):
        return "binary"
    suffix = PurePosixPath(path.lower()).suffix
    named = _BY_SUFFIX.get(suffix)
    if named is None or named == "text":
        markup = _MARKUP.match(head[:4096])
        if markup:
            return "svg" if markup[1].lower() == b"svg" else "html"
    if named is None and syntax.lexer_for(path) is None:
        named = _BY_MEDIA_TYPE.get(media_type.split(";")[0].strip().lower())
    if named == "json" and size > LIMIT_JSON:
        return "code"
    return named or ("code" if syntax.lexer_for(path) else "text")
