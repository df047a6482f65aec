"""A real Chromium whose page writes down, by its own clock, when a row is in its DOM."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.stage import Stage
from tests.services import chromium

ROWS = "#rows [data-row]"
# A mutation observer's callback runs as soon as the change to the document is complete.
OBSERVE = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = window.benchSeen = {};
  const look = (node) => {
    if (node.nodeType !== 1) return;
    const rows = node.matches('[data-row]') ? [node] : node.querySelectorAll('[data-row]');
    for (const row of rows) {
      const words = row.querySelector('a.t')?.textContent.trim();
      if (words && !(words in seen)) seen[words] = now();
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(look);
  }).observe(document.documentElement, {childList: true, subtree: true});
}"""
NOW = "() => performance.timeOrigin + performance.now()"
CLOCKS_AGREE_MS = 3.0


@contextmanager
def chromium_running() -> Iterator[Browser]:
    binary = chromium.binary()
    assert binary, "Chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=binary, headless=True, args=chromium.flags()
        )
        try:
            yield browser
        finally:
            browser.close()


def open_queue(browser: Browser, stage: Stage) -> Page:
    """A signed-in page that shows the queue, its socket open."""
    page = browser.new_context(
        base_url=stage.url, viewport={"width": 1440, "height": 900}
    ).new_page()
    sign_in(page, stage.login)
    page.wait_for_selector("#status[data-live=on]")
    return page


def sign_in(page: Page, login: dict[str, str]) -> None:
    """From the front page to the first row of the queue."""
    page.goto("/")
    page.fill("[name=username]", login["email"])
    page.fill("[name=password]", login["password"])
    page.click("form.form button")
    page.wait_for_selector(ROWS)


def observe(page: Page) -> float:
    """Start writing down when rows appear; returns by how many ms the page's clock is ahead.

    AssertionError when it is more than ``CLOCKS_AGREE_MS``: then nothing could be compared.
    """
    page.evaluate(OBSERVE)
    ahead = clock_ahead(page)
    assert abs(ahead) <= CLOCKS_AGREE_MS, f"the page's clock is {ahead:+.1f} ms off"
    return ahead


def clock_ahead(page: Page) -> float:
    """Milliseconds; the best of 15 looks, each right to half of its round trip."""
    found = []
    for _try in range(15):
        before = time.time()
        there = page.evaluate(NOW)
        after = time.time()
        found.append((after - before, there - 500 * (before + after)))
    return float(min(found)[1])


def seen(page: Page, titles: list[str], *, within: float) -> dict[str, float]:
    """Epoch seconds by title, once all are there. AssertionError names how many are not."""
    deadline = time.monotonic() + within
    while True:
        found: dict[str, float] = page.evaluate("() => window.benchSeen")
        missing = [title for title in titles if title not in found]
        if not missing:
            return {title: found[title] / 1000 for title in titles}
        left = f"{len(missing)} of {len(titles)} rows not in the browser after {within:.0f} s"
        assert time.monotonic() < deadline, left
        page.wait_for_timeout(250)
