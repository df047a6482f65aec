"""An admin asks for two approvals, and two people give them, each in their own browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import (
    People,
    button,
    heading,
    look,
    open_as,
    open_live,
    row,
)
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Site, found, page_of

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    people = ["rae@quorum.test", "sam@quorum.test"]
    made = found(desk, "quorum", reviewers=people, undo_seconds=0)
    made.beside("join", made.workspace, "rae@quorum.test", "admin")
    return made


def test_a_handoff_is_decided_under_a_quorum(site: Site, people: People, screens: Screens) -> None:
    page = open_as(screens, people.rae, f"/routing/{site.slug}/rules/new/")
    page.get_by_label("Name", exact=True).fill("Two people")
    button(page, "Remove").first.click()
    expect(page.locator(".cond")).to_have_count(0)
    page.get_by_label("Approvals needed").fill("2")
    expect(page.locator("#reads")).to_contain_text("2 approvals needed")
    page.locator(".sbar").get_by_role("button", name="Save to the draft").click()
    expect(page.get_by_text("Draft, not in force")).to_be_visible()
    page.goto(f"/routing/{site.slug}/publish/")
    button(page, "Publish").last.click()
    expect(heading(page, "Routing")).to_be_visible()

    taken = site.hand_off("Merge the release")
    other = open_live(screens, people.sam)
    expect(row(other, "Merge the release")).to_be_visible()
    page.goto(page_of(taken))
    expect(page.locator("#policy")).to_contain_text("0 of 2 approvals")
    expect(button(page, "Release")).to_be_visible()  # it is Rae's for now
    watching = open_live(screens, people.sam, page_of(taken))
    expect(watching.get_by_text("has claimed this and is deciding")).to_be_visible()
    page.keyboard.press("a")
    expect(heading(page, "Merge the release")).to_have_count(0)
    expect(watching.locator("#policy")).to_contain_text("1 of 2 approvals: Rae")
    watching.close()
    expect(other.locator("#rows")).to_contain_text("1 vote, waits for more")
    assert look(site, taken)["decision"] is None
    page.goto("/mine/")
    expect(page.locator("#rows")).to_contain_text("Merge the release")

    row(other, "Merge the release").click()
    expect(other.locator("#policy")).to_contain_text("1 of 2 approvals: Rae")
    other.keyboard.press("a")
    expect(other.locator("#policy")).to_have_count(0)
    page.goto(page_of(taken))
    expect(page.get_by_text("Approved by you and Sam at")).to_be_visible()
    decision = look(site, taken)["decision"]
    assert [vote["type"] for vote in decision["votes"]] == ["approve", "approve"]
