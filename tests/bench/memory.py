"""What the whole process tree takes when nobody does anything: /proc/…/smaps_rollup."""

import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench import screen
from tests.bench.figures import Bar, Figure
from tests.bench.stage import Stage

MIB = 1024


def idle(browser: Browser, desk: Stage, *, seconds: float, readings: int) -> list[Figure]:
    """After a browser's visit (queue and one handoff) and then ``seconds`` without anybody.

    Pages shared with other programs on the machine count by their share in PSS and in full in
    RSS, so with other Pythons running the truth lies between the two figures.
    """
    page = screen.open_queue(browser, desk)
    page.click(f"{screen.ROWS} a.t")
    page.wait_for_selector("#main [data-handoff]")
    page.context.close()
    time.sleep(seconds)
    taken = []
    for _ in range(readings):
        taken.append((tree(desk.pid, "Pss"), tree(desk.pid, "Rss")))
        time.sleep(1)
    pss, rss = [list(column) for column in zip(*taken, strict=True)]
    note = f"PSS after {seconds:.0f} s, processes: {len(processes(desk.pid))}"
    return [
        Figure(
            "everything under script/server, idle",
            "MiB",
            [pss],
            (Bar("p50", most=120),),
            note,
            shown=("p50", "max"),
        ),
        Figure("the same as RSS: shared pages in full", "MiB", [rss], shown=("p50", "max")),
    ]


def tree(pid: int, field: str) -> float:
    """MiB of a process and all below it."""
    return sum(_kib(each, field) for each in processes(pid)) / MIB


def processes(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += processes(int(child))
    return found


def _kib(pid: int, field: str) -> int:
    for each in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if each.startswith(f"{field}:"):
            return int(each.split()[1])
    raise AssertionError(f"/proc/{pid}/smaps_rollup has no {field}")
