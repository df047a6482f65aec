"""A reviewer at work in a real browser, on the one-process desk, with the agent on its other side.

Every test has titles of its own, so that they share one desk and one queue.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e import browsing
from tests.e2e.browsing import People, button, heading, note, open_as, open_live, queue, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.fixtures import NewDesk
from tests.services.players import Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]

DEPLOY: dict[str, Any] = {
    "id": "deploy",
    "name": "deploy",
    "args": {"region": "eu-1", "percent": 10},
    "args_schema": {
        "type": "object",
        "properties": {
            "region": {"type": "string"},
            "percent": {"type": "integer", "minimum": 1, "maximum": 50},
        },
    },
}
# Chromium writes a line for every answer that is no success, also for those that tests provoke.
REFUSED = r"status of (409|422)"


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    """Verdicts leave at once: for tests of what the agent gets."""
    return found(desk, "quick", reviewers=["rae@quick.test", "sam@quick.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def patient(desk: Installation) -> Site:
    """Verdicts can be taken back for half a minute: for tests of what the screen says."""
    return found(desk, "patient", reviewers=["rae@slow.test", "sam@slow.test"], undo_seconds=30)


@pytest.fixture(scope="module")
def patient_people(patient: Site) -> People:
    return People(patient.person(0), patient.person(1))


def test_a_reviewer_signs_in_by_keyboard_only(site: Site, screens: Screens) -> None:
    page = screens.open(site.desk.url)
    browsing.sign_in_by_keyboard(page, "rae@quick.test")
    expect(queue(page)).to_be_visible()
    browsing.wait_until_live(page)


def test_a_handoff_is_seen_opened_approved_and_taken_back_by_keyboard(
    patient: Site, patient_people: People, screens: Screens
) -> None:
    older = patient.hand_off("Already waiting")
    page = open_live(screens, patient_people.rae)
    taken = patient.hand_off("Arrives while the queue is open")
    expect(row(page, "Arrives while the queue is open")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, "Already waiting")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, "Arrives while the queue is open")).to_be_focused()
    page.keyboard.press("Enter")
    expect(heading(page, "Arrives while the queue is open")).to_be_focused()
    page.keyboard.press("a")
    expect(button(page, "Undo")).to_be_visible()
    expect(page.locator(f"#ho-{older['page'].split('-')[1].strip('/')}")).to_be_visible()
    assert browsing.look(patient, taken)["status"] != "decided"
    page.keyboard.press("z")
    expect(heading(page, "Arrives while the queue is open")).to_be_visible()
    expect(button(page, "Approve")).to_be_visible()
    expect(button(page, "Undo")).to_be_hidden()
    assert not browsing.was_reloaded(page)
    assert browsing.look(patient, taken)["status"] in {"pending", "claimed"}


def test_the_last_handoff_of_the_queue_can_be_undone_too(
    desk: Installation, screens: Screens
) -> None:
    only = found(desk, "only-one", reviewers=["rae@only.test"], undo_seconds=30)
    taken = only.hand_off("The only one")
    page = open_live(screens, only.person())
    row(page, "The only one").click()
    expect(heading(page, "The only one")).to_be_visible()
    page.keyboard.press("a")
    expect(button(page, "Undo")).to_be_visible()
    page.keyboard.press("z")
    expect(button(page, "Approve")).to_be_visible()
    assert browsing.look(only, taken)["status"] in {"pending", "claimed"}


@dataclass(frozen=True)
class Case:
    """A decision by one key: what is asked, what is typed, what the agent gets."""

    key: str
    outcome: str
    words: str = ""
    must_say: bool = False
    document: dict[str, Any] = field(default_factory=lambda: {"actions": [DEPLOY]})


CASES = [
    Case("a", "approved"),
    Case("c", "changes_requested", "Add a test.", must_say=True),
    Case("r", "rejected", "Not on a Friday."),
    Case("t", "responded", "Take eu-1.", must_say=True, document={"trigger": "question"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.outcome)
def test_one_key_decides_and_the_agent_gets_it(
    site: Site, people: People, screens: Screens, case: Case
) -> None:
    screens.allow(REFUSED)
    title = f"To be {case.outcome}"
    taken = site.hand_off(title, **case.document)
    page = open_live(screens, people.rae, taken["page"])
    if case.must_say:  # it asks for the words, and puts the cursor there
        page.keyboard.press(case.key)
        # At once, without asking the desk: the next key is part of a word.
        assert page.evaluate("document.activeElement.id") == "note"
    elif case.words:
        browsing.tab_to(page, note(page), within=60)
    if case.words:
        page.keyboard.type(case.words)
        page.keyboard.press("Escape")  # out of the field; elsewhere it goes back to the queue
    page.keyboard.press(case.key)
    decision = browsing.decision_of(site, taken)
    assert decision["outcome"] == case.outcome
    assert decision["decided_by"]["kind"] == "human"
    assert decision["decisions"][0].get("message", "") == case.words


def test_a_mistyped_argument_is_kept_and_can_be_mended(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(REFUSED)
    taken = site.hand_off("Edit me", actions=[DEPLOY])
    page = open_live(screens, people.rae, taken["page"])
    page.keyboard.press("e")
    percent = page.get_by_role("textbox", name="percent")
    percent.fill("ninety")
    page.keyboard.press("Enter")
    expect(percent).to_have_attribute("aria-invalid", "true")
    expect(percent).to_have_value("ninety")
    percent.fill("90")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="50").first).to_be_visible()
    expect(percent).to_have_value("90")
    percent.fill("25")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What you change")).to_be_focused()
    page.keyboard.press("a")
    decision = browsing.decision_of(site, taken)
    assert decision["outcome"] == "edited"
    assert decision["decisions"][0]["edited_action"]["args"] == {"region": "eu-1", "percent": 25}


def test_the_slower_of_two_is_told_who_and_when_and_keeps_the_words(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(REFUSED)
    taken = site.hand_off("Two at once")
    slow = open_live(screens, people.sam, taken["page"])
    expect(button(slow, "Reject")).to_be_visible()
    note(slow).fill("These words took me a while.")
    fast = open_live(screens, people.rae, taken["page"])
    button(fast, "Take over").click()
    button(fast, "Approve").click()
    assert browsing.decision_of(site, taken)["outcome"] == "approved"
    button(slow, "Reject").click()
    told = slow.get_by_role("alert").filter(has_text="Not saved")
    expect(told).to_contain_text("Rae")
    expect(told).to_contain_text("approved")
    expect(told).to_contain_text("UTC")
    expect(note(slow)).to_have_value("These words took me a while.")
    assert browsing.look(site, taken)["decision"]["outcome"] == "approved"


def test_a_claim_shows_in_the_others_queue_and_goes_when_the_page_goes(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Claimed by one")
    watching = open_live(screens, people.rae)
    place = queue(watching).get_by_role("listitem").filter(has_text="Claimed by one")
    working = open_live(screens, people.sam, taken["page"])
    expect(place).to_contain_text("claimed by Sam")
    working.goto("about:blank")
    expect(place).not_to_contain_text("claimed by")
    assert not browsing.was_reloaded(watching)


@pytest.mark.slow
def test_a_page_that_goes_before_it_hears_of_its_claim_gives_it_back(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Hardly looked at")
    watching = open_live(screens, people.rae)
    place = queue(watching).get_by_role("listitem").filter(has_text="Hardly looked at")
    working = open_live(screens, people.sam)
    working.route("**/claim/", lambda route: route.fetch() and None)  # no answer reaches the page
    working.route(
        "**/?round=1*", lambda route: route.fulfill(status=204)
    )  # nor what the live row tells it
    working.goto(taken["page"])
    expect(place).to_contain_text("claimed by Sam")
    working.goto("about:blank")
    expect(place).not_to_contain_text("claimed by")


def test_a_take_over_is_told_to_the_first_and_recorded(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Taken over")
    first = open_live(screens, people.sam, taken["page"])
    expect(first.locator("#claim")).to_have_attribute("data-claim", "mine")
    second = open_live(screens, people.rae, taken["page"])
    expect(second.get_by_text("has claimed this and is deciding")).to_contain_text("Sam")
    button(second, "Take over").click()
    expect(button(second, "Approve")).to_be_visible()
    expect(first.get_by_text("Rae has claimed this")).to_be_visible()
    audit = open_as(screens, people.rae, f"{taken['page']}?tab=audit")
    claims = audit.get_by_role("row").filter(has_text="handoff.claimed")
    expect(claims).to_have_count(2)
    expect(claims.last).to_contain_text("Rae")


def test_a_newer_round_replaces_the_bar_of_the_round_that_is_read(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Round one", actions=[DEPLOY])
    page = open_live(screens, people.rae, taken["page"])
    expect(button(page, "Approve")).to_be_visible()
    next_round(site, taken, "Round two")
    newer = page.get_by_role("link", name="Review round 2")
    expect(newer).to_be_visible()
    expect(page.get_by_text("A newer round arrived")).to_be_visible()
    expect(button(page, "Approve")).to_be_hidden()
    expect(heading(page, "Round one")).to_be_visible()
    newer.click()
    expect(heading(page, "Round two")).to_be_visible()
    expect(button(page, "Approve")).to_be_visible()


@pytest.mark.slow
def test_a_claim_that_is_answered_late_does_not_turn_the_page_to_a_newer_round(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Round one", actions=[DEPLOY])
    page = open_as(screens, people.rae, "/notifications/")
    held: list[Route] = []
    page.route("**/claim/", lambda route: held.append(route))
    page.goto(taken["page"])
    browsing.wait_until_live(page)
    next_round(site, taken, "Round two")
    expect(page.get_by_role("link", name="Review round 2")).to_be_visible()
    held[0].continue_()
    expect(page.locator("#claim")).to_contain_text("Yours")
    expect(page.locator("#claim")).to_have_attribute("data-revision", "1")
    expect(heading(page, "Round one")).to_be_visible()


def next_round(site: Site, taken: dict[str, Any], title: str) -> None:
    with site.api() as api:
        body = {"title": title, "actions": [DEPLOY]}
        answer = api.post(f"/handoffs/{taken['id']}/revisions", json=body)
    assert answer.status_code == 201, answer.text


def test_the_bell_counts_while_one_looks(site: Site, people: People, screens: Screens) -> None:
    page = open_live(screens, people.rae)
    count = page.locator("#bell-count")
    before = int(count.text_content() or 0)
    site.hand_off("Rings the bell")
    expect(count).to_have_text(str(before + 1))
    assert not browsing.was_reloaded(page)
    page.locator("#bell").click()
    expect(page.get_by_role("link", name="Rings the bell")).to_be_visible()
    button(page, "Mark all read").click()
    expect(count).to_be_hidden()


def test_a_critical_action_is_approved_by_typing_its_name(
    site: Site, people: People, screens: Screens
) -> None:
    screens.allow(REFUSED)
    action = {"name": "drop_table", "args": {"table": "invoices"}, "risk": "critical"}
    taken = site.hand_off("Drop a table", actions=[action])
    page = open_live(screens, people.rae, taken["page"])
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    typed = dialog.get_by_label("To confirm, type")
    expect(typed).to_be_focused()
    expect(dialog.get_by_text('"invoices"')).to_be_visible()
    page.keyboard.type("drop_table")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert browsing.look(site, taken)["decision"] is None
    typed.fill("drop_table invoices")
    page.keyboard.press("Enter")
    assert browsing.decision_of(site, taken)["outcome"] == "approved"
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_each_of_several_actions_gets_its_own_verdict(
    site: Site, people: People, screens: Screens
) -> None:
    actions = [{"id": each, "name": f"refund-{each}", "args": {"cents": 5}} for each in "abc"]
    taken = site.hand_off("Three refunds", actions=actions)
    page = open_live(screens, people.rae, taken["page"])
    for name, verdict in (("refund-a", "Approve"), ("refund-b", "Reject"), ("refund-c", "Approve")):
        group = page.get_by_role("group", name=f"Verdict on {name}")
        group.get_by_text(verdict, exact=True).click()
    page.get_by_label("For this one").nth(1).fill("Already paid back.")
    button(page, "Send verdicts").click()
    decision = browsing.decision_of(site, taken)
    assert decision["outcome"] == "mixed"
    assert [each["type"] for each in decision["decisions"]] == ["approve", "reject", "approve"]
    assert decision["decisions"][1]["message"] == "Already paid back."


def test_the_receipt_follows_the_answer_to_the_agent(
    site: Site, people: People, screens: Screens
) -> None:
    taken = site.hand_off("Follow me")
    assert people.sam.decide(taken["page"], "approve").status_code == 303
    page = open_live(screens, people.rae, taken["page"])
    steps = page.locator("#receipt-steps").get_by_role("listitem")
    expect(steps.filter(has_text="Delivered")).to_have_class("done")
    expect(steps.filter(has_text="Picked up")).not_to_have_class("done")
    browsing.decision_of(site, taken)
    expect(steps.filter(has_text="Picked up")).to_have_class("done")
    with site.api() as api:
        assert api.post(f"/handoffs/{taken['id']}/ack", json={"applied": True}).is_success
    expect(steps.filter(has_text="Applied")).to_have_class("done")
    assert not browsing.was_reloaded(page)


@pytest.mark.slow
def test_a_page_that_lost_the_desk_catches_up_by_itself(
    new_desk: NewDesk, screens: Screens
) -> None:
    screens.allow(r"ERR_CONNECTION_|WebSocket|Failed to load resource")
    desk = new_desk()
    site = found(desk)
    missed = site.hand_off("Decided meanwhile")
    reviewer, colleague = site.person(0), site.person(1)
    page = open_live(screens, reviewer)
    expect(row(page, "Decided meanwhile")).to_be_visible()
    desk.kill()
    expect(page.locator("#status")).to_contain_text("Reconnecting")
    page.context.set_offline(True)
    desk.start()
    site.hand_off("Came meanwhile")
    assert colleague.decide(missed["page"], "approve").status_code == 303
    page.context.set_offline(False)
    expect(page.locator("#live-text")).to_have_text("Live", timeout=30_000)
    expect(row(page, "Came meanwhile")).to_be_visible()
    rows = queue(page).get_by_role("listitem")
    expect(rows.filter(has_text="Decided meanwhile")).to_contain_text("Approved by Sam")
    assert not browsing.was_reloaded(page)
