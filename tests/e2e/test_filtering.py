"""The filter box, live rows in a filtered queue, and saved views, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import button, heading, open_as, open_live, queue, row, was_reloaded
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "filters", reviewers=["rae@filters.test", "sam@filters.test"])


def box(page: Page) -> None:
    """The filter has the focus: by its key alone."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Filter")).to_be_focused()


def test_a_filter_is_completed_by_keyboard_and_its_chips_take_it_away(
    site: Site, screens: Screens
) -> None:
    site.hand_off("Completed: broken", error={"message": "boom"})
    site.hand_off("Completed: done")
    page = open_live(screens, site.person())
    box(page)
    page.keyboard.type("trig")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_text(["trigger:why it was handed off"])
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(options).to_have_count(5)  # the values, at once
    page.keyboard.type("e")
    expect(options).to_have_text(["trigger:error"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Filter")).to_have_value("trigger:error ")
    page.keyboard.type("completed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=trigger%3Aerror+completed")
    expect(queue(page).get_by_role("link", name="Completed: broken")).to_be_visible()
    expect(row(page, "Completed: done")).to_have_count(0)
    page.get_by_role("link", name="trigger:error remove").click()
    page.wait_for_url("**/?q=completed")
    expect(row(page, "Completed: done")).to_be_visible()


def test_live_rows_come_into_a_filtered_queue_only_where_they_belong(
    site: Site, screens: Screens
) -> None:
    site.hand_off("Placed: first", error={"message": "boom"})
    page = open_live(screens, site.person(), "/?q=placed+trigger:error+sort:age")
    site.hand_off("Placed: other")
    site.hand_off("Placed: second", error={"message": "boom"})
    titles = page.locator("#rows .t")
    expect(titles).to_have_text(["Placed: first", "Placed: second"])
    assert not was_reloaded(page)
    newest = open_live(screens, site.person(1), "/?q=placed+sort:newest")
    row(newest, "Placed: other").focus()  # busy: what is new waits behind the pill
    site.hand_off("Placed: third")
    newest.get_by_role("button", name="1 new").click()
    expect(newest.locator("#rows .t")).to_have_text(
        ["Placed: third", "Placed: second", "Placed: other", "Placed: first"]
    )
    expect(page.locator("#rows .t")).to_have_count(2)


def test_a_filter_is_saved_and_its_count_and_key_work(site: Site, screens: Screens) -> None:
    site.hand_off("Saved: one")
    page = open_live(screens, site.person(), "/?q=saved")
    page.get_by_role("link", name="Save", exact=True).click()
    expect(heading(page, "Saved views")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Saved things")
    button(page, "Save").click()
    view = page.get_by_role("navigation", name="Main").get_by_role("link", name="Saved things")
    expect(view).to_have_attribute("aria-current", "page")
    expect(view).to_contain_text("1")
    site.hand_off("Saved: two")
    expect(view).to_have_text("Saved things2")
    page.goto("/decided/")
    page.keyboard.press("1")
    page.wait_for_url("**/?q=saved")
    expect(page.locator("#rows .t")).to_have_count(2)


def test_without_script_the_box_chips_and_view_menu_are_forms_and_links(
    site: Site, screens: Screens
) -> None:
    site.hand_off("Plain: broken", error={"message": "boom"})
    site.hand_off("Plain: done")
    page = open_as(screens, site.person(), has_script=False)
    page.get_by_label("Filter", exact=True).fill("plain trigger:eror")
    page.get_by_label("Filter", exact=True).press("Enter")
    expect(page.get_by_text("did you mean trigger:error?")).to_be_visible()
    expect(page.locator("#rows .t")).to_have_count(2)
    page.get_by_role("link", name="trigger:eror remove").click()
    page.get_by_text("View", exact=True).click()
    page.get_by_role("link", name="Longest waiting").click()
    expect(page.locator("#rows .t")).to_have_text(["Plain: broken", "Plain: done"])
    page.get_by_text("View", exact=True).click()
    button(page, "Compact rows").click()
    expect(page.locator("body")).to_have_attribute("data-density", "compact")
