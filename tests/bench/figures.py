"""What was measured: runs of repeats, the bars they are held to, and how both are told."""

import math
import os
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Runs = list[list[float]]


@dataclass(frozen=True)
class Bar:
    """A percentile ``of`` ("p50", "p95", …, "min", "max"): at most ``most``, at least ``least``."""

    of: str
    most: float | None = None
    least: float | None = None

    def is_met(self, value: float) -> bool:
        if self.least is not None and value < self.least:
            return False
        return self.most is None or value <= self.most


@dataclass
class Figure:
    """One line of the table. A value is the median, over the runs, of each run's percentile."""

    name: str
    unit: str
    runs: Runs
    bars: tuple[Bar, ...] = ()
    note: str = ""
    load: tuple[float, float] = (0.0, 0.0)  # average of the last minute, before and after
    error: str = ""
    shown: tuple[str, ...] = ("p50", "p95")

    def value(self, of: str) -> float:
        return statistics.median(percentile(run, of) for run in self.runs if run)

    @property
    def is_met(self) -> bool:
        if self.error:
            return False
        return all(bar.is_met(self.value(bar.of)) for bar in self.bars)

    def as_json(self) -> dict[str, Any]:
        wanted = [*self.shown, *(bar.of for bar in self.bars)] if not self.error else []
        return {
            "name": self.name,
            "unit": self.unit,
            "values": {of: round(self.value(of), 4) for of in dict.fromkeys(wanted)},
            "bars": [{"of": b.of, "most": b.most, "least": b.least} for b in self.bars],
            "met": self.is_met,
            "note": self.note,
            "error": self.error,
            "load": self.load,
            "runs": [[round(repeat, 4) for repeat in run] for run in self.runs],
        }


def percentile(repeats: Sequence[float], of: str) -> float:
    """Nearest rank: a value that was measured, never one between two."""
    ordered = sorted(repeats)
    if of in ("min", "max"):
        return ordered[0 if of == "min" else -1]
    rank = math.ceil(int(of.removeprefix("p")) / 100 * len(ordered))
    return ordered[max(1, rank) - 1]


def split(repeats: Iterable[float], into: int) -> Runs:
    """Consecutive repeats as runs of equal length; what is left over goes to the last."""
    found = list(repeats)
    size = max(1, len(found) // into)
    cuts = [found[start : start + size] for start in range(0, size * into, size)]
    cuts[-1].extend(found[size * into :])
    return [cut for cut in cuts if cut]


@dataclass
class Report:
    """Every figure of one invocation, and the machine's load around each."""

    figures: list[Figure] = field(default_factory=list)

    @contextmanager
    def measuring(self, what: str) -> Iterator[list[Figure]]:
        """Collects the figures of one measurement; one that breaks off is a figure too."""
        found: list[Figure] = []
        before, begun = os.getloadavg()[0], time.monotonic()
        print(f"… {what}", flush=True)
        try:
            yield found
        except Exception as error:
            found.append(Figure(what, "", [], error=f"{type(error).__name__}: {error}"))
        for figure in found:
            figure.load = (round(before, 1), round(os.getloadavg()[0], 1))
            print(f"  {line(figure)}", flush=True)
        print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)
        self.figures += found

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if not figure.is_met]


def line(figure: Figure) -> str:
    if figure.error:
        return f"BROKE   {figure.name}: {figure.error}"
    verdict = ("ok" if figure.is_met else "MISSED") if figure.bars else "-"
    return f"{verdict:7} {figure.name:58} {values(figure):34} {bars(figure)}".rstrip()


def values(figure: Figure) -> str:
    wanted = dict.fromkeys([*figure.shown, *(bar.of for bar in figure.bars)])
    found = ", ".join(f"{of} {figure.value(of):.4g}" for of in wanted)
    return f"{found} {figure.unit}".rstrip()


def bars(figure: Figure) -> str:
    told = []
    for bar in figure.bars:
        least = f"≥ {bar.least:g}" if bar.least is not None else ""
        most = f"≤ {bar.most:g}" if bar.most is not None else ""
        told.append(" ".join(filter(None, (bar.of, least, most))))
    return ", ".join(told)


def markdown(figures: Sequence[Figure]) -> str:
    """The table of docs/performance.md."""
    rows = ["| what | measured | bar | repeats | load |", "|---|---|---|---|---|"]
    for figure in figures:
        told = figure.error or values(figure)
        verdict = "" if not figure.bars else (" ✓" if figure.is_met else " **missed**")
        count = " + ".join(str(len(run)) for run in figure.runs)
        name = f"{figure.name} ({figure.note})" if figure.note else figure.name
        load = f"{figure.load[0]}–{figure.load[1]}"
        rows.append(f"| {name} | {told} | {bars(figure)}{verdict} | {count} | {load} |")
    return "\n".join(rows)
