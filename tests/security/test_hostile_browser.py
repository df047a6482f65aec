"""Hidden characters are drawn in every fact of a page, and a picture stays a picture.

What else agents may try is in ``corpus`` and opened by ``test_hostile_corpus``.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import button, open_as
from tests.security import signs
from tests.security.corpus.files import POLYGLOTS
from tests.security.corpus.texts import RLO, ZWSP
from tests.security.test_hostile_corpus import inline
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "hostile", reviewers=["rae@hostile.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


def test_a_hidden_character_is_drawn_where_a_title_stands(
    site: Site, rae: Person, screens: Screens
) -> None:
    """Nothing reorders or hides the words that are approved: not in the row, not on the page."""
    site.hand_off(f"Pay {RLO}001{ZWSP} EUR")
    page = open_as(screens, rae, "/")
    text = page.locator(".row .t").filter(has_text="EUR").first.text_content() or ""
    assert RLO not in text
    assert ZWSP not in text
    assert "⟦RLO⟧" in text


@pytest.mark.slow
def test_hidden_characters_are_drawn_in_every_fact_of_the_page(
    site: Site, rae: Person, screens: Screens
) -> None:
    hidden = f"a{RLO}b{ZWSP}c"
    taken = site.hand_off(
        hidden,
        agent={"name": hidden, "model": hidden},
        routing={"tags": [hidden]},
        error={"message": hidden, "type": hidden, "traceback": hidden, "log": f"{hidden}.log"},
        checkpoint={"last_completed": hidden, "next": [hidden]},
        actions=[
            {
                "id": hidden,
                "name": hidden,
                "args": {hidden: hidden},
                "args_schema": {"properties": {hidden: {"enum": [hidden], "description": hidden}}},
                "description": hidden,
                "risk": "critical",
            }
        ],
        context={"files": [inline(f"{hidden}.txt", hidden.encode())], "steps": [hidden]},
    )
    page = open_as(screens, rae, taken["page"])
    for view in ("?edit=1", "?tab=steps", "?tab=files", "?tab=audit", ""):
        page.goto(taken["page"] + view)
        assert not hidden_lines(page), f"{view or 'page'}: {hidden_lines(page)}"
    button(page, "Approve").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not hidden_lines(page)


def hidden_lines(page: Page) -> list[str]:
    text = page.locator("body").inner_text() + page.title()
    return [line for line in text.splitlines() if RLO in line or ZWSP in line]


PICTURE_OF = "() => document.querySelector('.picture img')?.src"


def test_a_picture_that_is_a_script_too_is_served_as_a_picture_only(
    site: Site, rae: Person, screens: Screens
) -> None:
    screens.allow("MIME type|Refused|Content Security Policy|violates")
    taken = site.hand_off("Polyglot", context={"files": [inline("a.gif", POLYGLOTS[0].data)]})
    page = open_as(screens, rae, f"{taken['page']}?tab=files")
    watch = signs.watched(page)
    address = page.evaluate(PICTURE_OF)
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    page.evaluate(
        """address => new Promise(done => {
          const script = document.createElement('script');
          script.onload = script.onerror = done;
          script.src = address;
          document.head.append(script);
        })""",
        address,
    )
    assert page.evaluate("window.canary ?? 'silent'") == "silent"
    assert watch.asked == []
