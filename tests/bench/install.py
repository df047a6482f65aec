"""From a fresh clone to the demo queue in a browser, by the one command of the README."""

import json
import subprocess
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.bench import screen
from tests.bench.figures import Bar, Figure
from tests.services.desk import ROOT, environment
from tests.services.programs import Program, free_port, is_open

FIRST, SECOND = 90.0, 5.0


def fresh_clone(browser: Browser, folder: Path, *, starts: int) -> list[Figure]:
    """One install without pip's cache, then ``starts`` more starts of the same clone."""
    clone = folder / "clone"
    begun = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=60)
    port = free_port()
    env = environment({"PIP_NO_CACHE_DIR": "1", "PORT": str(port)})
    script = Program(
        "script/server", [str(clone / "script" / "server")], log=folder / "log", env=env, cwd=clone
    )
    page = browser.new_context(base_url=f"http://127.0.0.1:{port}").new_page()
    try:
        first = _queue(script, page, clone, port, begun)
        script.stop()
        later = []
        for _ in range(starts):
            begun = time.monotonic()
            later.append(_queue(script, page, clone, port, begun))
            script.stop()
    except BaseException:
        print(script.tail(), flush=True)
        raise
    finally:
        script.kill()
        page.context.close()
    return [
        Figure(
            "fresh clone → demo queue in the browser",
            "s",
            [[first]],
            (Bar("max", most=FIRST),),
            "git clone included, no pip cache",
            shown=("max",),
        ),
        Figure(
            "second start → queue in the browser",
            "s",
            [later],
            (Bar("p50", most=SECOND),),
            shown=("p50", "max"),
        ),
    ]


def _queue(script: Program, page: Page, clone: Path, port: int, begun: float) -> float:
    """Seconds from ``begun`` until the browser shows rows; it signs in the first time."""
    script.start()
    script.wait_until(lambda: is_open(port), within=300)
    notes = json.loads((clone / ".data" / "demo.json").read_text("utf-8"))
    page.goto("/")
    if page.locator("[name=password]").count():
        screen.sign_in(page, notes["logins"][0])
    page.wait_for_selector(screen.ROWS)
    return time.monotonic() - begun
