"""The hostile corpus in a real browser, in every view that shows it: nothing of it is live.

``corpus`` has the items, ``signs`` what would tell that one got loose. The modes of the viewer
are discovered on the page, so that a new one is looked at without a word here. The last test lets
every item out by careless code on a page without a policy, and sees its sign: the traps work.
"""

import base64
import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Error, Page, Route, expect

from reviews import event_kinds
from reviews.models import Delivery
from reviews.notify import email
from tests.cast import Cast
from tests.e2e.browsing import button, open_as
from tests.security import signs
from tests.security.corpus import Item, all_items
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found
from workspaces.models import Event

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(300)]

ITEMS = all_items()
FAMILIES = {name: list(items) for name, items in groupby(ITEMS, lambda item: item.family)}
# The fast lane has the first of each family, in one document.
FIRST = [items[0] for items in FAMILIES.values()]
EACH = pytest.mark.parametrize(
    "items",
    [pytest.param(FIRST, id="first"), pytest.param(ITEMS, id="all", marks=pytest.mark.slow)],
)
MOST_VIEWS = 40
MOST_VIEWS_FAST = 24


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(ITEMS) >= 60
    assert len(FAMILIES) >= 12
    assert all(len(items) >= 5 for items in FAMILIES.values())


def inline(path: str, data: bytes, **members: Any) -> dict[str, Any]:
    return {"path": path, "content_base64": base64.b64encode(data).decode(), **members}


def document(items: list[Item]) -> dict[str, Any]:
    """The items in every field that takes them."""
    texts = [item.text for item in items]
    short = [text[:150] for text in texts]
    files = [
        inline(
            item.path or f"{number}-{item.name}.txt",
            item.data,
            note=item.text[:1000],
            media_type=item.media_type or "text/plain",
            diff=f"--- a/x\n+++ b/x\n@@ -1 +1 @@ {short[number][:80]}\n-{short[number]}\n+x\n",
        )
        for number, item in enumerate(items)
    ]
    return {
        "title": short[0].strip() or "blank",
        "summary": "\n\n".join(text[:2000] for text in texts),
        "confidence": {"score": 0.1, "threshold": 0.5, "reason": short[0]},
        "error": {"type": short[0], "message": "\n".join(short), "traceback": "\n".join(short)},
        "actions": [
            {
                "id": f"a{number}",
                "name": text,
                "args": {text: text, "all": texts[number][:2000]},
                "description": texts[number][:2000],
                "args_schema": {"properties": {text: {"description": text, "enum": [text, "x"]}}},
                **({"risk": "critical"} if number == 0 else {}),
            }
            for number, text in enumerate(short[:5])
        ],
        "context": {
            "files": files,
            "logs": [inline("x.log", "\n".join(texts).encode("utf-8", "replace"))],
            "steps": [{"action": s, "observation": s, "thought": s} for s in short],
            "messages": [{"role": "user", "content": text, "name": text} for text in short if text],
            "links": [{"url": f"https://x.example/{n}", "title": t} for n, t in enumerate(short)],
        },
        "agent": {"name": short[0], "model": short[0][:120], "task": short[0]},
        "routing": {"tags": sorted({text[:60] for text in short})[:10]},
        "checkpoint": {"step": 1, "last_completed": short[0], "next": short[:3]},
        "metadata": {text: text for text in short},
    }


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "corpus", reviewers=["rae@corpus.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


def hand_off(site: Site, given: dict[str, Any]) -> dict[str, Any]:
    return site.hand_off(str(given.pop("title")), **given)


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def look(page: Page, watch: signs.Watch, where: str) -> list[str]:
    open_everything(page)
    told = signs.found(page, watch)
    watch.asked.clear()
    return [f"{where}: {sign}: {each}" for sign, each in told.items()]


EVIDENCE = """() => [...document.querySelectorAll('#evidence a[href]')]
    .map(a => a.getAttribute('href')).filter(href => href.startsWith('/h/'))"""


# Pages of their own, such as the form for a point: they do not take the evidence's place.
APART = re.compile(r"/h/[\w-]+/(?:points|lines)/")
MOST_APART = 3

# The sandbox at work: a drawn file whose script or image the browser would not take.
CONFINED = r"(?:Blocked |Content Security Policy|Refused to|Unsafe attempt).*/frame/"

SWAP = """async url => {
  const headers = {'HX-Request': 'true', 'HX-Target': 'section#evidence'};
  const answer = await fetch(url, {headers});
  document.querySelector('#evidence').outerHTML = await answer.text();
  htmx.process(document.querySelector('#evidence'));
}"""


def walk(page: Page, watch: signs.Watch, path: str, most: int) -> Iterator[str]:
    """What is wrong on the page and in every tab, file and mode that it offers.

    The page is loaded once; what is below it comes as the part that htmx would put there.
    """
    page.goto(path, wait_until="load")
    yield from look(page, watch, path)
    waiting, seen = page.evaluate(EVIDENCE), {path}
    apart: set[str] = set()
    while waiting and len(seen) < most:
        url = waiting.pop(0)
        if url in seen:
            continue
        if APART.match(url):
            apart.add(url)
            continue
        seen.add(url)
        page.evaluate(SWAP, url)
        yield from look(page, watch, url)
        for href in page.evaluate(EVIDENCE):
            target = re.sub(r"#.*", "", href)
            if target.startswith(path) and target not in seen and target not in waiting:
                waiting.append(target)
    assert len(seen) >= 8, "the page, its tabs and its files"
    for url in sorted(apart)[:MOST_APART]:
        page.goto(url)
        yield from look(page, watch, url)


def assert_dead(
    site: Site, rae: Person, screens: Screens, items: list[Item], most: int = MOST_VIEWS
) -> None:
    taken = hand_off(site, document(items))
    screens.allow(CONFINED)
    page = open_as(screens, rae, "/sign-in/")
    watch = signs.watched(page)
    wrong = list(walk(page, watch, taken["page"], most))
    page.goto(f"{taken['page']}?edit=1")
    wrong += look(page, watch, "the edit form")
    page.goto(taken["page"])
    button(page, "Approve").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    wrong += look(page, watch, "the question before approving")
    with site.api() as api:
        said = {"text": "\n".join(item.text[:500] for item in items)}
        answer = api.post(f"/handoffs/{taken['id']}/messages", json=said)
        assert answer.is_success, answer.text
    page.goto(f"{taken['page']}?tab=conversation")
    wrong += look(page, watch, "conversation")
    note = "\n".join(item.text[:100] for item in items).replace("\x01", "")
    assert rae.decide(taken["page"], "reject", note=note).status_code == 303
    for query in ("", "?tab=audit"):
        page.goto(taken["page"] + query)
        wrong += look(page, watch, f"decided {query}")
    assert wrong == [], "\n".join(wrong)
    assert page.url.startswith(site.desk.url)


def test_the_first_of_each_family_is_dead_in_every_view(
    site: Site, rae: Person, screens: Screens
) -> None:
    assert_dead(site, rae, screens, FIRST, MOST_VIEWS_FAST)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_dead_in_every_view(
    site: Site, rae: Person, screens: Screens, family: str
) -> None:
    assert_dead(site, rae, screens, FAMILIES[family])


@EACH
def test_every_item_is_dead_as_a_title_in_lists_and_under_the_bell(
    site: Site, rae: Person, screens: Screens, items: list[Item]
) -> None:
    """A row that comes live included."""
    titles = [text for item in items if (text := item.text[:190].strip())]
    page = open_as(screens, rae, "/sign-in/")
    watch = signs.watched(page)
    page.goto("/")
    expect(page.locator("#live-text")).to_have_text("Live")
    for title in titles:
        site.hand_off(title)
    last = site.hand_off("The last of them")
    expect(page.locator(f'[data-handoff="{last["page"].split("/")[2]}"]').first).to_be_attached()
    wrong = look(page, watch, "live rows")
    paths = ["/", "/notifications/", "/mine/", "/decided/", "/w/", f"/w/{site.slug}/"]
    while paths:
        path = paths.pop(0)
        page.goto(path)
        wrong += look(page, watch, path)
        more = page.locator("a[href*='after=']")
        if more.count():
            paths.insert(0, more.first.get_attribute("href") or "/")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.slow
def test_names_and_faults_of_dropped_files_are_dead(
    site: Site, rae: Person, screens: Screens
) -> None:
    site.beside("join", site.workspace, "ada@corpus.test", "admin")
    ada = Person(site.desk.url, "ada@corpus.test")
    for number, item in enumerate(FIRST):
        name = re.sub(r"[/\\\x00-\x1f\ud800-\udfff]", "∕", item.text)[:60]
        hidden = site.folder / ".being-written"
        fault = {"title": "", item.text[:200]: 1, "id": item.text[:200], "trigger": item.text[:200]}
        hidden.write_bytes(json.dumps(fault).encode())
        hidden.rename(site.folder / f"{number}{name}.handoff.json")
    desk = site.desk.programs["desk"]
    desk.wait_until(lambda: ada.http.get("/problems/").text.count("handoff.json") >= len(FIRST))
    page = open_as(screens, ada, "/sign-in/")
    watch = signs.watched(page)
    wrong = []
    for path in ("/problems/", f"/w/{site.slug}/", "/deliveries/"):
        page.goto(path)
        wrong += look(page, watch, path)
    assert wrong == [], "\n".join(wrong)


@EACH
def test_mails_are_dead_although_no_policy_guards_them(
    cast: Cast, screens: Screens, items: list[Item]
) -> None:
    screens.allow("ERR_|Failed to load")
    page = screens.open("http://127.0.0.1:9")
    watch = signs.watched(page)
    wrong = []
    for item in items:
        handoff = cast.submit(item.text[:190].strip() or "blank")
        told = Delivery(
            event=Event.objects.filter(kind=event_kinds.SUBMITTED).latest("pk"),
            handoff=handoff,
            user=cast.reviewer,
            recipient="r@example.com",
            key="k",
        )
        message = email.compose(told, cast.reviewer)
        body = str(message.alternatives[0][0])
        page.set_content(body)
        elements = page.evaluate("[...document.querySelectorAll('*')].map(e => e.localName)")
        assert set(elements) <= {"html", "head", "meta", "title", "style", "body", "table", "tbody",
                                 "tr", "td", "div", "span", "a"}, item.name  # fmt: skip
        assert page.locator("a").count() == 2  # to the handoff, and to what reaches one
        wrong += [each for each in look(page, watch, item.name) if ": escape:" not in each]
        assert "\n" not in message.subject
    assert wrong == [], "\n".join(wrong)


# --- the traps: every item let out by careless code, on a page without a policy ---


def naively(item: Item) -> str:
    """The item as careless code would put it into a page."""
    text = item.text
    if item.naive == "markdown":
        careless = MarkdownIt("commonmark", {"html": True})
        careless.validateLink = lambda url: True  # type: ignore[method-assign]
        drawn = str(careless.render(text))
        return re.sub(r"<(h\d)>([^<]*)</", r'<\1 id="\2">\2</', drawn)
    if item.naive == "link":
        return f'<a href="{html.escape(text)}">Open the report</a>'
    if item.naive == "attribute":
        return f'<p title="{text}">a file</p>'
    if item.naive == "csv":
        rows = [line.split(",") for line in text.replace('""', '"').splitlines()]
        return "<table>" + "".join(f"<tr><td>{'<td>'.join(row)}" for row in rows) + "</table>"
    if item.naive == "ansi":
        link = re.compile("\x1b\\]8;;([^\x1b]*)\x1b\\\\([^\x1b]*)")
        return link.sub(r'<a href="\1">\2</a>', text)
    if text.startswith(("{", "[")):
        return re.sub(r'\\"', '"', text)
    return text


def let_out(page: Page, item: Item) -> None:
    if item.naive == "file":
        body: str | bytes = item.data
        kind = item.media_type or "text/html"
    elif item.naive == "script":
        body, kind = '<!doctype html><script src="/raw.js"></script>', "text/html"
    else:
        kind = "text/html; charset=utf-8"
        body = (
            '<!doctype html><meta charset="utf-8"><main id="main"></main><form id="decide"></form>'
            f'<div class="untrusted" style="padding:2px;width:800px">{naively(item)}</div>'
        ).encode("utf-8", "surrogatepass")

    def answer(route: Route) -> None:
        url = route.request.url
        if url.endswith("/trap"):
            route.fulfill(body=body, content_type=kind)
        elif url.endswith("/raw.js"):
            route.fulfill(body=item.data, content_type="text/javascript")
        else:
            route.fulfill(status=404, body="")

    page.unroute_all()
    page.route("**/*", answer)
    page.goto("/trap", wait_until="load")
    with suppress(Error):  # as above
        page.evaluate(
            "document.querySelectorAll('a').forEach(a => a.protocol === 'javascript:' && a.click())"
        )


def sign_shows(page: Page, watch: signs.Watch, sign: str) -> bool:
    """At once, or when the page has come to rest."""
    with suppress(Error):  # it is on its way elsewhere
        if sign in signs.found(page, watch):
            return True
    page.wait_for_load_state("networkidle")
    return sign in signs.found(page, watch)


@EACH
def test_every_item_shows_its_sign_when_it_is_let_out(screens: Screens, items: list[Item]) -> None:
    screens.allow(".")
    page = screens.open("http://127.0.0.1:9")
    watch = signs.watched(page)
    silent = []
    for item in items:
        watch.asked.clear()
        let_out(page, item)
        if not sign_shows(page, watch, item.fires):
            silent.append(f"{item.family} {item.name}: {signs.found(page, watch)}")
    assert silent == [], "\n".join(silent)


def test_the_policy_alone_stops_what_escaping_would_let_through(
    site: Site, rae: Person, screens: Screens
) -> None:
    """The same markup put into the desk's own page: no script runs with its policy, and without
    it one does; and the look at the markup finds it either way."""
    screens.allow(".")
    taken = site.hand_off("Two walls", summary="harmless")
    page = open_as(screens, rae, taken["page"])
    watch = signs.watched(page)
    inject = "html => { document.querySelector('.prose').innerHTML = html }"
    markup = "<img src=x onerror=\"window.canary='sang'\">"
    page.evaluate(inject, markup)
    told = signs.found(page, watch)
    assert "sang" not in told
    assert "live" in told

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        kept = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        route.fulfill(response=answer, headers=kept)

    page.route(f"**{taken['page']}", without_policy)
    page.goto(taken["page"])
    page.evaluate(inject, markup)
    page.wait_for_function("() => window.canary === 'sang'")
