"""The pace of the screens, with ten thousand handoffs waiting and fifty files in a package: from
the key to the painted page, and what a day of live updates leaves behind."""

import json
import re
import statistics
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.bench import crowd
from tests.bench.figures import percentile
from tests.e2e import browsing
from tests.e2e.browsing import heading, open_live
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Site, found

pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.alone,
    pytest.mark.timeout(400),
]
MOVES = 25
PAINTED = 200  # ms, from the key to the painted page
# Timed inside the page: from the key's own time stamp to the end of the frame that shows another
# handoff. A task posted in an animation frame runs once that frame was painted.
TIME = """() => {
  window.moves = []
  let pressed = 0
  const shown = () => document.querySelector('#main .topbar')?.dataset.handoff
  let before = shown()
  addEventListener('keydown', (event) => { pressed = event.timeStamp }, true)
  new MutationObserver(() => {
    if (!pressed || shown() === before || !shown()) return
    before = shown()
    const begun = pressed
    pressed = 0
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => window.moves.push(performance.now() - begun)
      channel.port2.postMessage(0)
    })
  }).observe(document.getElementById('main'), { childList: true, subtree: true })
}"""


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "crowded", reviewers=["rae@pace.test", "sam@pace.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def numbers(site: Site) -> list[str]:
    """Those first in a queue of ten thousand, each with fifty files."""
    ids = [site.hand_off()["id"], site.hand_off(**crowd.package())["id"]]
    code = (
        f"import json; from tests.bench import crowd; print(json.dumps(crowd.fill(*{ids}, 10_000)))"
    )
    printed = site.desk.manage("shell", "--no-imports", "-c", code)
    return [str(number) for number in json.loads(printed.strip().splitlines()[-1])]


def move(page: Page, key: str, count: int) -> None:
    done = page.evaluate("window.moves.length")
    page.keyboard.press(key)
    page.wait_for_function("n => window.moves.length === n", arg=done + count, timeout=20_000)


def told(name: str, took: list[float]) -> float:
    median = statistics.median(took)
    print(f"{name}: median {median:.0f} ms, p95 {percentile(took, 'p95'):.0f} ms of {len(took)}")
    return median


def test_the_next_handoff_is_painted_within_200_milliseconds_of_the_key(
    site: Site, numbers: list[str], screens: Screens
) -> None:
    page = open_live(screens, site.person(), f"/h/{numbers[-1]}/")
    page.evaluate(TIME)
    for _ in range(MOVES):
        page.wait_for_timeout(600)  # the reader reads; what follows is fetched meanwhile
        move(page, "]", 1)
    took = page.evaluate("window.moves")
    assert told("key to next handoff", took) <= PAINTED
