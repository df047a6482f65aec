"""Regular expressions that agents send in an ``args_schema``: checked, and matched in bounded time.

The standard library's ``re`` cannot be stopped and holds every other thread up; ``regex`` can.
"""

import importlib
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

SECONDS = 0.1
LONGEST = 500
MOST_REPEATS = 1000  # the product of a pattern's counts: {1000} is unrolled when it is compiled

_COUNT = re.compile(r"\{(\d*)(?:,(\d*))?\}")


def fault(pattern: str) -> str | None:
    """Why a pattern is not used, None where it is."""
    repeats = 1
    for low, high in _COUNT.findall(pattern):
        repeats *= max(int((high or low or "1")[:9]), 1)
    if len(pattern) > LONGEST or repeats > MOST_REPEATS:
        return "is a pattern too costly to check; make it shorter or count less"
    return None if _search(pattern) else "is not a regular expression"


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern without ``fault`` occurs in the text. Raises ``TimeoutError``."""
    search = _search(pattern)
    return search is None or bool(search(text, timeout=SECONDS))


@lru_cache(maxsize=256)
def _search(pattern: str) -> Callable[..., object] | None:
    """The compiled search; ``$`` is the end of the text as in ECMA 262, not before a newline."""
    library = _library()
    try:
        found: Callable[..., object] = library.compile(
            re.sub(r"(?<!\\)\$", r"\\Z", pattern), library.VERSION0
        ).search
    except (library.error, ValueError, OverflowError, RecursionError):
        return None
    return found


@cache
def _library() -> Any:
    """Imported at the first pattern: an idle desk does not pay for it."""
    return importlib.import_module("regex")
