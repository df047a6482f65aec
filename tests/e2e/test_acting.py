"""Many handoffs at once, putting one off, assigning, taking over: in real browsers, two at once.

Every test has titles of its own, so that they share one desk and one queue.
"""

from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, note, open_as, open_live, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

DROP: dict[str, Any] = {"actions": [{"id": "drop", "name": "drop", "risk": "critical"}]}


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    """Verdicts can be taken back for half a minute."""
    return found(desk, "acting", reviewers=["rae@acting.test", "sam@acting.test"], undo_seconds=30)


def box(page: Page, title: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {title}", exact=True)


def outcome(page: Page) -> Locator:
    return page.locator("#outcome")


def test_five_are_approved_by_keyboard_and_the_critical_one_is_explained(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = [site.hand_off(f"Batch {n}") for n in range(1, 5)]
    site.hand_off("Batch critical", routing={"priority": "urgent"}, **DROP)
    page, other = open_live(screens, rae), open_live(screens, sam)
    row(page, "Batch critical").focus()
    page.keyboard.press("x")
    expect(box(page, "Batch critical")).to_be_checked()
    for _ in range(4):
        page.keyboard.press("j")
    page.keyboard.press("X")
    expect(page.get_by_text("5 selected")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Approve 4 handoffs?")).to_be_visible()
    expect(page.locator("#sure")).to_contain_text("It is critical")
    page.keyboard.press("a")  # means nothing while the line asks
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("4 approved")
    expect(outcome(page).get_by_role("link", name="Batch critical")).to_be_visible()
    expect(page.get_by_role("heading", name="1 left out")).to_be_focused()
    expect(other.locator("#rows")).to_contain_text("Approved by")
    for each in taken:
        assert browsing.look(site, each)["status"] != "decided"
    page.keyboard.press("z")
    expect(outcome(page)).to_contain_text("4 taken back")
    expect(box(page, "Batch 1")).to_be_visible()
    expect(box(other, "Batch 4")).to_be_visible()
    assert not browsing.was_reloaded(page)


def test_a_selection_outlives_live_rows_but_not_a_newer_round(
    site: Site, rae: Person, screens: Screens
) -> None:
    kept, moving = site.hand_off("Stays chosen"), site.hand_off("Moves on")
    page = open_live(screens, rae)
    box(page, "Stays chosen").check()
    box(page, "Moves on").check()
    with site.api() as api:
        api.post(f"/handoffs/{moving['id']}/revisions", json={"title": "Moved on"})
        api.post(f"/handoffs/{kept['id']}/messages", json={"text": "Still waiting."})
    expect(box(page, "Moved on")).to_be_visible()
    expect(box(page, "Moved on")).not_to_be_checked()
    expect(box(page, "Stays chosen")).to_be_checked()
    page.keyboard.press("Escape")
    expect(box(page, "Stays chosen")).not_to_be_checked()


@pytest.mark.slow
def test_sixty_go_in_parts_with_their_progress(desk: Installation, screens: Screens) -> None:
    slug = f"many-{uuid4().hex[:8]}"  # a second try finds what the first left behind
    many = found(desk, slug, reviewers=[f"mo@{slug}.test"], undo_seconds=30)
    for number in range(60):
        many.hand_off(f"One of many {number}")
    page = open_live(screens, many.person())
    row(page, "One of many 59").focus()
    page.keyboard.press("x")
    button(page, "Select all on this page").click()
    expect(page.get_by_text("50 selected")).to_be_visible()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => window.seen.push(
            document.querySelector('[data-progress]')?.textContent)).observe(document.body,
            { subtree: true, childList: true, characterData: true }) }"""
    )
    page.keyboard.press("r")
    page.get_by_role("button", name="Reject 50").press("Enter")
    expect(outcome(page)).to_contain_text("50 rejected")
    assert "25 of 50" in page.evaluate("window.seen")
    button(page, "Undo all").click()
    expect(outcome(page)).to_contain_text("50 taken back")


def test_snoozed_until_something_happens_it_is_back_when_the_agent_writes(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("Put off")
    page, other = open_live(screens, rae), open_live(screens, sam)
    row(page, "Put off").click()
    expect(heading(page, "Put off")).to_be_visible()
    page.keyboard.press("h")
    choice = page.get_by_role("button", name="Until something happens")
    expect(page.get_by_role("heading", name="Snooze until")).to_be_visible()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    expect(choice).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is snoozed until something happens")).to_be_visible()
    line = other.locator("#rows li", has_text="Put off")
    expect(line).to_contain_text("Snoozed by Rae, until something happens")
    fresh = open_live(screens, sam)
    expect(row(fresh, "Put off")).to_have_count(0)
    with site.api() as api:
        api.post(f"/handoffs/{taken['id']}/messages", json={"text": "It is ready now."})
    expect(row(fresh, "Put off")).to_be_visible()
    expect(line).not_to_contain_text("Snoozed")
    assert not browsing.was_reloaded(fresh)


def test_a_snooze_is_taken_back_with_z(site: Site, rae: Person, screens: Screens) -> None:
    taken = site.hand_off("Put off by mistake")
    page = open_live(screens, rae, taken["page"])
    page.keyboard.press("h")
    page.get_by_role("button", name="In 1 hour").click()
    expect(page.locator("#toast")).to_contain_text("is snoozed until")
    page.keyboard.press("z")
    expect(heading(page, "Put off by mistake")).to_be_visible()
    expect(page.get_by_text("Snoozed by")).to_have_count(0)


def test_what_is_assigned_is_in_the_others_mine_at_once(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("Yours, Sam")
    page, mine = open_live(screens, rae, taken["page"]), open_live(screens, sam, "/mine/")
    page.keyboard.press("A")
    page.get_by_role("button", name="Sam").click()
    expect(page.locator("#toast")).to_contain_text("is assigned to Sam")
    expect(mine.get_by_role("link", name="Yours, Sam", exact=True)).to_be_visible()
    expect(mine.locator("#bell-count")).to_be_visible()
    page.locator("#toast").get_by_role("button", name="Undo").click()
    line = mine.locator("#rows li", has_text="Yours, Sam")
    expect(line.locator("[data-for]")).to_have_count(0)
    assert not browsing.was_reloaded(mine)


def test_a_take_over_says_so_to_the_loser_in_both_directions_and_keeps_the_words(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("Contested")
    page = open_live(screens, rae, taken["page"])
    expect(page.locator("#claim")).to_contain_text("Yours")
    note(page).fill("My half of a thought")
    other = open_live(screens, sam, taken["page"])
    button(other, "Take over").click()
    expect(other.locator("#claim")).to_contain_text("Yours")
    browsing.wait_until_live(other)
    expect(page.locator("#taken")).to_contain_text("Claimed by Sam")
    expect(note(page)).to_have_value("My half of a thought")
    note(other).fill("The other half")
    page.locator("#taken").get_by_role("button", name="Take over").click()
    expect(page.locator("#claim")).to_contain_text("Yours")
    expect(page.locator("#taken")).to_have_count(0)
    expect(note(page)).to_have_value("My half of a thought")
    expect(other.locator("#taken")).to_contain_text("Claimed by Rae")
    expect(note(other)).to_have_value("The other half")


def test_without_a_script_boxes_and_two_pages_do_it(
    site: Site, rae: Person, screens: Screens
) -> None:
    site.hand_off("By hand")
    page = open_as(screens, rae, has_script=False)
    box(page, "By hand").check()
    page.get_by_role("group", name="Selected handoffs").get_by_role(
        "button", name="Approve"
    ).click()
    expect(page.get_by_role("heading", name="Approve 1 handoff?")).to_be_visible()
    button(page, "Approve 1").click()
    expect(page.get_by_text("1 approved").first).to_be_visible()
    button(page, "Undo all").click()
    expect(page.get_by_text("1 taken back").first).to_be_visible()
