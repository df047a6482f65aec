"""The same work with scripts switched off: links and forms only, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, note, open_as, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.founding import PASSWORD
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]

DEPLOY: dict[str, Any] = {"id": "deploy", "name": "deploy", "args": {"percent": 10}}
REFUSED = r"status of (409|422)"


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "plain", reviewers=["rae@plain.test", "sam@plain.test"], undo_seconds=0)


def open_page(screens: Screens, person: Person, path: str = "/") -> Page:
    return open_as(screens, person, path, has_script=False)


def test_signing_in_opening_claiming_and_approving(site: Site, screens: Screens) -> None:
    taken = site.hand_off("No script at all")
    page = screens.open(site.desk.url, has_script=False)
    page.goto("/")
    page.get_by_label("E-mail").fill("rae@plain.test")
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Sign in").click()
    row(page, "No script at all").click()
    expect(heading(page, "No script at all")).to_be_visible()
    button(page, "Claim").click()
    expect(page.get_by_text("Yours")).to_be_visible()
    button(page, "Approve").click()
    assert browsing.decision_of(site, taken)["outcome"] == "approved"


@pytest.mark.parametrize(
    ("verb", "outcome", "document"),
    [
        ("Request changes", "changes_requested", {"actions": [DEPLOY]}),
        ("Reject", "rejected", {"actions": [DEPLOY]}),
        ("Respond", "responded", {"trigger": "question"}),
    ],
)
def test_a_verdict_with_words(
    site: Site, rae: Person, screens: Screens, verb: str, outcome: str, document: dict[str, Any]
) -> None:
    taken = site.hand_off(f"{verb} plainly", **document)
    page = open_page(screens, rae, taken["page"])
    note(page).fill("Because of this.")
    button(page, verb).first.click()
    decision = browsing.decision_of(site, taken)
    assert decision["outcome"] == outcome
    assert decision["decisions"][0]["message"] == "Because of this."


def test_missing_words_are_asked_for_and_what_was_typed_is_kept(
    site: Site, rae: Person, screens: Screens
) -> None:
    screens.allow(REFUSED)
    taken = site.hand_off("Changes without words", actions=[DEPLOY])
    page = open_page(screens, rae, taken["page"])
    button(page, "Request changes").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(note(page)).to_have_attribute("aria-invalid", "true")
    assert browsing.look(site, taken)["decision"] is None


def test_edited_arguments_are_kept_over_a_mistake(
    site: Site, rae: Person, screens: Screens
) -> None:
    screens.allow(REFUSED)
    taken = site.hand_off("Edit plainly", actions=[DEPLOY])
    page = open_page(screens, rae, taken["page"])
    button(page, "Edit and approve").first.click()
    percent = page.get_by_role("textbox", name="percent")
    percent.fill("ten")
    button(page, "Review edits").click()
    expect(percent).to_have_value("ten")
    expect(percent).to_have_attribute("aria-invalid", "true")
    percent.fill("25")
    button(page, "Review edits").click()
    expect(page.get_by_role("heading", name="What you change")).to_be_visible()
    button(page, "Edit and approve").click()
    decision = browsing.decision_of(site, taken)
    assert decision["decisions"][0]["edited_action"]["args"] == {"percent": 25}


def test_a_critical_action_asks_on_a_page_of_its_own(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("Critical, plainly", actions=[{**DEPLOY, "risk": "critical"}])
    page = open_page(screens, rae, taken["page"])
    button(page, "Approve").click()
    page.get_by_label("To confirm, type").fill("deploy")
    button(page, "Approve and release").click()
    assert browsing.decision_of(site, taken)["outcome"] == "approved"


def test_a_verdict_is_taken_back(desk: Installation, screens: Screens) -> None:
    patient = found(desk, "plain-undo", reviewers=["rae@undo.test"], undo_seconds=30)
    taken = patient.hand_off("Taken back")
    patient.hand_off("Comes next")
    page = open_page(screens, patient.person(), taken["page"])
    button(page, "Approve").click()
    button(page, "Undo").click()
    expect(heading(page, "Taken back")).to_be_visible()
    expect(button(page, "Approve")).to_be_visible()
    assert browsing.look(patient, taken)["decision"] is None
