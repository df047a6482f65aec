"""Pictures of the screens, from a desk of its own with the demo data: ``script/screenshots``.

``docs/screenshots`` keeps some; with ``--all`` every screen is taken in every look, as tall as it
is, to be looked at.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.services import chromium, desk

EVIDENCE = "document.getElementById('evidence')?.scrollIntoView()"


@dataclass(frozen=True)
class Look:
    """A window (CSS pixels) and a theme."""

    width: int
    height: int = 900
    is_dark: bool = False


LOOKS = {
    "light": Look(1440),
    "dark": Look(1440, is_dark=True),
    "phone": Look(390, 844),
    "phone-dark": Look(390, 844, is_dark=True),
    "narrow": Look(320, 640),
}
NARROW = {"queue", "handoff", "critical", "files", "palette", "settings", "agents"}


@dataclass(frozen=True)
class Screen:
    """An address, what to do there first, and in which looks ``docs/screenshots`` keeps it."""

    address: str
    kept: tuple[str, ...] = ("light",)
    first: Callable[[Page], None] = lambda page: None


def press(*keys: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return do


def evidence(page: Page) -> None:
    page.evaluate(EVIDENCE)


def ask(page: Page) -> None:
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("dialog").wait_for()


def open_account(page: Page) -> None:
    if page.get_by_role("button", name="Menu", exact=True).is_visible():
        page.get_by_role("button", name="Menu", exact=True).click()
    page.locator(".account summary").click()


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()


def select(page: Page) -> None:
    page.locator("#rows a.t").nth(1).focus()
    for key in ("x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    page.locator("#bulk-count").wait_for()


def complete(page: Page) -> None:
    page.locator("#q").fill("trig")
    page.locator("#q-options [role=option]").first.wait_for()


def open_overlay(key: str) -> Callable[[Page], None]:
    def do(page: Page) -> None:
        page.wait_for_timeout(500)
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()

    return do


def comment(page: Page) -> None:
    evidence(page)
    page.locator(".df [id^=file-]").nth(5).focus()
    page.keyboard.press("m")
    page.keyboard.type("The toggle needs a name that a screen reader can say.")


def save_a_view(page: Page) -> None:
    name = "Doubtful, not mine"
    if page.get_by_role("link", name=name).count():
        return
    page.get_by_label("Name").fill(name)
    page.get_by_label("Filter").fill("trigger:low_confidence -assignee:me")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name=name).first.wait_for()


def simulate(page: Page) -> None:
    page.get_by_role("button", name="Simulate").first.click()
    page.get_by_role("link", name="Publish…").wait_for()


def approve(page: Page) -> None:
    button = page.get_by_role("button", name="Approve", exact=True)
    if button.count():
        button.click()
        page.get_by_role("button", name="Undo").wait_for()


def review_edits(page: Page) -> None:
    page.get_by_label("version").fill("2.4.2")
    page.get_by_role("button", name="Review edits", exact=True).last.click()
    page.locator("#edits-title").wait_for()


def type_in_palette(page: Page) -> None:
    open_palette(page)
    page.keyboard.type("patch")
    page.wait_for_timeout(300)


EVERY = ("light", "dark", "phone")
BESIDE = "/h/HO-12/"  # another reviewer looks at it all the while
SIGNED_OUT = {
    "sign-in": Screen("/sign-in/", ("light", "dark", "phone")),
    "reset": Screen("/password/reset/", ()),
    "reset-sent": Screen("/password/reset/sent/", ()),
    "reset-stale": Screen("/password/reset/MQ/none-none/", ()),
}
# The numbers are those of the demo data in its order.
SCREENS = {
    "queue": Screen("/", (*EVERY, "phone-dark", "narrow")),
    "queue-pane": Screen("/?at=HO-9"),
    "queue-no-match": Screen("/?q=trigger:question+workspace:billing"),
    "filter": Screen("/?q=trigger:error,critical_action+-agent:nobody+confidence:2"),
    "complete": Screen("/", ("light",), complete),
    "grouped": Screen("/?q=group:workspace"),
    "selected": Screen("/", ("light", "phone"), select),
    "snooze": Screen("/h/HO-4/", ("light", "phone"), open_overlay("h")),
    "assign": Screen("/h/HO-4/", (), open_overlay("A")),
    "saved-views": Screen("/views/", ("light",), save_a_view),
    "mine": Screen("/mine/"),
    "handoff": Screen("/h/HO-4/", (*EVERY, "phone-dark", "narrow")),
    "files": Screen("/h/HO-14/?tab=files", ("light",), evidence),
    "picture": Screen("/h/HO-14/?tab=files&file=5", ("light",), evidence),
    "picture-pair": Screen("/h/HO-4/?tab=files&file=2", ("light",), evidence),
    "diff": Screen("/h/HO-4/?tab=files&file=1&as=since", EVERY, evidence),
    "comment": Screen("/h/HO-4/?tab=files&file=1&as=since", ("light",), comment),
    "table": Screen("/h/HO-3/?tab=files&file=2", ("light",), evidence),
    "tree": Screen("/h/HO-11/?tab=files&file=2", ("light",), evidence),
    "error": Screen("/h/HO-11/", EVERY),
    "log": Screen("/h/HO-11/?tab=log", ("light",), evidence),
    "prompts": Screen("/h/HO-13/?tab=prompts", ("light",), evidence),
    "steps": Screen("/h/HO-13/?tab=steps", ("light",), evidence),
    "audit": Screen("/h/HO-4/?tab=audit", ("light",), evidence),
    "conversation": Screen("/h/HO-3/?tab=conversation", ("light",), evidence),
    "critical": Screen("/h/HO-9/", EVERY),
    "confirm": Screen("/h/HO-9/", ("light", "phone"), ask),
    "several": Screen("/h/HO-10/", EVERY),
    "edit": Screen("/h/HO-9/?edit=1"),
    "edit-review": Screen("/h/HO-9/?edit=1", ("light",), review_edits),
    "decided": Screen("/decided/"),
    "receipt": Screen("/h/HO-6/"),
    "bell": Screen("/notifications/"),
    "keys": Screen("/", ("light",), press("?")),
    "account": Screen("/", (), open_account),
    "workspaces": Screen("/w/"),
    "workspace": Screen("/w/billing/", EVERY),
    "workspace-settings": Screen("/w/billing/settings/", ()),
    "workspace-new": Screen("/w/new/", ()),
    "members": Screen("/w/billing/members/"),
    "folders": Screen("/w/billing/agents/", ()),
    "workspace-audit": Screen("/w/billing/audit/", ()),
    "problems": Screen("/problems/"),
    "people": Screen("/people/"),
    "person": Screen("/people/2/", ()),
    "invite": Screen("/people/invite/", ()),
    "agents": Screen("/agents/", EVERY),
    "agent": Screen("/agents/2/"),
    "agent-new": Screen("/agents/new/", ()),
    "agent-settings": Screen("/agents/2/settings/", ()),
    "token-new": Screen("/agents/2/tokens/new/", ()),
    "teams": Screen("/teams/"),
    "team": Screen("/teams/1/"),
    "away": Screen("/away/"),
    "departure": Screen("/people/2/deactivate/"),
    "hours": Screen("/w/billing/hours/"),
    "due": Screen("/h/HO-4/due/"),
    "routing": Screen("/routing/billing/", ("light", "dark", "phone")),
    "rule": Screen("/routing/billing/rules/new/"),
    "rule-test": Screen("/routing/billing/test/?h=HO-10"),
    "simulate": Screen("/routing/billing/", ("light",), simulate),
    "versions": Screen("/routing/billing/versions/", ()),
    "channels": Screen("/channels/", ("light", "dark", "phone")),
    "channel-new": Screen("/channels/new/webhook/"),
    "service-new": Screen("/channels/new/service/", ()),
    "own-channels": Screen("/settings/channels/"),
    "notices": Screen("/settings/notifications/", ("light", "dark", "phone")),
    "team-notices": Screen("/teams/1/notifications/", ()),
    "deliveries": Screen("/deliveries/"),
    "password": Screen("/password/", ()),
    "settings": Screen("/settings/", ("light", "phone")),
    "palette": Screen("/h/HO-14/", ("light", "dark", "phone"), open_palette),
    "palette-typed": Screen("/h/HO-14/", (), type_in_palette),
    "not-found": Screen("/h/HO-999999/", ()),
    "api-docs": Screen("/api/v1/docs"),
    "undo": Screen("/h/HO-15/", ("light",), approve),  # the last: it is gone afterwards
}


def hand_off_a_secret(url: str, token: str) -> str:
    """The path of the page of a handoff with a key among its arguments."""
    key = "AKIA" + "Q3EGB7XWNTKVC2ZD"  # in two: it looks like one that works
    action = {
        "id": "store",
        "name": "store_secret",
        "args": {"name": "BACKUP_KEY", "scope": "backups", "value": key},
        "risk": "medium",
    }
    answer = httpx.post(
        f"{url}/api/v1/handoffs",
        json={"title": "Store the new key for backups", "actions": [action]},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    ).raise_for_status()
    return str(urlsplit(answer.json()["web_url"]).path)


def hand_off_a_release(url: str, token: str) -> str:
    """The path of the page of a handoff that takes two approvals."""
    answer = httpx.post(
        f"{url}/api/v1/handoffs",
        json={
            "title": "Release 4.2 to everybody",
            "summary": "All checks are green since this morning; the notes are attached.",
            "actions": [
                {"id": "go", "name": "release", "args": {"version": "4.2.0", "percent": 100}}
            ],
            "context": {"files": [{"path": "NOTES.md", "content": "# 4.2\n\n- Faster starts\n"}]},
        },
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    ).raise_for_status()
    return str(urlsplit(answer.json()["web_url"]).path)


def main(folder: Path, *, everything: bool, only: set[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        installation = desk.embedded(Path(scratch))
        installation.manage("migrate", "--verbosity", "0")
        installation.manage("demo")
        beside = "from tests.services import founding; founding.rules_of_demo()"
        installation.manage("shell", "--no-imports", "-c", beside)
        installation.start()
        try:
            notes = json.loads((Path(scratch) / "data" / "demo.json").read_text())
            SCREENS["masked"] = Screen(hand_off_a_secret(installation.url, notes["token"]))
            release = hand_off_a_release(installation.url, notes["token"])
            SCREENS["votes"] = Screen(release, ("light", "dark", "phone"))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium.binary(), headless=True, args=chromium.flags()
                )
                failed: list[str] = []
                for look in LOOKS:
                    taking = Taking(installation.url, look, folder, everything, only, failed)
                    taking.take(browser, *notes["logins"][:2])
                browser.close()
                if failed:
                    raise SystemExit("Not taken:\n" + "\n".join(failed))
        finally:
            installation.kill()


@dataclass(frozen=True)
class Taking:
    """All pictures of one look."""

    url: str
    look: str
    folder: Path
    everything: bool
    only: set[str]
    failed: list[str]

    def take(self, browser: Browser, login: dict[str, str], other: dict[str, str]) -> None:
        look = LOOKS[self.look]
        context = browser.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme="dark" if look.is_dark else "light",
            has_touch=look.width < 600,
        )
        page = context.new_page()
        self._take_each(page, SIGNED_OUT)
        beside = browser.new_context()
        self._sign_in(beside.new_page(), other).goto(f"{self.url}{BESIDE}")
        self._take_each(self._sign_in(page, login), SCREENS)
        beside.close()
        context.close()

    def _sign_in(self, page: Page, login: dict[str, str]) -> Page:
        page.goto(f"{self.url}/sign-in/")
        page.get_by_label("E-mail").fill(login["email"])
        page.get_by_label("Password").fill(login["password"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        return page

    def _take_each(self, page: Page, screens: dict[str, Screen]) -> None:
        for name, screen in screens.items():
            if self._is_wanted(name, screen):
                page.goto(self.url + screen.address)
                page.wait_for_load_state("networkidle")
                try:
                    screen.first(page)
                except Error as error:
                    self.failed.append(f"{name}-{self.look}: {error.message.splitlines()[0]}")
                    continue
                self._shoot(page, self.folder / f"{name}-{self.look}.png")

    def _is_wanted(self, name: str, screen: Screen) -> bool:
        if self.only and name not in self.only:
            return False
        if not self.everything:
            return self.look in screen.kept
        return self.look != "narrow" or name in NARROW

    def _shoot(self, page: Page, file: Path) -> None:
        is_whole = self.everything and not page.locator("dialog[open]").count()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=file, full_page=is_whole, animations="disabled")
        if not self.everything:
            lighten(file)
        print(file)


def lighten(file: Path) -> None:
    """A third of the bytes, where ImageMagick is installed: screens have few colours."""
    if program := shutil.which("convert"):
        subprocess.run(
            [program, str(file), "-strip", "-dither", "None", "-colors", "200", f"PNG8:{file}"],
            check=True,
            timeout=60,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every screen in every look, whole")
    parser.add_argument("--only", action="append", default=[], help="this screen (repeatable)")
    given = parser.parse_args()
    main(given.folder, everything=given.all, only=set(given.only))
