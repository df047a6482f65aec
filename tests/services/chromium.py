"""Pages in a real Chromium that fail their test on a page error or a request to another origin."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

from tests.services.programs import find_binary

FLAGS = (
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--metrics-recording-only",
    "--mute-audio",
)
# Of no server: what a page makes itself.
LOCAL_SCHEMES = {"data", "blob", "about"}


def binary() -> str | None:
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return find_binary(*names)


def flags() -> list[str]:
    """Chromium's own sandbox needs user namespaces, which root in a container does not have."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@dataclass
class Screens:
    """Makes pages and collects their faults; the fixture ``screens`` fails the test on any.

    ``allow(pattern)`` forgives a fault that the test provokes, e.g. the console line that
    Chromium writes for every 409.
    """

    browser: Browser
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        origin: str,
        *,
        width: int = 1440,
        height: int = 900,
        is_dark: bool = False,
        has_script: bool = True,
        locale: str = "en-GB",
    ) -> Page:
        """A page in a context (cookies) of its own; paths are relative to ``origin``."""
        context = self.browser.new_context(
            base_url=origin,
            viewport={"width": width, "height": height},
            color_scheme="dark" if is_dark else "light",
            java_script_enabled=has_script,
            has_touch=width < 600,
            locale=locale,
            timezone_id="UTC",
        )
        self.contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("console", self._console)
        context.on(
            "weberror",
            lambda error: self.faults.append(f"page error: {error.error.stack or error.error}"),
        )
        context.on("request", lambda request: self._request(request, origin))
        return context.new_page()

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    def left(self) -> list[str]:
        """Faults that nobody allowed."""
        return [
            fault
            for fault in self.faults
            if not any(re.search(pattern, fault) for pattern in self.allowed)
        ]

    def close(self) -> None:
        """Leaves every page as a person does: a context closed while a page still sends its last
        words ("I let go of this handoff") was seen to hang in Chromium."""
        for context in self.contexts:
            for page in context.pages:
                with suppress(Error):
                    page.goto("about:blank")
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = message.location
            self.faults.append(f"console error: {message.text} ({place.get('url', '')})")

    def _request(self, request: Request, origin: str) -> None:
        to = urlsplit(request.url)
        if to.scheme not in LOCAL_SCHEMES and to.netloc != urlsplit(origin).netloc:
            self.faults.append(f"request to another origin: {request.url}")
