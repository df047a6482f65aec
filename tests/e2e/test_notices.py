"""What reaches somebody: chosen in the browser, read from a mail server, opened by its link."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import button, open_as
from tests.notify import mailbox as mailboxes
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.fixtures import NewDesk
from tests.services.players import Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]
PAGE = "/settings/notifications/"


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "noticing", reviewers=["rae@noticing.test", "sam@noticing.test"])


def test_choices_are_saved_as_they_are_made(site: Site, screens: Screens) -> None:
    page = open_as(screens, site.person(1), PAGE)
    expect(button(page, "Save")).to_be_hidden()
    page.get_by_label("The agent wrote, otherwise").first.select_option("digest")
    expect(page.locator("#say")).to_have_text("Saved")
    page.get_by_label("Keep quiet at these times").check()
    page.get_by_label("From").fill("21:30")
    page.get_by_label("From").press("Tab")
    expect(page.locator(".fld", has=page.get_by_label("From"))).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_label("The agent wrote, otherwise").first).to_have_value("digest")
    expect(page.get_by_label("From")).to_have_value("21:30")


@pytest.mark.slow
def test_a_mail_leads_to_the_handoff_and_its_one_click_ends_such_mails(
    new_desk: NewDesk, screens: Screens
) -> None:
    with mailboxes.running() as box:
        desk = new_desk(HANDOFF_SMTP_URL=f"smtp://127.0.0.1:{box.port}")
        site = found(desk, "main", reviewers=["rae@example.com"])
        site.hand_off("Deploy the shop?", summary="INNER WORDS")
        assert box.arrived.acquire(timeout=10)
        (mail,) = box.mails("rae@example.com")
        html = mailboxes.text_of(mail, "html")
        links = [urlsplit(link).path for link in re.findall('href="([^"]*)"', html)]
        assert links[1:] == [PAGE] and "INNER" not in html
        page = open_as(screens, site.person(), links[0])
        expect(page.get_by_role("heading", name="Deploy the shop?").first).to_be_visible()
        off = re.sub(r"\s", "", mail["List-Unsubscribe"]).strip("<>")
        page.goto(urlsplit(off).path)
        expect(page.get_by_role("heading", name="No more mails about this?")).to_be_visible()
        button(page, "End these mails").click()
        expect(page.get_by_role("heading", name="No more mails about this")).to_be_visible()
        page.goto(PAGE)
        group = page.get_by_role("group", name="A handoff wants a decision, otherwise")
        expect(group.get_by_role("checkbox", name="Mail")).not_to_be_checked()
        expect(group.get_by_role("checkbox", name="Bell")).to_be_checked()
