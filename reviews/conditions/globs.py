"""File globs, without regular expressions of anybody's making.

``*`` and ``?`` stay within one part of a path, ``**`` stands for any number of parts. A glob
without "/" is looked for at any depth (``*.sql``); one that ends in "/" means all below it.
"""

from functools import lru_cache


@lru_cache(maxsize=2000)
def parsed(glob: str) -> tuple[str, ...]:
    parts = [part for part in glob.split("/") if part not in ("", ".")]
    if glob.endswith("/"):
        parts.append("**")
    if "/" not in glob:
        parts.insert(0, "**")
    return tuple(part for n, part in enumerate(parts) if part != "**" or parts[n - 1 : n] != ["**"])


def matches(path: str, glob: str) -> bool:
    return _parts_match(path.split("/"), parsed(glob))


def _parts_match(path: list[str], glob: tuple[str, ...]) -> bool:
    """Whether the parts fit, in steps of at most one product of both lengths."""
    reached = {0}  # parts of ``path`` that the globs so far can have used up
    for wanted in glob:
        if wanted == "**":
            reached = set(range(min(reached), len(path) + 1))
        else:
            reached = {n + 1 for n in reached if n < len(path) and part_matches(path[n], wanted)}
        if not reached:
            return False
    return len(path) in reached


def part_matches(text: str, wanted: str) -> bool:
    """``*`` and ``?`` in one part; goes back to the last star only, so it is never exponential."""
    at = here = 0
    star, mark = -1, 0
    while at < len(text):
        if here < len(wanted) and wanted[here] == "*":
            star, mark = here, at
            here += 1
        elif here < len(wanted) and wanted[here] in ("?", text[at]):
            at, here = at + 1, here + 1
        elif star >= 0:
            mark += 1
            at, here = mark, star + 1
        else:
            return False
    return all(character == "*" for character in wanted[here:])
