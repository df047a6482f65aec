"""When the desk is slow, away, restarted or says no: what the page says, and what it keeps."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.e2e import browsing
from tests.e2e.browsing import People, button, heading, note, open_as, open_live, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.founding import PASSWORD
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]
NOISE = r"status of|Failed to load|ERR_|htmx:error"


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "failing", reviewers=["rae@fail.test", "sam@fail.test"], undo_seconds=0)


def typed(page: Page, words: str) -> None:
    note(page).fill(words)
    page.keyboard.press("Escape")


def failure(page: Page) -> Any:
    return page.locator("#failed")


def test_offline_says_not_sent_keeps_the_note_and_tries_again(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(NOISE)
    taken = site.hand_off("Decided in a tunnel")
    page = open_live(screens, people.rae, taken["page"])
    typed(page, "Fine by me.")
    page.context.set_offline(True)
    expect(page.locator("#live-text")).to_have_text(re.compile(r"Offline, showing \d\d:\d\d"))
    page.keyboard.press("r")
    expect(failure(page)).to_contain_text("Offline: not sent. Your note is kept.")
    expect(failure(page)).to_have_attribute("role", "alert")
    expect(note(page)).to_have_value("Fine by me.")
    page.context.set_offline(False)
    button(page, "Try again").click()
    decision = browsing.decision_of(site, taken)
    assert decision["decisions"][0]["message"] == "Fine by me."


@pytest.mark.parametrize("status", [403, 500])
def test_an_error_of_the_desk_takes_no_words_away(
    site: Site, people: People, screens: Screens, status: int
) -> None:
    screens.allow(NOISE)
    taken = site.hand_off(f"Answered with {status}")
    page = open_live(screens, people.rae, taken["page"])
    typed(page, "Long thought about.")

    def refuse(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body="<!doctype html><h1>No</h1>")

    page.route("**/decide/", refuse)
    page.keyboard.press("r")
    expect(failure(page)).to_contain_text("Not sent:")
    expect(failure(page)).to_contain_text("Your note is kept.")
    expect(note(page)).to_have_value("Long thought about.")
    expect(heading(page, f"Answered with {status}")).to_be_visible()
    page.unroute("**/decide/")
    button(page, "Try again").click()
    assert browsing.decision_of(site, taken)["outcome"] == "rejected"


def test_a_desk_that_does_not_answer_is_given_up_and_the_note_kept(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(NOISE)
    taken = site.hand_off("Never answered")
    page = open_live(screens, people.rae, taken["page"])
    typed(page, "Still here.")
    page.evaluate("window.htmx.config.defaultTimeout = 4000")
    page.route("**/decide/", lambda route: None)
    page.keyboard.press("a")
    expect(page.locator("#busy")).to_be_visible()
    expect(page.locator("#main")).to_have_attribute("aria-busy", "true")
    expect(failure(page)).to_contain_text("did not answer in time")
    expect(page.locator("#busy")).to_be_hidden()
    expect(page.locator("#main")).not_to_have_attribute("aria-busy", "true")
    expect(note(page)).to_have_value("Still here.")
    page.unroute("**/decide/")


def test_the_line_of_progress_moves_nothing(site: Site, people: People, screens: Screens) -> None:
    site.hand_off("Slow to open")
    page = open_live(screens, people.rae)
    held: list[Route] = []
    page.route(re.compile(r"pane=1"), lambda route: held.append(route))
    places = (
        "[...document.querySelectorAll('#rows, #list, .rail')]"
        ".map((each) => JSON.stringify(each.getBoundingClientRect()))"
    )
    before = page.evaluate(places)
    row(page, "Slow to open").click(no_wait_after=True)
    expect(page.locator("#busy")).to_be_visible()
    assert page.evaluate(places) == before
    for route in list(held):
        route.continue_()
    expect(heading(page, "Slow to open")).to_be_visible()
    expect(page.locator("#busy")).to_be_hidden()


def test_a_session_that_ended_offers_to_sign_in_and_the_draft_waits(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(NOISE)
    leaver = Person(site.desk.url, "sam@fail.test")
    taken = site.hand_off("Signed out meanwhile")
    page = open_live(screens, leaver, taken["page"])
    typed(page, "Not to be typed twice.")
    token = leaver.http.cookies["csrftoken"]
    leaver.http.post("/sign-out/", data={"csrfmiddlewaretoken": token})
    page.keyboard.press("a")
    expect(failure(page)).to_contain_text("you are signed out")
    failure(page).get_by_role("link", name="Sign in").click()
    browsing.tab_to(page, page.get_by_label("E-mail"))
    page.keyboard.type("sam@fail.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(heading(page, "Signed out meanwhile")).to_be_visible()
    expect(note(page)).to_have_value("Not to be typed twice.")


def test_a_draft_is_kept_for_its_round_until_it_was_sent(
    site: Site, people: People, screens: Screens
) -> None:
    first, second = site.hand_off("With a draft"), site.hand_off("Without one")
    page = open_live(screens, people.rae, first["page"])
    note(page).fill("Half a thought")
    page.goto(second["page"])
    expect(note(page)).to_have_value("")
    page.goto(first["page"])
    expect(note(page)).to_have_value("Half a thought")
    draft = page.locator("#draft")
    expect(draft).to_have_text(re.compile(r"Draft from \d\d:\d\d · Discard"))
    draft.get_by_role("button", name="Discard").click()
    expect(note(page)).to_have_value("")
    page.reload()
    expect(note(page)).to_have_value("")
    note(page).fill("Now sent.")
    button(page, "Reject").click()
    assert browsing.decision_of(site, first)["decisions"][0]["message"] == "Now sent."
    expect(heading(page, "With a draft")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.includes('draft'))") == []


def test_signing_out_leaves_no_draft_behind(site: Site, people: People, screens: Screens) -> None:
    taken = site.hand_off("On a shared computer")
    page = open_live(screens, Person(site.desk.url, "rae@fail.test"), taken["page"])
    note(page).fill("Private words")
    page.locator(".account summary").click()
    button(page, "Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.includes('draft'))") == []


def open_with_line(screens: Screens, person: Person, lines: list[WebSocketRoute]) -> Page:
    """A page whose clock the test moves, and whose sockets go through ``lines``; a line that is
    put to sleep (``.deaf``) passes nothing on."""
    page = open_as(screens, person, "/notifications/")
    page.clock.install()

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        lines.append(socket)
        here = len(lines)
        server.on_message(lambda text: socket.send(text) if len(lines) == here else None)
        socket.on_message(lambda text: server.send(text))

    page.route_web_socket("**/ws/live/", route)
    page.goto("/")
    browsing.wait_until_live(page)
    return page


def test_a_silent_line_is_given_up_after_forty_seconds_and_found_again(
    site: Site, people: People, screens: Screens
) -> None:
    lines: list[WebSocketRoute] = []
    page = open_with_line(screens, people.rae, lines)
    status = page.locator("#status")
    page.clock.run_for(35_000)
    expect(status).to_have_attribute("data-live", "on")
    page.clock.run_for(10_000)
    expect(page.locator("#live-text")).to_have_text(re.compile(r"Reconnecting, showing \d\d:\d\d"))
    page.clock.run_for(2_000)
    browsing.wait_until_live(page)
    assert len(lines) == 2


def test_a_laptop_that_wakes_looks_at_once(site: Site, people: People, screens: Screens) -> None:
    lines: list[WebSocketRoute] = []
    page = open_with_line(screens, people.rae, lines)
    page.clock.fast_forward(3_600_000)  # an hour asleep: each timer fires once at most
    page.clock.run_for(3_000)
    browsing.wait_until_live(page)
    assert len(lines) == 2


@pytest.mark.slow
def test_a_restarted_desk_is_found_again_without_a_reload(new_desk: Any, screens: Screens) -> None:
    screens.allow(NOISE)
    desk = new_desk()
    own = found(desk, "restarted", reviewers=["rae@restart.test"])
    page = open_live(screens, own.person())
    desk.stop()
    expect(page.locator("#live-text")).to_have_text(
        re.compile(r"(Reconnecting|Offline), showing \d\d:\d\d")
    )
    desk.start()
    browsing.wait_until_live(page)
    own.hand_off("After the restart")
    expect(row(page, "After the restart")).to_be_visible()
    assert not browsing.was_reloaded(page)
