"""The first error of a log of any size: words are looked for first, lines judged second."""

import re
from dataclasses import dataclass
from typing import BinaryIO

from reviews.rendering.log import level_of

BLOCK_BYTES = 1024 * 1024
LIMIT_BYTES = 64 * 1024 * 1024
LIMIT_JUDGED = 20_000
LINE_BYTES = 2_000
# What every line of level "error" has in it (reviews.rendering.log). A plain search for each of
# them is ten times as fast as one pattern for all, and most blocks have none.
_WORDS = (
    *(b"ERR", b"FATAL", b"CRITICAL", b"SEVERE", b"PANIC", b"EMERG", b"ALERT", b"FAILED", b"E   "),
    *(b"Traceback", b"xception", b"rror", b"atal", b"ritical", b"anic", b"[err", b"=err"),
    *(b'"err', b": err", b"= err", b":err", b"'err"),
)
_WORD = re.compile(b"|".join(re.escape(word) for word in _WORDS))


@dataclass(frozen=True)
class Found:
    """`at` is the byte offset of the first error's line and `no` its number; None where there is
    none in the first `looked_at` bytes."""

    at: int | None
    no: int
    looked_at: int


def first_error(file: BinaryIO, *, limit: int = LIMIT_BYTES) -> Found:
    """The first line of level "error" that begins before `limit`, within a budget of lines."""
    start, line_no, judged = 0, 1, 0
    while start < limit and judged < LIMIT_JUDGED:
        file.seek(start)
        block = file.read(BLOCK_BYTES)
        if not block:
            break
        if len(block) == BLOCK_BYTES:  # lines are judged whole, unless one is longer than a block
            block = block[: block.rfind(b"\n") + 1] or block
        if any(word in block for word in _WORDS):
            at, count = _error_in(block, LIMIT_JUDGED - judged)
            judged += count
            if at is not None:
                return Found(start + at, line_no + block.count(b"\n", 0, at), start + at)
        line_no += block.count(b"\n")
        start += len(block)
    return Found(None, 0, start)


def _error_in(block: bytes, budget: int) -> tuple[int | None, int]:
    """(where the line begins, how many were judged)"""
    at = judged = 0
    while judged < budget and (found := _WORD.search(block, at)) is not None:
        begin = block.rfind(b"\n", 0, found.start()) + 1
        end = block.find(b"\n", found.start())
        end = len(block) if end < 0 else end
        line = block[begin : min(end, begin + LINE_BYTES)].decode("utf-8", "replace")
        judged += 1
        if level_of(line.rstrip("\r").rpartition("\r")[2]) == "error":
            return begin, judged
        at = end + 1
    return None, judged
