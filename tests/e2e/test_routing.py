"""An admin writes a rule by keyboard, tries it out, puts it in force, and goes back."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.browsing import (
    People,
    button,
    heading,
    open_as,
    open_live,
    row,
    tab_to,
    wait_until_live,
)
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(240)]
ERROR = {"trigger": "error", "error": {"type": "Timeout", "message": "gave up"}}


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    made = found(desk, "routed", reviewers=["rae@routed.test", "sam@routed.test"], undo_seconds=0)
    made.beside("join", made.workspace, "rae@routed.test", "admin")
    return made


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    expect(target).to_be_visible()
    target.focus()
    page.keyboard.press(key)


def mine(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name="Mine").get_by_role("link", name=title, exact=True)


def test_a_rule_is_written_tried_published_and_rolled_back_by_keyboard(
    site: Site, people: People, screens: Screens
) -> None:
    site.hand_off("The night load stopped", **ERROR)
    sams = open_live(screens, people.sam, "/mine/")
    page = open_live(screens, people.rae)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(heading(page, "Routing")).to_be_visible()
    wait_until_live(page)
    page.keyboard.press("c")
    expect(heading(page, "New rule")).to_be_visible()

    # Written: trigger error, and a second row that the server draws anew for its field.
    wait_until_live(page)
    tab_to(page, page.get_by_label("Name", exact=True), within=60)
    page.keyboard.type("Errors to Sam")
    press(page, button(page, "Add row"))
    field = page.locator('[name="c.0.1.fact"]')
    expect(field).to_be_focused()
    field.select_option("confidence")
    typed = page.locator('[name="c.0.1.value"]')
    expect(typed).to_have_attribute("value", "")
    page.locator('[name="c.0.1.op"]').select_option("lt")
    expect(page.locator('[name="c.0.1.op"]')).to_have_value("lt")
    typed.fill("high")  # the form may be on its way, drawn anew for the operator
    press(page, button(page, "Remove").first)
    expect(page.locator('[name="c.0.1.fact"]')).to_have_count(0)
    page.locator('[name="c.0.0.value"]').fill("0.6")
    press(page, button(page, "Remove").first)
    expect(page.locator(".cond")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Errors to Sam")  # nothing is lost
    press(page, button(page, "Add row"))
    expect(page.locator('[name="c.0.0.value"]')).to_have_value("error")
    press(page, page.get_by_label("Reviewers"), "Space")
    press(page, page.get_by_label("Sam", exact=True).first, "Space")
    reads = page.get_by_role("complementary", name="What it says")
    expect(reads).to_contain_text("When the trigger is error")
    expect(reads).to_contain_text("Sam")
    press(page, button(page, "Save to the draft").last)
    expect(heading(page, "Routing")).to_be_visible()
    expect(page.get_by_text("Draft, not in force")).to_be_visible()
    wait_until_live(page)

    # Tried on one, and on all of the last days.
    page.keyboard.press("t")
    page.get_by_label("Its number, or words of its title").focus()
    page.keyboard.type("night load")
    page.keyboard.press("Enter")
    rules = page.get_by_role("region", name="Rule by rule")
    expect(rules.get_by_role("listitem").filter(has_text="1. Errors to Sam")).to_contain_text(
        "Fires"
    )
    page.go_back()
    page.go_back()
    press(page, button(page, "Simulate"))
    expect(page.get_by_text(re.compile("1 would move"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^HO-"))).to_be_visible()

    # In force: what comes in next is Sam's, in the browser that Sam has open.
    press(page, page.get_by_role("link", name="Publish…"))
    page.get_by_label("Note for the versions").focus()
    page.keyboard.type("Sam is on call")
    press(page, button(page, "Publish"))
    expect(page.get_by_text("Version 2 is in force.")).to_be_visible()
    taken = site.hand_off("The morning load stopped", **ERROR)
    expect(mine(sams, "The morning load stopped")).to_be_visible()
    raes = open_as(screens, people.rae, taken["page"])
    expect(raes.get_by_text("Errors to Sam: the trigger is error")).to_be_visible()
    press(raes, raes.get_by_role("link", name="The rule"))
    expect(heading(raes, "Version 2 In force")).to_be_visible()

    # And back.
    press(page, page.get_by_role("link", name="Versions"))
    press(page, page.get_by_role("link", name="Version 1", exact=True))
    press(page, button(page, "Put version 1 in force again"))
    expect(page.get_by_text("Version 1 is in force again, as version 3.")).to_be_visible()
    site.hand_off("The evening load stopped", **ERROR)
    everybody = open_live(screens, people.sam)
    expect(row(everybody, "The evening load stopped")).to_be_visible()
    expect(mine(sams, "The evening load stopped")).to_have_count(0)


def test_a_rule_is_written_without_any_script(site: Site, people: People, screens: Screens) -> None:
    page = open_as(screens, people.rae, "/routing/routed/rules/new/", has_script=False)
    page.get_by_label("Name", exact=True).fill("Plain")
    button(page, "Add group").click()
    page.locator('[name="c.0.1.0.fact"]').select_option("files")
    button(page, "Show the sentence").click()
    page.locator('[name="c.0.1.0.value"]').fill("**/migrations/**")
    button(page, "Save to the draft").last.click()
    expect(page.get_by_text("Draft, not in force")).to_be_visible()
    said = page.get_by_text("the trigger is error and a file matches “**/migrations/**”")
    expect(said.first).to_be_visible()
    button(page, "Throw away").click()
    expect(page.get_by_text("The draft is thrown away")).to_be_visible()


def test_what_is_typed_while_the_form_is_drawn_anew_stays(
    site: Site, people: People, screens: Screens
) -> None:
    page = open_live(screens, people.rae, f"/routing/{site.slug}/rules/new/")
    waiting: list[Route] = []

    def hold_the_first(route: Route) -> None:
        waiting.append(route)
        if len(waiting) > 1:
            route.continue_()

    page.route("**/rules/new/", hold_the_first)
    with page.expect_request("**/rules/new/"):
        page.locator('[name="c.0.0.op"]').select_option(index=1)
    page.get_by_label("Name", exact=True).fill("Typed meanwhile")
    with page.expect_response("**/rules/new/"), page.expect_request("**/rules/new/"):
        waiting[0].continue_()  # too old: it is asked for again
    expect(page.locator('[name="c.0.0.op"] option[selected]')).to_have_count(1)  # drawn anew
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed meanwhile")
