"""Which items of two sequences match: a diff's core, with a budget of steps instead of a clock.

Patience first (anchors are items found exactly once on both sides; Bram Cohen's method, as in
Bazaar), then Myers' greedy O(ND) walk for what is left ("An O(ND) Difference Algorithm and Its
Variations", 1986). Counting steps keeps the answer the same on every machine; when the budget
ends, what is left counts as replaced, which is right, only less pretty.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

# Edits looked for within one box: more of them read better as a replacement anyway.
LIMIT_EDITS = 300

# Two ranges, a[0:1] and b[2:3].
Box = tuple[int, int, int, int]


class Budget:
    """Steps left for a comparison; `is_spent` once something was left unexamined."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.is_spent = False

    def take(self, steps: int) -> bool:
        """Whether that many steps were left; if not, this says no from now on."""
        if steps > self.steps:
            self.is_spent = True
            return False
        self.steps -= steps
        return True


def matches(
    before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget
) -> list[tuple[int, int, int]]:
    """(start in before, start in after, length) of equal runs, ascending and not touching."""
    ids: dict[Hashable, int] = {}
    a = [ids.setdefault(item, len(ids)) for item in before]
    b = [ids.setdefault(item, len(ids)) for item in after]
    pairs: list[tuple[int, int, int]] = []
    boxes: list[Box] = [(0, len(a), 0, len(b))]
    while boxes:
        box = boxes.pop()
        inner, runs = _trim(a, b, box)
        pairs.extend(runs)
        if set(a[inner[0] : inner[1]]).isdisjoint(b[inner[2] : inner[3]]):
            continue
        if not budget.take(inner[1] - inner[0] + inner[3] - inner[2]):
            continue
        anchors = _patience(a, b, inner)
        if anchors:
            boxes.extend(_between(inner, anchors))
            pairs.extend((i, j, 1) for i, j in anchors)
        else:
            pairs.extend(shortest_edit(a, b, inner, budget))
    return _joined(sorted(pairs))


def _trim(a: list[int], b: list[int], box: Box) -> tuple[Box, list[tuple[int, int, int]]]:
    """The box without its common start and end, and these as runs."""
    a0, a1, b0, b1 = box
    most = min(a1 - a0, b1 - b0)
    head = 0
    while head < most and a[a0 + head] == b[b0 + head]:
        head += 1
    tail = 0
    while tail < most - head and a[a1 - 1 - tail] == b[b1 - 1 - tail]:
        tail += 1
    runs = [(a0, b0, head), (a1 - tail, b1 - tail, tail)]
    return (a0 + head, a1 - tail, b0 + head, b1 - tail), [run for run in runs if run[2]]


def _patience(a: list[int], b: list[int], box: Box) -> list[tuple[int, int]]:
    """The longest rising chain of items that occur once on either side of the box."""
    a0, a1, b0, b1 = box
    in_a = Counter(a[a0:a1])
    in_b = Counter(b[b0:b1])
    where = {b[j]: j for j in range(b0, b1) if in_b[b[j]] == 1 and in_a[b[j]] == 1}
    chain = [(i, where[a[i]]) for i in range(a0, a1) if a[i] in where]
    tops: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for index, (_i, j) in enumerate(chain):
        pile = bisect_left(tops, j)
        previous.append(last[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(j)
            last.append(index)
        else:
            tops[pile] = j
            last[pile] = index
    rising: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        rising.append(chain[index])
        index = previous[index]
    return rising[::-1]


def _between(box: Box, anchors: list[tuple[int, int]]) -> list[Box]:
    a0, a1, b0, b1 = box
    boxes: list[Box] = []
    for i, j in anchors:
        boxes.append((a0, i, b0, j))
        a0, b0 = i + 1, j + 1
    boxes.append((a0, a1, b0, b1))
    return [found for found in boxes if found[0] < found[1] and found[2] < found[3]]


def shortest_edit(
    a: list[int], b: list[int], box: Box, budget: Budget
) -> list[tuple[int, int, int]]:
    """The equal runs of a shortest edit of the box, by furthest-reaching paths for 0, 1, 2… edits;
    nothing if that takes more than `LIMIT_EDITS` or the budget."""
    a0, a1, b0, b1 = box
    n, m = a1 - a0, b1 - b0
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(n + m, LIMIT_EDITS) + 1):
        walked = 2 * edits + 2  # the paths of this round, and their copy for the way back
        trail.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            start = x
            while x < n and y < m and a[a0 + x] == b[b0 + y]:
                x += 1
                y += 1
            furthest[k] = x
            walked += x - start
            if x >= n and y >= m:
                return [(a0 + i, b0 + j, size) for i, j, size in _walk_back(trail, n, m)]
        if not budget.take(walked):
            return []
    budget.is_spent = True
    return []


def _walk_back(trail: list[dict[int, int]], n: int, m: int) -> list[tuple[int, int, int]]:
    runs: list[tuple[int, int, int]] = []
    x, y = n, m
    for edits in range(len(trail) - 1, -1, -1):
        furthest = trail[edits]
        k = x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        from_k = k + 1 if down else k - 1
        from_x = furthest[from_k] if edits else 0
        from_y = from_x - from_k if edits else 0
        at_x = from_x + (0 if down else 1) if edits else 0
        if x > at_x:
            runs.append((at_x, y - (x - at_x), x - at_x))
        x, y = from_x, from_y
    return runs


def _joined(runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    joined: list[tuple[int, int, int]] = []
    for i, j, size in runs:
        if joined:
            last_i, last_j, last_size = joined[-1]
            if last_i + last_size == i and last_j + last_size == j:
                joined[-1] = (last_i, last_j, last_size + size)
                continue
        joined.append((i, j, size))
    return joined
