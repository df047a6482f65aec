"""Time in real browsers: it escalates while people look, and a lead moves a due time."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import heading, open_live, row, was_reloaded
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "timing", reviewers=["rae@timing.test", "sam@timing.test"])


def test_when_it_is_due_the_lead_sees_it_become_theirs_without_a_reload(
    site: Site, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("Who answers?")
    site.beside("plan_ladder", taken["id"], "Ops", "sam@timing.test")
    site.beside("join", site.workspace, "vic@timing.test", "viewer")
    viewer = Person(site.desk.url, "vic@timing.test")  # who may not claim, so holds up nothing
    leads, others = open_live(screens, sam), open_live(screens, viewer, taken["page"])
    expect(others.locator("#next-step")).to_contain_text("Escalates to Team Ops at")
    expect(leads.locator("#rows")).not_to_contain_text("for you")
    site.beside("let_be_due", taken["id"])  # the desk's own sweeper does the rest
    mine = leads.locator("#rows li").filter(has_text="Who answers?")
    expect(mine).to_contain_text("for you")
    expect(mine.locator(".chip.bad")).to_contain_text("Overdue by")
    expect(leads.locator(".bell, [href='/notifications/']").first).to_contain_text("2")
    expect(others.locator(".chips").first).to_contain_text("Sam")
    assert not was_reloaded(leads) and not was_reloaded(others)


def test_a_lead_gives_it_an_hour_more_by_keyboard(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("An hour more?")
    site.beside("plan_ladder", taken["id"], "Ops", "sam@timing.test")
    page, other = open_live(screens, sam), open_live(screens, rae)
    expect(row(other, "An hour more?")).to_be_visible()
    row(page, "An hour more?").press("Enter")
    expect(heading(page, "An hour more?")).to_be_visible()
    page.get_by_role("link", name="Extend").press("Enter")
    expect(page.get_by_role("heading", name="Due time")).to_be_visible()
    choice = page.get_by_role("button", name="One hour later")
    expect(choice).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is due", exact=False).first).to_be_visible()
    expect(page.locator(".chips").first).to_contain_text("Due in 2 h")
    expect(other.locator("#rows li").filter(has_text="An hour more?")).to_contain_text("Due in 2 h")
    page.keyboard.press("z")
    expect(page.locator(".chips").first).to_contain_text("Due in 1 h")
    assert not was_reloaded(page) and not was_reloaded(other)
