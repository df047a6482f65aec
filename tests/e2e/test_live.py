"""What moves by itself while one looks: presence, rows, the live state. Two browsers at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import People, heading, note, open_live, queue, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    """Verdicts stay for half a minute: rows say who decided."""
    return found(desk, "moving", reviewers=["rae@live.test", "sam@live.test"], undo_seconds=30)


def still(page: Page) -> None:
    """The pointer has not moved over the rows of late, nor is the focus in them."""
    page.mouse.move(1400, 5)
    page.evaluate("document.activeElement.blur()")


def test_who_looks_shows_on_the_row_and_on_the_page_and_goes_with_the_tab(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Looked at by two")
    watching = open_live(screens, people.rae)
    place = queue(watching).get_by_role("listitem").filter(has_text="Looked at by two")
    looking = open_live(screens, people.sam, taken["page"])
    expect(place.get_by_text("Sam is viewing")).to_be_visible()
    row(watching, "Looked at by two").click()
    expect(watching.locator("#main .topbar").get_by_text("Sam is viewing")).to_be_visible()
    expect(looking.locator("#main .topbar").get_by_text("Rae is viewing")).to_be_visible()
    looking.close()
    expect(place.get_by_text("Sam is viewing")).to_be_hidden(timeout=5_000)
    expect(place.get_by_text("viewing")).to_be_hidden()  # oneself is not named


def test_a_page_hidden_for_a_minute_is_not_viewing(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow("htmx:error: timeout")  # of requests that the test's clock has made late
    taken = site.hand_off("Left open behind others")
    watching = open_live(screens, people.rae)
    place = queue(watching).get_by_role("listitem").filter(has_text="Left open behind others")
    looking = browsing.open_as(screens, people.sam)
    looking.clock.install()
    looking.goto(taken["page"])
    looking.clock.run_for(1_000)
    expect(place.get_by_text("Sam is viewing")).to_be_visible()
    looking.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    looking.clock.run_for(30_000)
    expect(place.get_by_text("Sam is viewing")).to_be_visible()
    looking.clock.run_for(31_000)
    expect(place.get_by_text("Sam is viewing")).to_be_hidden(timeout=5_000)


def test_a_row_that_changes_keeps_its_focus_selection_and_identity(
    site: Site, people: People, screens: Screens
) -> None:
    site.hand_off("Selected words stay selected")
    taken = site.hand_off("Changes under the eye")
    page = open_live(screens, people.rae)
    link = row(page, "Changes under the eye")
    link.focus()
    page.evaluate(
        """() => {
            const link = document.activeElement
            window.same = link.closest('li')
            const box = document.createElement('input')
            box.type = 'checkbox'
            link.after(box)
            getSelection().setBaseAndExtent(link.firstChild, 0, link.firstChild, 7)
        }"""
    )
    working = open_live(screens, people.sam, taken["page"])
    place = queue(page).get_by_role("listitem").filter(has_text="Changes under the eye")
    expect(place).to_contain_text("claimed by Sam")
    assert page.evaluate("window.same.isConnected && document.activeElement.matches('#rows a.t')")
    assert page.evaluate("getSelection().toString()") == "Changes"
    expect(link).to_be_focused()
    browsing.button(working, "Approve").click()
    expect(place).to_contain_text("Approved by Sam")
    expect(place).to_have_class("row gone")
    assert page.evaluate("window.same.isConnected && getSelection().toString()") == "Changes"
    assert not browsing.was_reloaded(page)


def test_new_rows_go_in_at_the_top_of_an_untouched_list(
    site: Site, people: People, screens: Screens
) -> None:
    page = open_live(screens, people.rae)
    still(page)
    site.hand_off("Comes in by itself")
    expect(row(page, "Comes in by itself")).to_be_visible()
    expect(page.locator("#newer")).to_be_hidden()


TOUCHES = {
    "scrolled": "document.querySelector('#list').scrollTo(0, 300)",
    "focused": "document.querySelector('#rows a.t').focus()",
    "selected": "getSelection().selectAllChildren(document.querySelector('#rows a.t'))",
    "ticked": "document.querySelector('#rows li')"
    ".insertAdjacentHTML('afterbegin', '<input type=checkbox checked>')",
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_in_a_list_that_is_touched_new_rows_wait_behind_the_pill(
    site: Site, people: People, screens: Screens, touch: str
) -> None:
    if touch == "scrolled":
        for number in range(20):
            site.hand_off(f"To scroll by {number}")
    site.hand_off(f"Before {touch}")
    page = open_live(screens, people.rae)
    still(page)
    page.evaluate(TOUCHES[touch])
    top = page.evaluate("document.querySelector('#rows li').getBoundingClientRect().top")
    page.evaluate("window.focused = document.activeElement")
    site.hand_off(f"Waits while {touch}")
    site.hand_off(f"Waits too while {touch}")
    pill = page.locator("#newer button")
    expect(pill).to_have_text("2 new")
    assert page.evaluate("document.querySelector('#rows li').getBoundingClientRect().top") == top
    assert page.evaluate("window.focused === document.activeElement")
    expect(row(page, f"Waits while {touch}")).to_have_count(0)
    pill.click()
    expect(row(page, f"Waits while {touch}")).to_be_visible()
    expect(row(page, f"Waits too while {touch}")).to_be_visible()
    expect(pill).to_be_hidden()


def test_typed_words_are_not_lost_to_what_comes_in(
    site: Site, people: People, screens: Screens
) -> None:
    site.hand_off("With a note under way")
    page = open_live(screens, people.rae)
    row(page, "With a note under way").click()
    expect(heading(page, "With a note under way")).to_be_visible()
    note(page).fill("Half a sen")
    page.mouse.move(1400, 5)
    note(page).evaluate("field => field.setSelectionRange(4, 8)")
    page.evaluate("document.querySelector('.list-head').insertAdjacentHTML('beforeend',"
                  "'<input type=search id=typed>'); typed.value = 'trigger:err'")  # fmt: skip
    site.hand_off("Arrives meanwhile")
    expect(row(page, "Arrives meanwhile")).to_have_count(1)
    expect(note(page)).to_have_value("Half a sen")
    expect(note(page)).to_be_focused()
    assert page.evaluate("[note.selectionStart, note.selectionEnd]") == [4, 8]
    assert page.evaluate("typed.value") == "trigger:err"


@pytest.mark.slow
def test_many_rows_are_cut_where_nobody_reads_and_the_list_says_so(
    site: Site, people: People, screens: Screens
) -> None:
    site.hand_off("To be copied")
    page = open_live(screens, people.rae)
    still(page)
    page.evaluate(
        """async () => {
            const { apply } = await import('/static/js/rows.js')
            const html = document.querySelector('#rows li').outerHTML
            for (let n = 0; n < 500; n += 1) {
                const id = 10_000_000 + n
                const here = html.replace(/id="ho-\\d+"/, `id="ho-${id}"`)
                apply({ rows: [{ id, handoff: `HO-${id}`, state: 'open', html: here }] })
            }
        }"""
    )
    count = page.evaluate("document.querySelectorAll('#rows li').length")
    assert 300 <= count < 350
    again = page.get_by_role("link", name="Load the whole list again")
    expect(again).to_be_attached()
    again.click()
    expect(row(page, "To be copied")).to_be_visible()
