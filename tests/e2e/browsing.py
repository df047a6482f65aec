"""What browser tests of the reviewer's screens share: signed-in pages, and where things are."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.services.chromium import Screens
from tests.services.founding import PASSWORD
from tests.services.players import Person, Site


@dataclass(frozen=True)
class People:
    """The two reviewers of a site."""

    rae: Person
    sam: Person


# A deadline, not a pause: the machine that runs the tests may be busy.
WITHIN = 15_000
expect.set_options(timeout=WITHIN)


def open_as(screens: Screens, person: Person, path: str = "/", **options: Any) -> Page:
    """A page of this person, signed in by their session's cookie."""
    origin = str(person.http.base_url).rstrip("/")
    page = screens.open(origin, **options)
    page.context.add_cookies(
        [
            {"name": name, "value": value, "url": origin}
            for name, value in person.http.cookies.items()
        ]
    )
    page.set_default_timeout(2 * WITHIN)
    page.goto(path)
    return page


def open_live(screens: Screens, person: Person, path: str = "/", **options: Any) -> Page:
    """The same, with its socket open, and a mark that a reload would wipe."""
    page = open_as(screens, person, path, **options)
    wait_until_live(page)
    page.evaluate("window.notReloaded = true")
    return page


def wait_until_live(page: Page) -> None:
    expect(page.locator("#live-text")).to_have_text("Live")


def was_reloaded(page: Page) -> bool:
    return not page.evaluate("window.notReloaded === true")


def queue(page: Page) -> Locator:
    return page.get_by_role("region", name="Queue")


def row(page: Page, title: str) -> Locator:
    """The link of this handoff's row."""
    return queue(page).get_by_role("link", name=title, exact=True)


def heading(page: Page, title: str) -> Locator:
    return page.get_by_role("heading", level=1, name=title, exact=True)


def button(page: Page, name: str) -> Locator:
    """A button by its words; the key printed on it is hidden from assistive technology."""
    return page.get_by_role("button", name=name, exact=True)


def note(page: Page) -> Locator:
    return page.get_by_label("Note", exact=True)


def tab_to(page: Page, wanted: Locator, *, within: int = 30) -> None:
    """Press Tab until the focus is there."""
    for _ in range(within):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not within {within} presses of Tab")


def sign_in_by_keyboard(page: Page, email: str) -> None:
    page.goto("/")
    tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type(email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def look(site: Site, taken: dict[str, Any], *, wait: int = 0, etag: str = "") -> dict[str, Any]:
    """What the agent's long-poll says about its handoff."""
    headers = {"If-None-Match": etag} if etag else {}
    with site.api() as api:
        answer = api.get(f"/handoffs/{taken['id']}", params={"wait": wait}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def decision_of(site: Site, taken: dict[str, Any]) -> dict[str, Any]:
    """The decision that the waiting agent gets."""
    found = look(site, taken, wait=30)["decision"]
    assert found is not None, "no decision within 30 s"
    return dict(found)
