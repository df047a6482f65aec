"""The words that differ between two lines that are shown as a pair."""

import re

from reviews.rendering import lines

# Word marks are for the eye: past this size a whole line says it as well.
LIMIT_LINE = 1_000
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)

# (start, end) in characters, sorted, not overlapping.
Ranges = list[tuple[int, int]]


def changed(old: str, new: str, budget: lines.Budget) -> tuple[Ranges, Ranges]:
    """Character ranges that differ on either side; none where little is alike or it costs much."""
    if max(len(old), len(new)) > LIMIT_LINE or budget.steps < 1:
        return [], []
    a, b = _WORD.findall(old), _WORD.findall(new)
    runs = _ends(a, b) or lines.matches(a, b, budget)
    alike = sum(len(word) for i, _j, size in runs for word in a[i : i + size] if not word.isspace())
    if alike * 3 < max(len(old.strip()), len(new.strip())):
        return [], []
    return (
        _gaps(a, [(i, size) for i, _j, size in runs]),
        _gaps(b, [(j, size) for _i, j, size in runs]),
    )


def _ends(a: list[str], b: list[str]) -> list[tuple[int, int, int]]:
    """The runs of what begins and ends alike, where nothing between is alike: the usual case,
    without the cost of looking for more. Else nothing."""
    most = min(len(a), len(b))
    head = next((at for at in range(most) if a[at] != b[at]), most)
    rest = most - head
    tail = next((at for at in range(rest) if a[-1 - at] != b[-1 - at]), rest)
    if not set(a[head : len(a) - tail]).isdisjoint(b[head : len(b) - tail]):
        return []
    return [(0, 0, head), (len(a) - tail, len(b) - tail, tail)]


def _gaps(words: list[str], runs: list[tuple[int, int]]) -> Ranges:
    found: Ranges = []
    at = position = 0
    for start, size in [*runs, (len(words), 0)]:
        length = sum(map(len, words[at:start]))
        if length:
            found.append((position, position + length))
        position += length + sum(map(len, words[start : start + size]))
        at = start + size
    return found
