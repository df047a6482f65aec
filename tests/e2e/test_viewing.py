"""Viewers in a real browser: sound is sought, pages turn, frames of agents are dead."""

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import exhibits
from tests.e2e.browsing import open_as, tab_to
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

ELSEWHERE = "http://elsewhere"  # where a socket listens, once the test knows its port
# Everything by which a document asks for something or leads away.
HOSTILE = f"""<!doctype html>
<html><head><meta http-equiv="refresh" content="0;url={ELSEWHERE}/refresh">
<link rel="preconnect" href="{ELSEWHERE}"><link rel="stylesheet" href="{ELSEWHERE}/a.css">
<link rel="prefetch" href="/canary"><base href="{ELSEWHERE}/">
<style>@import "{ELSEWHERE}/b.css"; body {{ background: url({ELSEWHERE}/c.png) }}
@font-face {{ font-family: x; src: url({ELSEWHERE}/d.woff) }} p {{ font-family: x }}</style></head>
<body onload="window.top.canary='sang'"><p>Words of the page</p>
<a id="away" href="{ELSEWHERE}/link" target="_top">away</a>
<a id="within" href="{ELSEWHERE}/self" ping="{ELSEWHERE}/ping">within</a>
<script>window.top.canary = 'sang'; fetch('/canary')</script>
<img src="{ELSEWHERE}/e.png" srcset="/canary 2x" onerror="window.top.canary='sang'">
<iframe src="/canary"></iframe><object data="/canary"></object><embed src="/canary">
<video src="/canary" poster="/canary" autoplay></video>
<form action="/canary"><button id="send">send</button></form>
<svg><image href="{ELSEWHERE}/f.png"/><use href="{ELSEWHERE}/g.svg#a"/></svg></body></html>"""
# Resolves when the sound has told of an event, if there is a need to wait for it.
HEARD = """() => new Promise(done => {
  const sound = document.querySelector('audio')
  if (%s) sound.addEventListener('%s', done, { once: true })
  else done()
  %s
})"""


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "viewers", reviewers=["rae@viewers.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


def hand_off(site: Site, files: dict[str, bytes], **members: Any) -> str:
    """The page of a handoff of these files, which are in the workspace."""
    for path, data in files.items():
        (site.folder / path).write_bytes(data)
    taken = site.hand_off("Look at these", context={"files": list(files)}, **members)
    return f"{taken['page']}?tab=files"


def test_sound_is_sought_by_ranges(site: Site, rae: Person, screens: Screens) -> None:
    """Ten minutes at 44.1 kHz: 52 MB, of which the end is asked for, not all before it."""
    address = hand_off(site, {"long.wav": exhibits.wav(600, rate=44_100)})
    page = open_as(screens, rae, "/sign-in/")
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.headers.get("range", "")))
    page.goto(address)
    page.evaluate(HEARD % ("sound.readyState < 1", "loadedmetadata", "{}"))
    assert page.evaluate("Math.round(document.querySelector('audio').duration)") == 600
    assert page.evaluate("document.querySelector('audio').paused")
    page.evaluate(HEARD % ("true", "seeked", "sound.currentTime = 590"))
    starts = [int(each[6:].split("-")[0]) for each in asked if each.startswith("bytes=")]
    assert max(starts) > 50_000_000, asked


FILM = Path(__file__).with_name("film.mp4")  # thirty seconds of a test pattern, two pictures each


def large_film() -> bytes:
    """The film with a hole of 20 MB before its index, which stands at the end."""
    data = FILM.read_bytes()
    at = data.index(b"moov") - 4
    hole = 20_000_000
    return data[:at] + hole.to_bytes(4, "big") + b"free" + bytes(hole - 8) + data[at:]


def test_a_film_plays_and_is_sought_by_ranges(site: Site, rae: Person, screens: Screens) -> None:
    address = hand_off(site, {"demo.mp4": large_film()})
    page = open_as(screens, rae, "/sign-in/")
    asked: list[tuple[str, int, str]] = []
    page.on(
        "response",
        lambda each: asked.append(
            (
                each.request.headers.get("range", ""),
                each.status,
                each.headers.get("content-range", ""),
            )
        ),
    )
    page.goto(address)
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    film = page.evaluate(
        """() => {
          const { duration, paused, videoWidth, videoHeight } = document.querySelector('video')
          return [Math.round(duration), paused, videoWidth, videoHeight]
        }"""
    )
    assert film == [30, True, 64, 48]
    sought = page.evaluate(
        """() => new Promise((done) => {
          const film = document.querySelector('video')
          film.addEventListener('seeked', () => done(film.currentTime), { once: true })
          film.currentTime = 20
        })"""
    )
    assert sought == 20
    page.evaluate("() => { const f = document.querySelector('video'); f.muted = true; f.play() }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 20.5")
    ranges = [each for each in asked if each[0]]
    assert ranges and all(status == 206 for _range, status, _content in ranges), asked
    starts = [int(each[0][6:].split("-")[0]) for each in ranges]
    assert max(starts) >= 20_000_000, asked  # the index, without the hole before it
    assert all(content.startswith("bytes ") for _range, _status, content in ranges)


def test_a_pdf_is_a_picture_of_its_page_with_text_and_pages_turn(
    site: Site, rae: Person, screens: Screens
) -> None:
    address = hand_off(site, {"letter.pdf": exhibits.pdf("Dear Rae", "Yours, an agent")})
    page = open_as(screens, rae, address)
    picture = page.get_by_role("img", name="Page 1 of letter.pdf")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.paper img').naturalWidth === 1400")
    expect(page.get_by_role("region", name="Text of page 1")).to_have_text("Dear Rae")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("region", name="Text of page 2")).to_have_text("Yours, an agent")


def test_a_table_is_paged_by_keyboard_and_the_focus_stays(
    site: Site, rae: Person, screens: Screens
) -> None:
    rows = "".join(f"{n},row {n}\n" for n in range(1, 701))
    page = open_as(screens, rae, hand_off(site, {"rows.csv": f"n,name\n{rows}".encode()}))
    following = page.get_by_role("link", name="Next 200 rows")
    following.focus()
    for first in (201, 401):
        page.keyboard.press("Enter")
        expect(page.get_by_role("cell", name=f"row {first}", exact=True)).to_be_visible()
        expect(following).to_be_focused()
    page.get_by_role("link", name="200 rows before").press("Enter")
    expect(page.get_by_role("cell", name="row 201", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="row 401", exact=True)).to_have_count(0)
    sheet = page.get_by_role("region", name="Rows of rows.csv")
    sheet.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.sheet').scrollTop > 0")


def test_the_levels_of_a_log_are_chosen_by_keyboard(
    site: Site, rae: Person, screens: Screens
) -> None:
    lines = b"INFO fine\nWARNING careful\nERROR broken\n  at line 3\nINFO on it goes\n"
    page = open_as(screens, rae, hand_off(site, {"run.log": lines}))
    tab_to(page, page.get_by_role("radio", name="All"), within=60)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Errors")).to_be_checked()
    expect(page.locator(".log tr:visible")).to_have_count(2)
    expect(page.get_by_text("at line 3")).to_be_visible()


def test_pictures_are_compared_by_keyboard(site: Site, rae: Person, screens: Screens) -> None:
    hand_off(site, {"shot.png": exhibits.png(120, 80, grey=40)}, id="pictures")
    (site.folder / "shot.png").write_bytes(exhibits.png(120, 80, grey=200))
    taken = site.hand_off("Again", context={"files": ["shot.png"]}, id="pictures")
    page = open_as(screens, rae, f"{taken['page']}?tab=files")
    page.get_by_role("radio", name="Side by side").focus()
    page.keyboard.press("ArrowRight")
    slider = page.get_by_role("slider", name="How much of the new picture is shown")
    slider.focus()
    page.keyboard.press("End")
    assert cut(page) == "inset(0px 0px 0px 0%)"
    page.keyboard.press("Home")
    assert cut(page) == "inset(0px 0px 0px 100%)"


def cut(page: Page) -> str:
    newer = page.locator(".pair figure").nth(1).locator(".picture")
    return str(newer.evaluate("element => getComputedStyle(element).clipPath"))


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """Another origin: to connect is enough to be noticed, a request need not follow."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize("name", ["page.html", "drawing.svg"])
def test_what_an_agent_drew_runs_loads_and_moves_nothing(
    site: Site, rae: Person, screens: Screens, elsewhere: socket.socket, name: str
) -> None:
    # The browser tells of what its policy stopped as of a request; what counts is what arrived.
    screens.allow("Content Security Policy|violates|sandbox|Refused|another origin|Unsafe attempt")
    hostile = HOSTILE.replace(ELSEWHERE, f"http://127.0.0.1:{elsewhere.getsockname()[1]}")
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"window.top.canary='sang'\">{hostile}"
    data = hostile if name == "page.html" else f"{svg}<text y='20'>Words</text></svg>"
    address = f"{hand_off(site, {name: data.encode()})}&as=drawn"
    page = open_as(screens, rae, "/sign-in/")
    answered: list[str] = []
    page.context.on("response", lambda response: answered.append(response.url))
    for target in ("", "#away", "#within", "#send"):
        page.goto(address, wait_until="load")
        frame = page.frame_locator("iframe.frame")
        expect(frame.locator("body")).to_be_visible()
        if name == "page.html":
            expect(frame.get_by_text("Words of the page")).to_be_visible()
            if target:
                frame.locator(target).click()
        assert page.url.startswith(f"{site.desk.url}/h/")
    page.get_by_role("link", name="File", exact=True).click()
    expect(page.locator("table.lines")).to_contain_text("canary")
    assert page.evaluate("window.canary ?? 'silent'") == "silent"
    assert [each for each in answered if "canary" in each] == []
    assert not select.select([elsewhere], [], [], 0)[0], "something connected"


def test_the_canary_of_that_page_sings_where_nothing_holds_it(
    screens: Screens, elsewhere: socket.socket
) -> None:
    """The trap works: the same page without policy and frame runs its script and connects."""
    screens.allow(".*")
    page = screens.open("http://127.0.0.1:9")
    hostile = HOSTILE.replace(ELSEWHERE, f"http://127.0.0.1:{elsewhere.getsockname()[1]}")
    page.set_content(hostile.replace('http-equiv="refresh"', ""), wait_until="commit")
    elsewhere.settimeout(10)
    elsewhere.accept()[0].close()
    elsewhere.close()  # the style sheets that scripts wait for will not come
    page.wait_for_function("() => window.canary === 'sang'")
