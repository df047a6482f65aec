"""Going away, leaving and leading a team, in real browsers."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import button, open_as, open_live, row, tab_to
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    site = found(desk, "absent", reviewers=["rae@absent.test", "sam@absent.test"])
    site.beside("make_site_admin", "ada@absent.test")
    return site


@pytest.fixture(scope="module")
def ada(site: Site) -> Person:
    return Person(site.desk.url, "ada@absent.test")


def test_one_goes_away_and_comes_back_by_keyboard_and_the_deputy_has_it_live(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("While I am away")
    site.beside("assign", taken["id"], "rae@absent.test")
    deputy = open_live(screens, sam)
    expect(deputy.locator("#rows")).to_contain_text("for Rae")
    page = open_as(screens, rae, "/away/")
    tab_to(page, page.get_by_label("Who stands in"), within=60)
    page.keyboard.type("Sam")
    tab_to(page, page.get_by_label("A sentence for others"))
    page.keyboard.type("At the sea.")
    tab_to(page, button(page, "Save"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are away now.")).to_be_visible()
    expect(deputy.locator("#rows")).to_contain_text("for you")
    row(deputy, "While I am away").click()
    expect(deputy.get_by_text("For Rae, who is away: Sam stands in.")).to_be_visible()
    page.goto("/")
    banner = page.get_by_role("region", name="Out of office")
    expect(banner).to_contain_text("Sam stands in")
    tab_to(page, button(page, "I am back"), within=60)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Welcome back.")).to_be_visible()
    expect(banner).to_have_count(0)
    deputy.reload()
    expect(deputy.get_by_text("Was for Rae, who is back: it stays with Sam.")).to_be_visible()


def test_who_is_switched_off_is_signed_out_where_they_are(
    site: Site, ada: Person, screens: Screens
) -> None:
    site.beside("join", site.workspace, "tom@absent.test", "reviewer")
    tom = Person(site.desk.url, "tom@absent.test")
    taken = site.hand_off("Left behind")
    site.beside("assign", taken["id"], "tom@absent.test")
    theirs = open_live(screens, tom)
    page = open_as(screens, ada, "/people/")
    page.get_by_role("link", name="tom").click()
    page.get_by_role("link", name="Switch the account off").click()
    expect(page.get_by_text("1 open handoff is assigned anew.")).to_be_visible()
    page.get_by_label("Who gets what is assigned").select_option(label="Sam")
    button(page, "Switch the account off").click()
    expect(page.get_by_text("account is off")).to_be_visible()
    expect(theirs.locator("#live-text")).to_contain_text("Signed out")
    page.goto(taken["page"])
    expect(page.get_by_text("With Sam in the place of tom, who left.")).to_be_visible()


def test_an_admin_makes_a_team_and_its_lead_brings_somebody_in(
    site: Site, ada: Person, rae: Person, screens: Screens
) -> None:
    site.beside("join", site.workspace, "una@absent.test", "")
    page = open_as(screens, ada, "/teams/new/", has_script=False)
    page.get_by_label("Name").fill("Night shift")
    button(page, "Make it").click()
    page.get_by_label("E-mail address").fill("rae@absent.test")
    button(page, "Add").click()
    button(page, "Make lead Rae").click()
    expect(page.get_by_text("Rae leads Night shift.")).to_be_visible()
    page.goto(f"/w/{site.slug}/members/")
    page.get_by_label("Team", exact=True).select_option(label="Night shift")
    button(page, "Give it this role").click()
    lead = open_as(screens, rae, "/teams/")
    lead.get_by_role("link", name="Night shift").click()
    lead.get_by_label("E-mail address").fill("una@absent.test")
    button(lead, "Add").click()
    expect(lead.get_by_text("una is in Night shift now.")).to_be_visible()
    una = open_as(screens, Person(site.desk.url, "una@absent.test"), "/settings/")
    expect(una.get_by_text("through Night shift")).to_be_visible()
