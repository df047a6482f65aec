"""The pace of the screens, with ten thousand handoffs waiting and fifty files in a package: from
the key to the painted page, and what a day of live updates leaves behind."""

import json
import statistics
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, Response, WebSocketRoute

from tests.bench import crowd
from tests.bench.figures import percentile
from tests.e2e import browsing
from tests.e2e.browsing import open_as
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.fixtures import NewDesk
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


def is_ahead(answer: Response) -> bool:
    return answer.request.headers.get("x-purpose") == "prefetch"


def told(name: str, took: list[float]) -> float:
    median = statistics.median(took)
    print(f"{name}: median {median:.0f} ms, p95 {percentile(took, 'p95'):.0f} ms of {len(took)}")
    return median


def test_the_next_handoff_is_painted_within_200_milliseconds_of_the_key(
    site: Site, numbers: list[str], screens: Screens
) -> None:
    page = open_as(screens, site.person(), "/notifications/")
    with page.expect_response(is_ahead):
        page.goto(f"/h/{numbers[-1]}/")
    browsing.wait_until_live(page)
    page.evaluate(TIME)
    for _ in range(MOVES):
        with page.expect_response(is_ahead) as ahead:  # the reader reads meanwhile
            move(page, "]", 1)
        ahead.value.finished()
    took = page.evaluate("window.moves")
    assert told("key to next handoff", took) <= PAINTED


# Eight hours at two a second. Told to the page's own handler are rows that arrive, change and end.
DAY = 57_600
BY_SOCKET = 2_000
ROWS = 50
CONNECTIONS = 100
FEED = """async ({ from, count }) => {
  // The page's own module, not a second one beside it.
  const loaded = performance.getEntriesByType('resource').map((each) => each.name)
  const { apply } = await import(loaded.find((name) => /\\/js\\/rows[.\\w]*\\.js$/.test(name)))
  const model = window.model ||= document.querySelector('#rows li').outerHTML
  const gone = model.replace('class="row', 'class="row gone')
  const rows = []
  for (let n = from; n < from + count; n += 1) {
    // Each handoff is told of three times: it comes, it changes, it is decided.
    const id = 20_000_000 + Math.floor(n / 3)
    const state = ['open', 'open', 'gone'][n % 3]
    const html = (state === 'gone' ? gone : model).replace(/id="ho-\\d+"/, `id="ho-${id}"`)
      .replace(/HO-\\d+/g, `HO-${id}`).replace('</a>', ` ${n % 3}</a>`)
    rows.push({ id, handoff: `HO-${id}`, state, html })
    if (rows.length < 120) continue // a minute of them a message: 480 messages are the day
    apply({ rows: rows.splice(0), counts: { open: n % 50 } })
    if (n % 480 === 479) await new Promise((resolve) => setTimeout(resolve))
  }
}"""


def footprint(page: Page, cdp: CDPSession) -> dict[str, float]:
    """What the page holds once everything that may go is gone."""
    page.wait_for_timeout(1_000)
    for _ in range(2):
        cdp.send("HeapProfiler.collectGarbage")
    found = cdp.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in found}


def descriptors(desk: Installation) -> int:
    return len(list(Path(f"/proc/{desk.programs['desk'].pid}/fd").iterdir()))


def test_a_day_of_live_updates_leaves_neither_nodes_nor_sockets_behind(
    new_desk: NewDesk, screens: Screens
) -> None:
    desk = new_desk()
    site = found(desk, "day", reviewers=["rae@day.test"], undo_seconds=0)
    for number in range(ROWS):
        site.hand_off(f"Stirred {number}")
    lines: list[WebSocketRoute] = []
    page = open_as(screens, site.person(), "/notifications/")

    def route(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/ws/live/", route)
    page.goto("/")
    browsing.wait_until_live(page)
    page.mouse.move(1400, 5)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")

    def reconnect(times: int) -> None:
        for _ in range(times):
            known = len(lines)
            lines[-1].close()
            page.wait_for_function(
                "() => document.getElementById('status').dataset.live === 'on'", timeout=20_000
            )
            while len(lines) == known:
                page.wait_for_timeout(20)

    # The list is as full as it gets, and what comes once (code, caches) has come.
    page.evaluate(FEED, {"from": 0, "count": 20_000})
    reconnect(5)
    before, files = footprint(page, cdp), descriptors(desk)

    page.evaluate(FEED, {"from": 20_000, "count": DAY})
    assert page.evaluate("document.querySelectorAll('#rows li').length") <= 350
    reconnect(1)  # a page that was fed without a pause may have taken its line for dead
    page.evaluate(
        "window.heard = 0;"
        "document.addEventListener('desk:changed', ({ detail }) => { heard += detail.length })"
    )
    rounds = BY_SOCKET // ROWS * 3 // 2  # two that come at once are told as one
    code = f"from tests.bench import crowd; crowd.stir({site.workspace}, {rounds})"
    desk.manage("shell", "--no-imports", "-c", code)
    page.wait_for_function("most => heard >= most", arg=BY_SOCKET)
    reconnect(CONNECTIONS)
    page.wait_for_timeout(1_000)

    after = footprint(page, cdp)
    for name, unit in (("Nodes", 1), ("JSEventListeners", 1), ("JSHeapUsedSize", 1e6)):
        print(f"{name}: {before[name] / unit:.1f} → {after[name] / unit:.1f}")
    print(f"open files of the desk: {files} → {descriptors(desk)}")
    assert after["Nodes"] <= before["Nodes"] * 1.05
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] * 1.2
    assert descriptors(desk) <= files + 5
