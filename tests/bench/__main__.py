"""``script/bench``: measures every bar, prints the table, writes build/bench.json.

Ends with 1 when a bar was missed or a measurement broke off.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.bench import answers, arrivals, install, memory, rules, serving, stage
from tests.bench.figures import Figure, Report, line, markdown
from tests.bench.screen import chromium_running
from tests.bench.stage import Stage
from tests.services.desk import ROOT
from tests.services.programs import end_by_exception

DOCS = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- script/bench --docs writes from here -->", "<!-- to here -->"
Measured = Figure | list[Figure]
Measure = Callable[[Browser, Stage], Measured]


@dataclass(frozen=True)
class Size:
    """How much is measured: ``runs`` of so many repeats each."""

    runs: int = 3
    rows: int = 20
    in_place: int = 8
    answers: int = 8
    undo: int = 5
    posts: int = 200
    together: int = 40  # a client
    handoffs: int = 1000
    pages: int = 10
    idle: float = 60.0  # seconds
    unwatched: int = 5
    starts: int = 3
    simulated: int = 10_000  # handoffs
    routed: int = 100


SMALL = Size(1, 2, 1, 1, 1, 3, 2, 20, 2, 0.5, 1, 1, 100, 6)


def parts(size: Size) -> dict[str, Measure]:
    """In this order on one desk: the idle figure first, what fills the queue last."""
    n = size.runs
    return {
        "idle": lambda b, d: memory.idle(b, d, seconds=size.idle, readings=3),
        "rename": lambda b, d: arrivals.by_rename(b, d, runs=n, repeats=size.rows),
        "in-place": lambda b, d: arrivals.in_place(b, d, runs=n, repeats=size.in_place),
        "post": lambda b, d: arrivals.by_post(b, d, runs=n, repeats=size.rows),
        "release": lambda b, d: answers.after_release(d, runs=n, repeats=size.answers),
        "undo": lambda b, d: answers.undo_window(b, d, runs=n, repeats=size.undo),
        "alone": lambda b, d: serving.posts_alone(d, runs=n, repeats=size.posts),
        "together": lambda b, d: serving.posts_together(d, runs=n, repeats=size.together),
        "rules": lambda b, d: rules.routing(handoffs=size.simulated, routed=size.routed, runs=n),
        "full": lambda b, d: serving.full_queue(
            d, handoffs=size.handoffs, runs=n, repeats=size.pages
        ),
    }


def unwatched(size: Size) -> dict[str, Measure]:
    """On a desk of its own, without a watcher."""
    return {"unwatched": lambda b, d: arrivals.unwatched(b, d, files=size.unwatched)}


ALL = [*parts(SMALL), "unwatched", "install"]


def measure(size: Size, wanted: list[str]) -> Report:
    """Every wanted part; the desks and Chromium run in processes of their own."""
    report = Report()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handoff-bench-")))
        browser = stack.enter_context(chromium_running())
        chosen = {name: part for name, part in parts(size).items() if name in wanted}
        if chosen:
            _on_a_desk(report, folder / "desk", browser, chosen)
        if "unwatched" in wanted:
            _on_a_desk(report, folder / "unwatched", browser, unwatched(size), HANDOFF_WATCH="0")
        if "install" in wanted:
            with report.measuring("install") as found:
                found += install.fresh_clone(browser, folder, starts=size.starts)
    return report


def _on_a_desk(
    report: Report, folder: Path, browser: Browser, chosen: dict[str, Measure], **env: str
) -> None:
    folder.mkdir()
    with stage.running(folder, **env) as desk:
        for name, part in chosen.items():
            with report.measuring(name) as found:
                desk.check_runs()
                figures = part(browser, desk)
                found += figures if isinstance(figures, list) else [figures]


def machine() -> dict[str, Any]:
    models = [
        each.partition(":")[2].strip()
        for each in Path("/proc/cpuinfo").read_text().splitlines()
        if each.startswith("model name")
    ]
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory_kib / 1024**2, 1),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
    }


def told_machine(facts: dict[str, Any]) -> str:
    return (
        f"Commit {facts['commit']}, {facts['at']}; {facts['cores']} cores ({facts['cpu']}), "
        f"{facts['memory_gib']} GiB, {facts['system']}, Python {facts['python']}."
    )


def with_table(page: str, told: str) -> str:
    """``page`` with what stands between the two marks replaced."""
    head, begin, rest = page.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    assert begin and end, "docs/performance.md has lost its marks"
    return f"{head}{BEGIN}\n{told}\n{END}{tail}"


def commit() -> str:
    """HEAD, with a + when the working tree differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--install", action="store_true", help="also a fresh clone (2 minutes)")
    parser.add_argument("--only", nargs="+", choices=ALL, metavar="PART", help=" ".join(ALL))
    parser.add_argument("--small", action="store_true", help="a try of the script: few repeats")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--docs", action="store_true", help="put the table into the docs")
    options = parser.parse_args()
    wanted = options.only or [name for name in ALL if name != "install" or options.install]
    signal.signal(signal.SIGTERM, end_by_exception)
    at = datetime.now(UTC)
    facts = {"commit": commit(), "at": at.isoformat(timespec="seconds"), **machine()}
    facts["load_before"] = [round(each, 1) for each in os.getloadavg()]
    report = measure(SMALL if options.small else Size(), wanted)
    facts["load_after"] = [round(each, 1) for each in os.getloadavg()]
    facts["seconds"] = round((datetime.now(UTC) - at).total_seconds())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    found = {**facts, "figures": [figure.as_json() for figure in report.figures]}
    options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"\n{facts}\n")
    print("\n".join(line(figure) for figure in report.figures))
    if options.docs:
        told = f"{told_machine(facts)}\n\n{markdown(report.figures)}"
        DOCS.write_text(with_table(DOCS.read_text("utf-8"), told), "utf-8")
    print(f"\n{len(report.missed)} missed; every repeat is in {options.json}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
