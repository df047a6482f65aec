"""Editing by keyboard in a real browser, and what the agent gets of it, to the JSON type."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, note, open_live, tab_to
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

REFUSED = r"status of (409|422)"
ORDER: dict[str, Any] = {
    "id": "o1",
    "name": "order",
    "args": {"lines": [{"sku": "TEA", "qty": 2}], "rush": False, "note": None},
    "args_schema": {
        "type": "object",
        "properties": {
            "lines": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["sku", "qty"],
                    "properties": {
                        "sku": {"type": "string"},
                        "qty": {"type": "integer", "minimum": 1},
                    },
                },
            },
            "rush": {"type": "boolean"},
            "note": {"type": ["string", "null"]},
        },
    },
}


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "editing", reviewers=["rae@editing.test"], undo_seconds=0)


def test_a_row_is_added_by_keyboard_and_the_agent_gets_its_types(
    site: Site, rae: Person, screens: Screens
) -> None:
    screens.allow(REFUSED)
    taken = site.hand_off("Edit by keyboard", actions=[ORDER])
    page = open_live(screens, rae, taken["page"])
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Edit what will happen")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Add an entry to lines"), within=60)
    page.keyboard.press("Enter")
    rows = page.get_by_role("group", name="Entry 2")
    expect(rows.get_by_role("textbox").first).to_be_focused()
    tab_to(page, rows.get_by_role("textbox", name="sku"))
    page.keyboard.type("MUG")
    rows.get_by_role("textbox", name="qty").focus()
    page.keyboard.type("0")
    page.keyboard.press("Enter")  # shows the difference, or what is wrong
    expect(page.get_by_role("alert").filter(has_text="lines[1].qty")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the summary leads to the field
    expect(rows.get_by_role("textbox", name="qty")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What you change")).to_be_focused()
    expect(page.get_by_role("row").filter(has_text="lines[1]")).to_contain_text('"MUG"')
    assert browsing.look(site, taken)["decision"] is None
    page.keyboard.press("e")  # and back, with everything kept
    expect(rows.get_by_role("textbox", name="sku")).to_have_value("MUG")
    button(page, "Review edits").last.click()
    expect(page.get_by_role("heading", name="What you change")).to_be_focused()
    assert not browsing.was_reloaded(page)
    page.keyboard.press("a")
    decision = browsing.decision_of(site, taken)
    assert decision["decisions"][0]["edited_action"]["args"] == {
        "lines": [{"sku": "TEA", "qty": 2}, {"sku": "MUG", "qty": 3}],
        "rush": False,
        "note": None,
    }


def test_a_file_is_edited_with_tabs_and_the_keyboard_gets_out_of_it(
    site: Site, rae: Person, screens: Screens
) -> None:
    file = {"path": "run.py", "content": "def run():\r\n\tpass\r\n"}
    taken = site.hand_off("Edit a file", context={"files": [file]})
    page = open_live(screens, rae, taken["page"])
    page.keyboard.press("e")
    field = page.get_by_role("textbox", name="Text of run.py")
    field.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")
    page.keyboard.type("return")
    expect(field).to_have_value("def run():\n\tpass\n\treturn")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    button(page, "Review edits").last.click()
    expect(page.get_by_role("group", name="Changes")).to_contain_text("return")
    page.keyboard.press("a")
    (edited,) = browsing.decision_of(site, taken)["decisions"][0]["edited_files"]
    with site.api() as api:
        got = api.get(f"/handoffs/{taken['id']}/files/{edited['sha256']}")
    assert got.content == b"def run():\r\n\tpass\r\n\treturn"


def test_several_with_critical_ones_are_listed_and_each_is_confirmed(
    site: Site, rae: Person, screens: Screens
) -> None:
    screens.allow(REFUSED)
    drop = {"name": "drop", "args": {"table": "old"}, "risk": "critical"}
    actions = [{"id": "a", "name": "look", "args": {"n": 1}}, {"id": "b", **drop}]
    taken = site.hand_off("List, then confirm", actions=actions)
    page = open_live(screens, rae, taken["page"])
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Approve 2 actions?")).to_be_visible()
    expect(dialog.get_by_label("To confirm, type")).to_be_focused()
    page.keyboard.type("drop new")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("drop old")
    dialog.get_by_label("To confirm, type").fill("drop old")
    page.keyboard.press("Enter")
    decision = browsing.decision_of(site, taken)
    assert [each["type"] for each in decision["decisions"]] == ["approve", "approve"]


def test_a_ready_reason_is_chosen_and_sent_by_keyboard(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("Say why, quickly", actions=[ORDER])
    page = open_live(screens, rae, taken["page"])
    expect(heading(page, "Say why, quickly")).to_be_visible()
    page.keyboard.press("c")
    expect(note(page)).to_be_focused()
    expect(page.get_by_role("button", name="Too risky as it is.")).to_be_hidden()
    page.keyboard.press("Alt+2")
    expect(note(page)).to_have_value("Explain why this is needed.")
    page.keyboard.press("Control+Enter")
    decision = browsing.decision_of(site, taken)
    assert decision["outcome"] == "changes_requested"
    assert decision["decisions"][0]["message"] == "Explain why this is needed."
