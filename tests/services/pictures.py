"""Pictures of the screens, from a desk of its own with the demo data: ``script/screenshots``."""

import json
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import chromium, desk

# name: address; the numbers are those of the demo data in its order
SCREENS = {
    "queue": "/",
    "queue-pane": "/?at=HO-9",
    "handoff": "/h/HO-4/",
    "files": "/h/HO-14/?tab=files",
    "picture": "/h/HO-14/?tab=files&file=5",
    "error": "/h/HO-11/",
    "log": "/h/HO-11/?tab=log",
    "prompts": "/h/HO-13/?tab=prompts",
    "steps": "/h/HO-13/?tab=steps",
    "audit": "/h/HO-4/?tab=audit",
    "conversation": "/h/HO-3/?tab=conversation",
    "critical": "/h/HO-9/",
    "several": "/h/HO-10/",
    "edit": "/h/HO-9/?edit=1",
    "decided": "/decided/",
    "receipt": "/h/HO-6/",
    "bell": "/notifications/",
    "workspaces": "/w/",
    "workspace": "/w/billing/",
    "members": "/w/billing/members/",
    "problems": "/problems/",
    "people": "/people/",
    "agents": "/agents/",
    "deliveries": "/deliveries/",
    "api-docs": "/api/v1/docs",
}
EVIDENCE = ("files", "picture", "log", "prompts", "steps", "audit", "conversation")
LOOKS = {"light": (1440, 900, False), "dark": (1440, 900, True), "phone": (390, 844, False)}
ALL_LOOKS = {"queue", "handoff", "critical", "several", "workspace", "agents", "error"}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        installation = desk.embedded(Path(scratch))
        installation.manage("migrate", "--verbosity", "0")
        installation.manage("demo")
        installation.start()
        try:
            notes = json.loads((Path(scratch) / "data" / "demo.json").read_text())
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=chromium.binary(), headless=True, args=chromium.flags()
                )
                for look in LOOKS:
                    _take(browser, installation.url, notes["logins"][0], look, folder)
                browser.close()
        finally:
            installation.kill()


def _take(browser: Browser, url: str, login: dict[str, str], look: str, folder: Path) -> None:
    width, height, is_dark = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if is_dark else "light"
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    _shoot(page, folder / f"sign-in-{look}.png")
    page.get_by_label("E-mail").fill(login["email"])
    page.get_by_label("Password").fill(login["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    for name, address in SCREENS.items():
        if look == "light" or name in ALL_LOOKS:
            page.goto(url + address)
            _shoot(page, folder / f"{name}-{look}.png")
    context.close()


def _shoot(page: Page, file: Path) -> None:
    page.wait_for_load_state("networkidle")
    if file.name.startswith(EVIDENCE):
        page.evaluate("document.getElementById('evidence').scrollIntoView()")
    page.screenshot(path=file)
    print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
