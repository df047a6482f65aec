"""Hostile files and texts by family: what an agent, or who speaks through it, may try on a reader.

Each item carries a canary: script that sets ``window.canary``, asks the origin for ``/canary`` or
another host for anything, or words that hide, pose or overflow. ``naive`` is the careless code
that would let it out, and ``fires`` what then notices; the test of the traps runs every item so.
"""

from dataclasses import dataclass
from typing import Literal

Way = Literal["text", "file", "script", "markdown", "link", "csv", "ansi", "attribute"]
Sign = Literal["sang", "asked", "live", "hidden", "escape", "twice", "poses", "control"]

ELSEWHERE = "http://canary.invalid"
SING = "window.canary='sang'"
SCRIPT = f"<script>{SING}</script>"
ONERROR = f'<img src=x onerror="{SING}">'


@dataclass(frozen=True)
class Item:
    """``text`` stands in every field of a document; ``data`` is the file's bytes."""

    family: str
    name: str
    text: str
    fires: Sign
    naive: Way = "text"
    path: str = ""
    raw: bytes = b""
    media_type: str = ""

    @property
    def data(self) -> bytes:
        return self.raw or self.text.encode("utf-8", "surrogatepass")


def all_items() -> list[Item]:
    from tests.security.corpus import files, texts

    return [*files.ITEMS, *texts.ITEMS]
