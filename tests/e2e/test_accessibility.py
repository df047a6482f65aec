"""Every screen for everybody: axe, clipping, targets and focus, in both themes, at three widths.

The fast lane looks at the screens that matter most, each in two looks; ``--all`` at every screen
in every look.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import showcase, sound
from tests.e2e.browsing import button, open_as
from tests.e2e.showcase import ARABIC, LONG_WORD, Showcase
from tests.e2e.sound import LOOKS, Look
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.founding import PASSWORD
from tests.services.players import Person, found

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Gallery:
    """A desk with something on every screen; ``ada`` owns its workspace, ``root`` is the
    site's administrator, ``new`` has nothing yet."""

    origin: str
    shown: Showcase
    ada: Person
    root: Person
    new: Person
    ids: dict[str, str]

    def path(self, named: str) -> str:
        """``{worst}?tab=files`` → the path."""
        return named.format(**vars(self.shown), **self.ids)


@pytest.fixture(scope="module")
def gallery(desk: Installation) -> Gallery:
    site = found(desk, "gallery", reviewers=["ada@gallery.test"], undo_seconds=0)
    site.beside("join", site.workspace, "ada@gallery.test", "owner")
    desk.manage(
        "create_user", "root@gallery.test", "--site-admin", "--password-stdin", typed=PASSWORD
    )
    nothing = found(desk, "nothing", reviewers=["new@gallery.test"])
    site.beside("rename", site.workspace, f"{LONG_WORD} {ARABIC}")
    site.beside("name", "ada@gallery.test", f"Ada {LONG_WORD}")
    (site.folder / "bad.handoff.json").write_text('{"title": "", "surprise": [1, 2]}')
    ada = site.person()
    shown = showcase.fill(site, ada)
    ids = {
        "number": shown.ordinary.strip("/").rpartition("/")[2],
        "worst_number": shown.worst.strip("/").rpartition("/")[2],
        "me": str(site.people["ada@gallery.test"]),
        "agent": first_id("/agents/", ada.http.get("/agents/").text),
    }
    root = Person(desk.url, "root@gallery.test")
    site.beside("join", site.workspace, "una@gallery.test", "reviewer")
    ids["team"] = str(site.beside("make_team", site.workspace, LONG_WORD[:80], "una@gallery.test"))
    ids |= draft_of_rules(root, ids["agent"])
    return Gallery(desk.url, shown, ada, root, nothing.person(), ids)


def draft_of_rules(root: Person, agent: str) -> dict[str, str]:
    """A draft with a rule that has groups, a ladder and long words, and its simulation."""

    def send(path: str, fields: dict[str, str]) -> str:
        token = {"csrfmiddlewaretoken": root.http.cookies["csrftoken"]}
        answer = root.http.post(f"/routing/gallery/{path}", data={**fields, **token})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    rule = {
        **{"name": f"Large refunds {LONG_WORD}", "is_active": "on", "pick": "round_robin"},
        **{"c.0.mode": "all", "c.0.0.mode": "none", "c.0.0.0.fact": "risk", "c.0.0.0.op": "in"},
        **{"c.0.0.0.value": "high", "c.0.1.fact": "time", "c.0.1.op": "within"},
        **{"c.0.1.from": "09:00", "c.0.1.to": "17:00", "c.0.2.fact": "argument"},
        **{"c.0.2.op": "gt", "c.0.2.as": "number", "c.0.2.pointer": "/a", "c.0.2.value": "5"},
        **{"c.0.3.fact": "files", "c.0.3.op": "match", "c.0.3.value": f"**/{LONG_WORD}/*"},
        **{"c.0.4.fact": "agent", "c.0.4.op": "in", "c.0.4.value": agent},
        **{"to": "role:admin", "due": "2", "due_unit": "hours", "do": "save"},
        **{"step.0.after": "50", "step.0.to": "role:owner", "step.0.act": "notify"},
    }
    key = send("rules/new/", rule).rpartition("#rule-")[2]
    simulation = send("simulate/", {"days": "7"}).strip("/").rpartition("/")[2]
    return {"rule": key, "simulation": simulation}


def first_id(start: str, html: str) -> str:
    """The first number that a link to ``start`` has."""
    found = re.search(rf'href="{start}(\d+)/"', html)
    assert found, html
    return found[1]


SIGNED_OUT = {
    "sign in": "/sign-in/",
    "reset": "/password/reset/",
    "reset sent": "/password/reset/sent/",
    "reset done": "/password/reset/complete/",
    "reset link that is stale": "/password/reset/MQ/none-none/",
}
REVIEWING = {
    "queue": "/",
    "queue beside a handoff": "/?at={number}",
    "filter without a match": "/?q=trigger:error+workspace:nothing",
    "filter with faults": "/?q=trigger:error,question+group:trigger+sort:due+foo:"
    + "x" * 120
    + "+confidence:2+is:open",
    "saved views": "/views/?q=trigger:error",
    "mine": "/mine/",
    "decided list": "/decided/",
    "bell": "/notifications/",
    "handoff": "{ordinary}",
    "older round": "{ordinary}?round=1",
    "diff by the agent": "{ordinary}?tab=files&round=1&as=diff",
    "patch": "{ordinary}?tab=files&file=1",
    "table": "{ordinary}?tab=files&file=2",
    "markdown": "{ordinary}?tab=files&file=3",
    "json": "{ordinary}?tab=files&file=4",
    "picture": "{ordinary}?tab=files&file=5",
    "html file": "{ordinary}?tab=files&file=6",
    "binary file": "{ordinary}?tab=files&file=7",
    "file that is gone": "{ordinary}?tab=files&file=8",
    "log": "{ordinary}?tab=log",
    "steps": "{ordinary}?tab=steps",
    "prompts": "{ordinary}?tab=prompts",
    "conversation": "{ordinary}?tab=conversation",
    "audit": "{ordinary}?tab=audit",
    "edit": "{ordinary}?edit=1",
    "critical": "{critical}",
    "several actions": "{several}",
    "error": "{error}",
    "question": "{question}",
    "decided": "{decided}",
    "worst": "{worst}",
    "files of the worst": "{worst}?tab=files",
    "title of one word": "{one_word}",
    "worst beside the queue": "/?at={worst_number}",
    "API of the desk": "/api/v1/docs",
    "change password": "/password/",
    "changed password": "/password/done/",
    "no such page": "/h/HO-999999/",
}
ADMINISTERING = {
    "settings": "/settings/",
    "what reaches one": "/settings/notifications/",
    "workspaces": "/w/",
    "workspace": "/w/gallery/",
    "workspace settings": "/w/gallery/settings/",
    "hours": "/w/gallery/hours/",
    "due time": "{ordinary}due/",
    "members": "/w/gallery/members/",
    "folders": "/w/gallery/agents/",
    "workspace audit": "/w/gallery/audit/",
    "people": "/people/",
    "person": "/people/{me}/",
    "invite": "/people/invite/",
    "leaving": "/people/{me}/deactivate/",
    "away": "/away/",
    "teams": "/teams/",
    "team": "/teams/{team}/",
    "new team": "/teams/new/",
    "agents": "/agents/",
    "agent": "/agents/{agent}/",
    "new agent": "/agents/new/",
    "new token": "/agents/{agent}/tokens/new/",
    "deliveries": "/deliveries/",
    "channels": "/channels/",
    "webhook": "/channels/new/webhook/",
    "service": "/channels/new/service/",
    "own-channels": "/settings/channels/",
    "problems": "/problems/",
    "rules with a draft": "/routing/gallery/",
    "rules in force": "/routing/gallery/?show=force",
    "a rule": "/routing/gallery/rules/{rule}/",
    "rules on trial": "/routing/gallery/test/?h={number}",
    "simulation": "/routing/gallery/simulations/{simulation}/",
    "publish rules": "/routing/gallery/publish/",
    "versions of rules": "/routing/gallery/versions/",
    "version of rules": "/routing/gallery/versions/1/",
}
OF_NOBODY = {"first run": "/", "nothing of mine": "/mine/", "empty bell": "/notifications/"}
EXPECTED = r"status of (404|422)"


class Stand:
    """One page for phones and one for desks, in one session; themes and the widths of phones
    change without loading it anew, as they do for people."""

    def __init__(self, screens: Screens, gallery: Gallery, person: Person | None) -> None:
        self.screens, self.gallery, self.person = screens, gallery, person
        self.pages: dict[bool, Page] = {}
        self.shown: dict[bool, str] = {}

    def show(self, path: str, look: Look) -> Page:
        touch = look.width < 600
        if touch not in self.pages:
            self.pages[touch] = self._open(look)
        page = self.pages[touch]
        page.set_viewport_size({"width": look.width, "height": 900 if not touch else 844})
        page.emulate_media(color_scheme="dark" if look.is_dark else "light")
        if self.shown.get(touch) != path:
            answer = page.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status < 500, f"{path} answers {answer.status}"
            self.shown[touch] = path
        return page

    def _open(self, look: Look) -> Page:
        if self.person is None:
            return self.screens.open(self.gallery.origin, width=look.width)
        return open_as(self.screens, self.person, "/password/", width=look.width)


def axe_of(look: Look, looks: list[Look]) -> dict[str, str]:
    """What axe looks for: themes differ in their colours alone, and widths in all but these."""
    if look.is_dark and Look(look.width, is_dark=False) in looks:
        return {"only": sound.CONTRAST}
    return {"but": sound.CONTRAST} if look.width == 320 else {}


def look_at(stand: Stand, path: str, looks: list[Look]) -> list[str]:
    if stand.gallery.shown.worst in path or f"at={stand.gallery.ids['worst_number']}" in path:
        # While axe looks at a thousand files, nothing else runs in the page, its requests' clocks
        # do.
        stand.screens.allow("htmx:error: timeout")
    told: list[str] = []
    for look in looks:
        page = stand.show(path, look)
        if stand.person is not None and page.locator("#live-text").count():
            expect(page.locator("#live-text")).to_have_text("Live")
        told += [f"{look}: {each}" for each in sound.faults(page, **axe_of(look, looks))]
    return told


def check(told: list[str]) -> None:
    assert not told, "\n".join(told)


TWO = [Look(1440, is_dark=True), Look(390, is_dark=False)]
ESSENTIAL = {
    "queue": "/",
    "handoff": "{ordinary}",
    "worst": "{worst}",
    "title of one word": "{one_word}",
    "edit": "{ordinary}?edit=1",
    "settings": "/settings/",
}


@pytest.mark.parametrize(
    "screen",
    [
        pytest.param(name, marks=[] if name in ("queue", "handoff") else pytest.mark.slow)
        for name in ESSENTIAL
    ],
)
def test_an_essential_screen_is_sound(gallery: Gallery, screens: Screens, screen: str) -> None:
    stand = Stand(screens, gallery, gallery.ada)
    check(look_at(stand, gallery.path(ESSENTIAL[screen]), TWO))


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(SIGNED_OUT))
def test_a_screen_for_strangers_is_sound(gallery: Gallery, screens: Screens, screen: str) -> None:
    check(look_at(Stand(screens, gallery, None), SIGNED_OUT[screen], LOOKS))


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(REVIEWING))
def test_a_screen_for_reviewers_is_sound(gallery: Gallery, screens: Screens, screen: str) -> None:
    screens.allow(EXPECTED)
    path = gallery.path(REVIEWING[screen])
    # Where there is no room beside the queue, the address leads on to the handoff's own page.
    looks = [look for look in LOOKS if look.width >= 1200] if "at=" in path else LOOKS
    check(look_at(Stand(screens, gallery, gallery.ada), path, looks))


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(ADMINISTERING))
def test_a_screen_for_administrators_is_sound(
    gallery: Gallery, screens: Screens, screen: str
) -> None:
    stand = Stand(screens, gallery, gallery.root)
    check(look_at(stand, gallery.path(ADMINISTERING[screen]), LOOKS))


@pytest.mark.slow
@pytest.mark.parametrize("screen", list(OF_NOBODY))
def test_an_empty_screen_is_sound(gallery: Gallery, screens: Screens, screen: str) -> None:
    check(look_at(Stand(screens, gallery, gallery.new), OF_NOBODY[screen], LOOKS))


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_question_before_a_critical_action_is_sound(
    gallery: Gallery, screens: Screens, look: Look
) -> None:
    """As a dialog over the page, and after a wrong answer."""
    screens.allow(EXPECTED)
    page = Stand(screens, gallery, gallery.ada).show(gallery.shown.critical, look)
    button(page, "Approve").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    told = sound.faults(page)
    page.get_by_label("To confirm, type").fill("no")
    button(page, "Approve and release").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    check(told + sound.faults(page))


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_edit_with_mistakes_is_sound(gallery: Gallery, screens: Screens, look: Look) -> None:
    screens.allow(EXPECTED)
    page = Stand(screens, gallery, gallery.ada).show(f"{gallery.shown.ordinary}?edit=1", look)
    percent = page.get_by_role("textbox", name="percent")
    percent.fill("much")
    button(page, "Review edits").click()
    expect(percent).to_have_attribute("aria-invalid", "true")
    check(sound.faults(page))


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_shortcuts_and_the_menu_are_sound(
    gallery: Gallery, screens: Screens, look: Look
) -> None:
    page = Stand(screens, gallery, gallery.ada).show("/", look)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    told = sound.faults(page)
    page.keyboard.press("Escape")
    if look.width < 600:
        button(page, "Menu").click()
        expect(page.get_by_role("link", name="Decided").first).to_be_visible()
        told += sound.faults(page)
    check(told)


@pytest.mark.slow
@pytest.mark.parametrize("look", TWO, ids=str)
def test_the_palette_is_sound(gallery: Gallery, screens: Screens, look: Look) -> None:
    page = Stand(screens, gallery, gallery.ada).show(gallery.shown.worst, look)
    expect(page.locator("#live-text")).to_have_text("Live")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.get_by_role("dialog").get_by_role("combobox").fill("txt")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    told = sound.faults(page)
    page.get_by_role("dialog").get_by_role("combobox").fill("nothing that is there")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("Nothing")
    check(told + sound.faults(page))


@pytest.mark.parametrize("width", [1440, 390])
def test_the_focus_is_seen_wherever_it_goes_on_a_handoff(
    gallery: Gallery, screens: Screens, width: int
) -> None:
    page = open_as(screens, gallery.ada, gallery.shown.several, width=width, height=640)
    expect(page.locator("#live-text")).to_have_text("Live")
    check(sound.focus_faults(page))


FOCUSED = [
    *("/", "{ordinary}", "{ordinary}?edit=1", "{error}?tab=log", "{one_word}"),
    *("/settings/", "/w/gallery/members/", "/w/gallery/settings/", "/agents/", "/deliveries/"),
]


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("path", FOCUSED)
def test_the_focus_is_seen_wherever_it_goes(
    gallery: Gallery, screens: Screens, width: int, path: str
) -> None:
    page = open_as(screens, gallery.ada, gallery.path(path), width=width, height=640)
    expect(page.locator("#live-text")).to_have_text("Live")
    check(sound.focus_faults(page))


# --- traps: each check finds what it is for ---


@pytest.fixture
def page_with(screens: Screens) -> Iterator[Page]:
    yield screens.open("http://127.0.0.1:9", width=390)


CARD = "<div class=card style='width:200px;{}'><code class=args>{}</code></div>"


def test_a_picture_without_words_is_found(page_with: Page) -> None:
    page_with.set_content("<title>t</title><main><h1>t</h1><img src='data:image/gif,'></main>")
    assert any("image-alt" in each for each in sound.axe(page_with))


@pytest.mark.parametrize("style", ["overflow:hidden", "", "overflow:auto"])
def test_an_argument_that_leaves_its_card_is_found(page_with: Page, style: str) -> None:
    page_with.set_content(CARD.format(style, "x" * 300))
    assert sound.clipped(page_with)


def test_an_argument_that_is_cut_off_below_is_found(page_with: Page) -> None:
    page_with.set_content(CARD.format("height:20px;overflow:hidden", "x " * 300))
    assert sound.clipped(page_with)


def test_an_argument_that_wraps_is_no_fault(page_with: Page) -> None:
    page_with.set_content(CARD.format("", "x " * 300))
    assert sound.clipped(page_with) == []


def test_a_page_that_scrolls_sideways_is_found(page_with: Page) -> None:
    page_with.set_content("<main id=main><div style='width:900px'>wide</div></main>")
    assert sound.sideways(page_with)


def test_a_small_target_is_found(page_with: Page) -> None:
    page_with.set_content("<button style='padding:0;width:20px;height:20px'>x</button>")
    assert sound.small_targets(page_with)


def test_a_focus_without_a_ring_or_under_the_bar_is_found(page_with: Page) -> None:
    page_with.set_content(
        "<style>button{outline:0}.seen:focus{outline:2px solid}"
        ".foot{position:fixed;bottom:0;height:120px;width:100%;background:#fff}</style>"
        "<button>no ring</button>"
        "<button class=seen style='position:fixed;bottom:20px'>under</button>"
        "<div class=foot></div>"
    )
    told = "\n".join(sound.focus_faults(page_with))
    assert "no ring" in told
    assert "under foot" in told
