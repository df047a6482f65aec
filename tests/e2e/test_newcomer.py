"""What a newcomer stumbled on who had only the address and a login, and drove it by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, note, open_live, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

LONG = "".join(f"line {n}\n" for n in range(1, 121))
FILES: dict[str, Any] = {
    "files": [{"path": f"src/part_{n}.txt", "content": LONG} for n in (1, 2)],
    "steps": [{"action": f"step {n}", "status": "ok"} for n in range(60)],
}


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    """Verdicts can be taken back for half a minute."""
    return found(
        desk, "newcomer", reviewers=["rae@newcomer.test", "sam@newcomer.test"], undo_seconds=30
    )


def scrolled(page: Page) -> float:
    """How far the window, or the handoff beside the list, is scrolled."""
    where = "scrollY + (document.querySelector('.panes #main')?.scrollTop || 0)"
    return float(page.evaluate(where))


def audit(page: Page, path: str) -> list[str]:
    page.goto(f"{path}?tab=audit")
    return page.locator("#evidence td .mono").all_inner_texts()


def test_a_reload_keeps_the_claim_and_writes_nothing(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    taken = site.hand_off("Loaded anew")
    watching = open_live(screens, sam)
    page = open_live(screens, rae, taken["page"])
    expect(page.locator("#claim")).to_contain_text("Yours ·")
    for _ in range(2):
        page.reload()
        expect(page.locator("#claim")).to_contain_text("Yours ·")
        browsing.wait_until_live(page)
    with page.expect_response("**/claim/", timeout=60_000):  # well after the page went
        pass
    place = browsing.queue(watching).get_by_role("listitem").filter(has_text="Loaded anew")
    expect(place).to_contain_text("claimed by Rae")
    kinds = audit(page, taken["page"])
    assert kinds.count("handoff.claimed") == 1
    assert "handoff.claim_released" not in kinds


def test_what_i_claim_counts_as_mine_at_once(site: Site, rae: Person, screens: Screens) -> None:
    taken = site.hand_off("Counts as mine")
    page = open_live(screens, rae, taken["page"])
    count = page.locator("#count-mine")
    with page.expect_response("**/release/"):
        button(page, "Release").click()
    expect(button(page, "Claim")).to_be_visible()
    others = int(count.inner_text())
    page.keyboard.press("i")
    expect(count).to_have_text(str(others + 1))


def test_files_come_into_sight_before_they_are_stepped_through(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("Files below the fold", context=FILES, summary="words\n\n" * 30)
    page = open_live(screens, rae, taken["page"])
    name = page.locator("#evidence .viewer .fname")
    page.keyboard.press("n")
    expect(name).to_be_in_viewport()
    expect(name).to_have_text("src/part_1.txt")
    page.keyboard.press("n")
    expect(name).to_have_text("src/part_2.txt")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.keyboard.press("p")
    expect(name).to_have_text("src/part_1.txt")
    expect(name).to_be_in_viewport()


def test_a_tab_keeps_the_focus_and_its_evidence_can_be_scrolled(
    site: Site, rae: Person, screens: Screens
) -> None:
    site.hand_off("Tabs beside the list", context=FILES)
    page = open_live(screens, rae)
    row(page, "Tabs beside the list").click()
    expect(heading(page, "Tabs beside the list")).to_be_focused()
    tab = page.get_by_role("link", name="Steps", exact=False)
    browsing.tab_to(page, tab, within=60)
    page.keyboard.press("Enter")
    expect(page.get_by_text("step 59")).to_be_attached()
    expect(tab).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("End")
    expect(page.get_by_text("step 59")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_the_next_one_beside_the_list_begins_at_its_top(
    site: Site, rae: Person, screens: Screens
) -> None:
    for title in ("Read to its end", "Comes after it"):
        site.hand_off(title, context=FILES)
    page = open_live(screens, rae)
    row(page, "Read to its end").click()
    expect(heading(page, "Read to its end")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator("#evidence .viewer > footer")).to_be_in_viewport()
    page.keyboard.press("a")
    expect(page.locator("#main [data-undo]")).to_be_visible()
    expect(heading(page, "Read to its end")).to_have_count(0)
    expect(page.locator("#main h1")).to_be_in_viewport()


@pytest.mark.parametrize("beside", [True, False], ids=["beside the list", "on its page"])
def test_writing_a_note_does_not_scroll_what_is_read(
    beside: bool, site: Site, rae: Person, screens: Screens
) -> None:
    title = f"Noted {'beside' if beside else 'alone'}"
    taken = site.hand_off(title, context=FILES)
    page = open_live(screens, rae, "/" if beside else taken["page"])
    if beside:
        row(page, title).click()
    expect(heading(page, title)).to_be_visible()
    page.keyboard.press("t")
    expect(note(page)).to_be_focused()
    page.keyboard.type("Two lines,")
    page.keyboard.press("Enter")
    page.keyboard.type("and nothing moved.")
    assert scrolled(page) == 0
    expect(note(page)).to_have_attribute("placeholder", "Ctrl Enter: Respond")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main [data-undo]")).to_be_visible()


def test_a_file_is_edited_and_reviewed_without_leaving_the_text(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("Edit at once", context=FILES)
    page = open_live(screens, rae, taken["page"])
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Text of src/part_1.txt")).to_be_focused()
    page.keyboard.type("First: ")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="What you change")).to_be_focused()
    expect(page.get_by_role("group", name="Changes")).to_contain_text("First: line 1")


def test_chosen_verdicts_are_sent_by_keyboard(site: Site, rae: Person, screens: Screens) -> None:
    actions = [{"id": each, "name": f"refund-{each}", "args": {"cents": 5}} for each in "ab"]
    taken = site.hand_off("Two refunds", actions=actions)
    page = open_live(screens, rae, taken["page"])
    for name, presses in (("refund-a", ["Space"]), ("refund-b", ["ArrowRight"])):
        choices = page.get_by_role("group", name=f"Verdict on {name}").get_by_role("radio")
        browsing.tab_to(page, choices.first)
        for key in presses:
            page.keyboard.press(key)
    page.keyboard.press("Tab")
    page.keyboard.type("Paid back already.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main [data-undo]")).to_be_visible()
    expect(page.locator("#main [data-undo]")).to_contain_text("Mixed")


def test_respond_asks_for_words_before_it_complains_on_a_phone(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("By thumb", context=FILES)
    page = open_live(screens, rae, taken["page"], width=390, height=844)
    page.get_by_text("More", exact=True).tap()
    button(page, "Respond").tap()
    expect(note(page)).to_be_focused()
    expect(page.locator("#note-error")).to_have_count(0)
    before = scrolled(page)
    page.keyboard.type("By thumb.")
    assert scrolled(page) == before
    button(page, "Respond").tap()
    expect(page.locator("#main [data-undo]")).to_be_visible()


def test_the_next_key_beside_the_list_stays_beside_the_list(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    site.hand_off("Free to be opened")
    taken = site.hand_off("Held by Sam")
    holding = open_live(screens, sam, taken["page"])
    expect(holding.locator("#claim")).to_contain_text("Yours ·")
    page = open_live(screens, rae)
    row(page, "Held by Sam").click()
    expect(page.get_by_role("link", name="Next in the list")).to_be_visible()
    page.keyboard.press("]")
    expect(heading(page, "Held by Sam")).to_have_count(0)
    expect(page.locator("#main h1")).to_be_focused()
    expect(browsing.queue(page)).to_be_visible()
    assert not browsing.was_reloaded(page)
