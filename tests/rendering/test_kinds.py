"""Which viewer: bytes first, name second, the agent's claim last."""

import pytest

from reviews.rendering.kinds import LIMIT_JSON, choose
from tests.rendering.test_image import PNG

SVG = b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='http://www.w3.org/2000/svg'/>"
HTML = b"  <!DOCTYPE html><html><script>alert(1)</script>"


@pytest.mark.parametrize(("path", "media_type", "head", "kind"), [
    ("a.png", "", PNG, "image"), ("a.txt", "text/plain", PNG, "image"),
    ("a.png", "image/png", b"not a picture", "text"), ("a.png", "image/png", HTML, "html"),
    ("a.png", "image/png", SVG, "svg"), ("a.svg", "image/png", SVG, "svg"),
    ("a.html", "text/plain", b"hello", "html"), ("report", "", HTML, "html"),
    ("a.txt", "text/plain", HTML, "html"), ("a.pdf", "", b"%PDF-1.7", "pdf"),
    ("a.pdf", "application/pdf", b"hello", "text"), ("a.mp4", "", b"\0\0\0 ftypisom", "media"),
    ("a.bin", "text/plain", b"a\0b", "binary"), ("a.csv", "", b"a,b", "table"),
    ("A.TSV", "", b"a\tb", "table"), ("a.dat", "text/csv", b"a,b", "table"),
    ("README.md", "", b"# x", "markdown"), ("a.json", "", b"{}", "json"),
    ("x.patch", "", b"--- a", "patch"), ("run.log", "", b"INFO", "log"),
    ("x.traj", "", b"{}", "messages"), ("src/a.py", "", b"x = 1", "code"),
    ("Makefile", "", b"all:", "code"), ("notes", "", b"words", "text"),
    ("notes", "text/html; charset=utf-8", b"words", "html"), ("", "", b"", "text"),
    ("src/a.py", "image/svg+xml", b"x = 1", "code"), ("a.svgz", "", b"\x1f\x8b", "binary"),
    ("a.xlsx", "", b"PK\3\4\x14\0", "archive"), ("a.tgz", "", b"\x1f\x8b\0", "archive"),
    ("a.jsonl", "", b"{}", "jsonl"), ("a.heic", "", b"\0\0\0 ftypheic", "binary"),
    ("a.txt", "", b"ID3 is a tag", "text"), ("a.mp3", "", b"ID3\4\0\0\0\0\0\0", "media"),
])  # fmt: skip
def test_the_viewer_follows_the_bytes(path: str, media_type: str, head: bytes, kind: str) -> None:
    assert choose(path, media_type, head, len(head)) == kind


def test_large_json_is_shown_as_code() -> None:
    assert choose("a.json", "", b"{", LIMIT_JSON + 1) == "code"
