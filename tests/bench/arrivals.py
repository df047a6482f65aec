"""From an agent's side into the open browser: by file and by POST, until the row is in the DOM."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from tests.bench import screen, sockets, stage
from tests.bench.figures import Bar, Figure, split
from tests.bench.stage import Stage

SOCKETS = 20
Hand = Callable[[str], float]  # hands off under a title; the epoch second before it did


def by_rename(browser: Browser, desk: Stage, *, runs: int, repeats: int) -> Figure:
    folder = _folder(desk)
    found, note = _measure(browser, desk, lambda title: _rename(desk, folder, title), runs, repeats)
    bars = (Bar("p50", most=0.15), Bar("p95", most=0.5))
    return Figure("file written by rename → row in the browser", "s", found, bars, note)


def in_place(browser: Browser, desk: Stage, *, runs: int, repeats: int) -> Figure:
    folder = _folder(desk)
    found, note = _measure(browser, desk, lambda title: _write(desk, folder, title), runs, repeats)
    return Figure(
        "file written in place → row in the browser", "s", found, (Bar("p95", most=2),), note
    )


def by_post(browser: Browser, desk: Stage, *, runs: int, repeats: int) -> list[Figure]:
    """Also what each of these POSTs took by itself, with nothing else under way."""
    client = desk.client()
    posts: list[float] = []

    def hand(title: str) -> float:
        at = time.time()
        client.submit_document(desk.document(title))
        posts.append(1000 * (time.time() - at))
        return at

    with sockets.opened(desk, SOCKETS - 1):  # the browser's own makes it 20
        found, note = _measure(browser, desk, hand, runs, repeats)
    bars = (Bar("p50", most=0.1), Bar("p95", most=0.3))
    name = f"POST → row in the browser, {SOCKETS} sockets open"
    return [
        Figure(name, "s", found, bars, note),
        Figure("POST, now and then", "ms", split(posts, runs), shown=("p50", "p99")),
    ]


def unwatched(browser: Browser, desk: Stage, *, files: int) -> Figure:
    """``desk`` runs with HANDOFF_WATCH=0; the files come at several moments of one rescan."""
    folder = _folder(desk)
    page = screen.open_queue(browser, desk)
    screen.observe(page)
    begun = {}
    for _ in range(files):
        title = stage.title("rescan")
        begun[title] = _rename(desk, folder, title)
        time.sleep(20 / files)
    found = screen.seen(page, list(begun), within=45)
    page.context.close()
    took = [found[title] - at for title, at in begun.items()]
    return Figure(
        "file written by rename, watcher off → row in the browser",
        "s",
        [took],
        (Bar("max", most=30),),
        shown=("p50", "max"),
    )


def _measure(
    browser: Browser, desk: Stage, hand: Hand, runs: int, repeats: int
) -> tuple[list[list[float]], str]:
    """Seconds from handing off to the row; pauses are drawn at random, so that no repeat is in
    step with a timer of the desk."""
    page = screen.open_queue(browser, desk)
    ahead = [screen.observe(page)]
    begun: dict[str, float] = {}
    for _ in range(runs * repeats):
        title = stage.title("row")
        begun[title] = hand(title)
        time.sleep(random.uniform(0.6, 1.0))
    found = screen.seen(page, list(begun), within=30)
    ahead.append(screen.clock_ahead(page))
    page.context.close()
    took = [found[title] - at - median(ahead) / 1000 for title, at in begun.items()]
    note = f"the page's clock was {min(ahead):+.1f} to {max(ahead):+.1f} ms off, taken out"
    return split(took, runs), note


def _folder(desk: Stage) -> Path:
    """A folder that the watcher knows already: it watches a new one within 250 ms."""
    folder = desk.folder / "bench"
    folder.mkdir(exist_ok=True)
    time.sleep(1)
    return folder


def _rename(desk: Stage, folder: Path, title: str) -> float:
    path = folder / f"{title.rpartition(' ')[2]}.handoff.json"
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(desk.document(title)), "utf-8")
    at = time.time()
    temporary.rename(path)
    return at


def _write(desk: Stage, folder: Path, title: str) -> float:
    path = folder / f"{title.rpartition(' ')[2]}.handoff.json"
    text = json.dumps(desk.document(title))
    at = time.time()
    path.write_text(text, "utf-8")
    return at
