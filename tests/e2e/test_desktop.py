"""Desktop notifications: asked for by a button, of what concerns one, by one of several pages."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, open_as
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]
SECRET = "rm -rf the-argument"
CRITICAL: dict[str, Any] = {
    "summary": "Prose of the agent.",
    "trigger": "critical_action",
    "actions": [{"id": "wipe", "name": "wipe", "args": {"what": SECRET}, "risk": "critical"}],
}
# In place of the system's notifications, which a headless browser does not show.
STUB = """if (location.protocol === 'http:') (() => {
  window.shown = []
  window.asked = 0
  let permission = localStorage.permission || 'default'
  window.Notification = class {
    constructor(title, options) {
      Object.assign(this, { title, ...options })
      window.shown.push(this)
    }
    close() { this.closed = true }
    static get permission() { return permission }
    static async requestPermission() {
      window.asked += 1
      permission = localStorage.permission = 'granted'
      return permission
    }
  }
})()"""
AWAY = """() => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "desktop", reviewers=["rae@desktop.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


def another(context: BrowserContext, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(path)
    browsing.wait_until_live(page)
    return page


def shown(page: Page) -> list[str]:
    return [str(each) for each in page.evaluate("shown.map((n) => `${n.title} | ${n.body}`)")]


def turned_on(screens: Screens, rae: Person) -> Page:
    """The page of the bell, where they have just been turned on."""
    page = open_as(screens, rae, "/notifications/")
    page.context.add_init_script(STUB)
    page.goto("/notifications/")
    browsing.wait_until_live(page)
    assert page.evaluate("window.asked") == 0
    button(page, "Turn on for this browser").click()
    expect(button(page, "Turn off for this browser")).to_be_visible()
    return page


def test_nothing_is_asked_or_shown_before_the_button(
    site: Site, rae: Person, screens: Screens
) -> None:
    page = open_as(screens, rae, "/notifications/")
    page.context.add_init_script(STUB)
    page.goto("/")
    browsing.wait_until_live(page)
    page.evaluate(AWAY)
    site.hand_off("Nobody asked for this", **CRITICAL)
    expect(browsing.row(page, "Nobody asked for this")).to_be_visible()
    assert page.evaluate("[window.asked, window.shown.length]") == [0, 0]


def test_what_is_critical_is_shown_once_without_a_word_of_the_agent(
    site: Site, rae: Person, screens: Screens
) -> None:
    bell = turned_on(screens, rae)
    queue = another(bell.context)
    for page in (bell, queue):
        page.evaluate(AWAY)
    site.hand_off("A plain one")
    taken = site.hand_off("Wipe the disk?", **CRITICAL)
    expect(browsing.row(queue, "Wipe the disk?")).to_be_visible()
    number = taken["page"].split("/")[2]
    bell.wait_for_function("() => window.shown.length === 1")  # one page speaks: the first
    queue.wait_for_timeout(500)  # the other has heard of it too by now
    said = shown(bell) + shown(queue)
    assert said == [f"{number} waits | {site.slug} · Critical action"]


def test_nothing_is_shown_while_any_page_is_in_front(
    site: Site, rae: Person, screens: Screens
) -> None:
    bell = turned_on(screens, rae)
    queue = another(bell.context)
    bell.evaluate(AWAY)
    site.hand_off("Seen anyway", **CRITICAL)
    expect(browsing.row(queue, "Seen anyway")).to_be_visible()
    assert shown(bell) + shown(queue) == []


def test_a_click_opens_the_handoff_and_the_choice_is_remembered(
    site: Site, rae: Person, screens: Screens
) -> None:
    page = turned_on(screens, rae)
    page.goto("/")
    browsing.wait_until_live(page)
    page.evaluate(AWAY)
    site.hand_off("Opened by a click", **CRITICAL)
    expect(browsing.row(page, "Opened by a click")).to_be_visible()
    page.wait_for_function("() => window.shown.length === 1")
    page.evaluate("window.shown[0].onclick()")
    expect(heading(page, "Opened by a click")).to_be_visible()
    assert page.evaluate("window.shown[0].closed")
    page.goto("/notifications/")
    button(page, "Turn off for this browser").click()
    expect(button(page, "Turn on for this browser")).to_be_visible()
