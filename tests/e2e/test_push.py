"""Browser pushes in a real browser: the button subscribes, and what is pushed is shown.

The browser's maker's push service is out of reach here, so the subscription it would hand out is
put in its place; the desk's key, its answer, the worker and the notification are real.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import button, open_as
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]
POINT = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
KEYS = f"{{ p256dh: '{POINT}', auth: 'BTBZMqHH6r4Tts7J_aSIgg' }}"
SERVICE = """(() => {
  let current = null
  PushManager.prototype.getSubscription = async () => current
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    sessionStorage.asked = JSON.stringify([userVisibleOnly, applicationServerKey.length])
    const unsubscribe = async () => { current = null; return true }
    const toJSON = () => ({ endpoint: 'https://203.0.114.7/push/abc', keys: KEYS })
    current = { unsubscribe, toJSON }
    return current
  }
})()""".replace("KEYS", KEYS)


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "push", reviewers=["rae@push.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


def subscribed(screens: Screens, rae: Person) -> Page:
    page = open_as(screens, rae, "/settings/")
    page.context.grant_permissions(["notifications"])
    page.context.add_init_script(SERVICE)
    page.get_by_role("link", name="Set up").click()
    button(page, "Push to this browser").click()
    expect(page.get_by_role("region", name="Your channels")).to_contain_text("203.0.114.7")
    return page


def test_a_button_subscribes_this_browser_with_the_desks_key(screens: Screens, rae: Person) -> None:
    page = subscribed(screens, rae)
    assert page.evaluate("JSON.parse(sessionStorage.asked)") == [True, 65]
    scope = "navigator.serviceWorker.getRegistration('/').then((found) => found.scope)"
    assert str(page.evaluate(scope)).endswith("/")
    assert page.evaluate(
        "(async () => (await navigator.serviceWorker.ready).active.scriptURL)()"
    ).endswith("/sw.js")


def test_what_is_pushed_is_shown_with_its_number_and_leads_to_the_handoff(
    screens: Screens, rae: Person
) -> None:
    page = subscribed(screens, rae)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    control = page.context.new_cdp_session(page)
    registrations: list[str] = []
    control.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(each["registrationId"] for each in told["registrations"]),
    )
    control.send("ServiceWorker.enable")
    page.wait_for_function("true")
    told = '{"title":"HO-7 · Error","body":"Shop","tag":"HO-7","url":"http://elsewhere/h/HO-7/"}'
    origin = page.evaluate("location.origin")
    control.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": registrations[-1], "data": told},
    )
    shown = """async () => {
      const worker = await navigator.serviceWorker.ready
      const found = await worker.getNotifications()
      return found.length ? { title: found[0].title, body: found[0].body, tag: found[0].tag } : null
    }"""
    page.wait_for_function(shown)
    assert page.evaluate(shown) == {"title": "HO-7 · Error", "body": "Shop", "tag": "HO-7"}
