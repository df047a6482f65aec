"""The first error of a log of any size: words are looked for first, lines judged second."""

import re
from typing import BinaryIO

from reviews.rendering.log import level_of

BLOCK_BYTES = 1024 * 1024
LIMIT_BYTES = 64 * 1024 * 1024
LINE_BYTES = 2_000
# What every line of level "error" has in it (reviews.rendering.log); most lines have none of it.
_WORD = re.compile(
    rb"ERR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT|FAILED|Traceback|Error|Exception"
    rb"|error|fatal|critical|panic|\[err|\n {0,40}E   |^E   "
)


def first_error(file: BinaryIO, *, limit: int = LIMIT_BYTES) -> tuple[int, int] | None:
    """(byte offset, number) of the first line of level "error" that begins before `limit`."""
    start, line_no = 0, 1
    while start < limit:
        file.seek(start)
        block = file.read(BLOCK_BYTES)
        if not block:
            return None
        if len(block) == BLOCK_BYTES:  # lines are judged whole, unless one is longer than a block
            block = block[: block.rfind(b"\n") + 1] or block
        at = _error_in(block)
        if at is not None:
            return start + at, line_no + block.count(b"\n", 0, at)
        line_no += block.count(b"\n")
        start += len(block)
    return None


def _error_in(block: bytes) -> int | None:
    at = 0
    while (found := _WORD.search(block, at)) is not None:
        here = found.start() + (block[found.start()] == 0x0A)
        begin = block.rfind(b"\n", 0, here) + 1
        end = block.find(b"\n", here)
        end = len(block) if end < 0 else end
        line = block[begin : min(end, begin + LINE_BYTES)].decode("utf-8", "replace")
        if level_of(line.rstrip("\r").rpartition("\r")[2]) == "error":
            return begin
        at = end + 1
    return None
