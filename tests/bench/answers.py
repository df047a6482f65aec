"""From the verdict's release back to the agent: long-poll, decision file, webhook; and the undo
window as an agent sees it, from the reviewer's key on."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench import screen, stage
from tests.bench.figures import Bar, Figure, split
from tests.bench.receiver import Receiver
from tests.bench.stage import Stage

SPACING = 0.6  # seconds between two verdicts: each is released alone
LOOK = 0.005  # how often the decision file is looked for
LATE = 30.0
KEY_AT = """() => addEventListener('keydown', (event) => {
  if (event.key === 'a') sessionStorage.benchKey = performance.timeOrigin + performance.now();
}, {capture: true})"""


def after_release(desk: Stage, *, runs: int, repeats: int) -> list[Figure]:
    """Half of the handoffs come by POST with a callback, half as files; all are waited for."""
    count = runs * repeats
    client, receiver = desk.client(), Receiver()
    pool = ThreadPoolExecutor(count + 1)
    try:
        posted = [
            client.submit_document(
                desk.document(stage.title("answer"), callback={"url": receiver.url})
            )
            for _ in range(count)
        ]
        dropped = _drop(desk, count)
        waited = {each.id: pool.submit(_poll, desk, each.id) for each in posted}
        written = pool.submit(_look, dropped)
        urls = [each.web_url for pair in zip(posted, dropped, strict=True) for each in pair]
        _decide(desk, urls)
        polls = {key: future.result() for key, future in waited.items()}
        files = written.result()
        hooks = _all(receiver, list(polls))
    finally:
        receiver.close()
        pool.shutdown(wait=False, cancel_futures=True)
    released = desk.released_at([*polls, *files])

    def figure(what: str, moments: dict[str, float], *bars: Bar) -> Figure:
        took = [moments[key] - released[key] for key in moments]
        return Figure(f"verdict released → {what}", "s", split(took, runs), bars)

    return [
        figure("waiting long-poll returns", polls, Bar("p50", most=0.05)),
        figure("decision file", files, Bar("p95", most=0.3)),
        figure("webhook", hooks, Bar("p95", most=1)),
    ]


def undo_window(browser: Browser, desk: Stage, *, runs: int, repeats: int) -> Figure:
    """The key is pressed on the handoff's own page; the next handoff opens by itself."""
    client = desk.client()
    page = screen.open_queue(browser, desk)
    ahead = screen.clock_ahead(page) / 1000
    pressed: list[float] = []
    answers: list[Future[float]] = []
    with ThreadPoolExecutor(runs * repeats) as pool:
        for _ in range(runs * repeats):
            handed = client.submit_document(desk.document(stage.title("undo")))
            answers.append(pool.submit(_poll, desk, handed.id))
            pressed.append(_press(page, handed.web_url) - ahead)
        took = [answer.result() - at for answer, at in zip(answers, pressed, strict=True)]
    page.context.close()
    bars = (Bar("min", least=8.0), Bar("p95", most=8.5))
    return Figure("undo window 8 s: key press → agent has it", "s", split(took, runs), bars)


def _press(page: Page, web_url: str) -> float:
    """Approve with the key ``a``; the epoch second at which the page got the key."""
    page.goto(web_url)
    page.wait_for_selector("#decide [data-key=a]")
    page.wait_for_load_state("load")  # modules are deferred: the keys work from now on
    page.evaluate(KEY_AT)
    page.keyboard.press("a")
    page.wait_for_selector("[data-undo]")
    return float(page.evaluate("() => Number(sessionStorage.benchKey)")) / 1000


def _poll(desk: Stage, public_id: str) -> float:
    desk.client().wait(public_id, 3 * LATE)
    return time.time()


def _drop(desk: Stage, count: int) -> list[Any]:
    folder = desk.folder / "bench-answers"
    folder.mkdir(exist_ok=True)
    drop = stage.client_module().drop
    return [
        drop(folder, desk.document(stage.title("file")), stem=f"answer{index}")
        for index in range(count)
    ]


def _look(receipts: list[Any]) -> dict[str, float]:
    """When each decision file was first seen, by handoff."""
    paths = {each.id: each.folder / f"{each.stem}.decision.json" for each in receipts}
    found: dict[str, float] = {}

    def all_there() -> bool:
        for key in [key for key, path in paths.items() if path.exists()]:
            found[key] = time.time()
            del paths[key]
        return not paths

    _until(all_there, "decision files are missing", within=2 * LATE + SPACING * 2 * len(receipts))
    return found


def _all(receiver: Receiver, ids: Iterable[str]) -> dict[str, float]:
    wanted = list(ids)
    _until(lambda: all(key in receiver.moments for key in wanted), "webhooks are missing")
    return {key: receiver.moments[key] for key in wanted}


def _until(is_so: Callable[[], bool], else_say: str, *, within: float = LATE) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < deadline, else_say
        time.sleep(LOOK)


def _decide(desk: Stage, web_urls: list[str]) -> None:
    visitor = desk.visitor()
    begun = time.monotonic()
    for index, url in enumerate(web_urls):
        visitor.decide(url)
        time.sleep(max(0.0, begun + (index + 1) * SPACING - time.monotonic()))
    visitor.close()
