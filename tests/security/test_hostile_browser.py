"""Hostile handoffs, opened in a real browser in every view that shows them: nothing of it is live.

Each family carries the canary: script that would set ``window.canary``, ask the origin for
``/canary`` or call another host. The last tests switch one defence off and see the canary sing,
so that silence means something.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.browsing import button, open_as, row
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]

ELSEWHERE = "http://canary.invalid"
SING = f"window.canary='sang';fetch('/canary');new Image().src='{ELSEWHERE}/c'"
SCRIPT = f"<script>{SING}</script>"
ONERROR = f'<img src=x onerror="{SING}">'
HTMX = (
    '<div id="main" hx-get="/canary" hx-trigger="load" hx-swap-oob="true">swapped</div>'
    '<form id="decide" action="/canary" hx-post="/canary" hx-trigger="load"></form>'
    '<hx-partial hx-target="#main" hx-get="/canary">p</hx-partial>'
)
MARKUP = (
    f'{SCRIPT}{ONERROR}{HTMX}<svg onload="{SING}"></svg><iframe src="javascript:{SING}"></iframe>'
)
RLO, ZWSP, ESC = "\u202e", "\u200b", "\x1b"
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{SING}"><script>{SING}</script>'
    f'<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">{ONERROR}</body></foreignObject>'
    f'<image href="{ELSEWHERE}/svg.png"/><use href="{ELSEWHERE}/x.svg#a"/></svg>'
)
# A GIF whose bytes are a script too: GIF89a/*…*/=1;window.canary=…
POLYGLOT = (
    b"GIF89a/*\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;*/=1;" + SING.encode()
)


def inline(path: str, content: str | bytes, **members: Any) -> dict[str, Any]:
    if isinstance(content, bytes):
        return {"path": path, "content_base64": base64.b64encode(content).decode(), **members}
    return {"path": path, "content": content, **members}


def files(*given: dict[str, Any]) -> dict[str, Any]:
    return {"context": {"files": list(given)}}


def action(**members: Any) -> dict[str, Any]:
    return {"actions": [{"name": "deploy", "args": {"a": 1}, **members}]}


@dataclass(frozen=True)
class Family:
    """One kind of hostile document, and the addresses of the views that show it (queries)."""

    name: str
    document: dict[str, Any]
    views: tuple[str, ...] = ("",)
    title: str = ""


def markdown() -> str:
    return (
        f'# {MARKUP}\n\n[click](javascript:{SING}) <a href="javascript:{SING}">a</a>\n\n'
        f"![x]({ELSEWHERE}/x.png) ![y](javascript:1) <{ELSEWHERE}>\n\n"
        f'<details ontoggle="{SING}" open>x</details>\n\n```html\n{MARKUP}\n```\n\n'
        f"<style>@import '{ELSEWHERE}/s.css'</style><link rel=stylesheet href={ELSEWHERE}/l.css>"
        f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'><base href={ELSEWHERE}/>\n\n"
        f"[ref]: data:text/html,{SCRIPT}\n[ref]\n"
    )


def families() -> list[Family]:
    source = ("?tab=files", "?tab=files&as=source")
    messages = [
        {"role": "user", "content": MARKUP},
        {
            "role": "assistant",
            "content": markdown(),
            "tool_calls": [{"id": "1", "function": {"name": MARKUP, "arguments": MARKUP}}],
        },
        {"role": "tool", "name": MARKUP, "content": [{"type": "text", "text": MARKUP}]},
    ]
    trajectory = json.dumps(
        {
            "trajectory": [{"action": MARKUP, "observation": MARKUP, "thought": MARKUP}],
            "history": [{"role": "system", "content": MARKUP, "agent": MARKUP}],
            "info": {"submission": MARKUP},
        }
    )
    events = json.dumps(
        [{"id": 1, "source": MARKUP, "message": MARKUP, "action": "run", "args": {"c": MARKUP}}]
    )
    diff = f"--- a/{SCRIPT}\n+++ b/{ONERROR}\n@@ -1 +1 @@ {MARKUP}\n-{MARKUP}\n+{MARKUP} \n"
    csv = f'=HYPERLINK("{ELSEWHERE}"),{MARKUP}\n+1+1,"@SUM(1)"\n{ONERROR},-2\n'
    log = f"{ESC}[31m{MARKUP}{ESC}]8;;javascript:{SING}{ESC}\\link{ESC}]8;;{ESC}\\ERROR {ONERROR}\n"
    steps = [{"action": MARKUP, "observation": MARKUP, "thought": MARKUP, "status": "failed"}]
    named = f"a{SCRIPT[:40]}/{ONERROR}\"'{RLO}fdp.html"
    broken = {"message": MARKUP, "type": SCRIPT[:150], "traceback": MARKUP * 3, "log": "x.log"}
    return [
        Family("html file", files(inline("page.html", f"<!doctype html>{MARKUP}")), source),
        Family("html posing as text", files(inline("notes.txt", f"<html>{MARKUP}")), source),
        Family("svg file", files(inline("logo.svg", SVG)), source),
        Family("svg posing as png", files(inline("logo.png", SVG, media_type="image/png")), source),
        Family("markdown summary", {"summary": markdown()}),
        Family("markdown file", files(inline("a.md", markdown())), source),
        Family("file name", files(inline(named, "x", note=MARKUP)), ("?tab=files",)),
        Family("ansi log", {"context": {"logs": [inline("x.log", log)]}}, ("?tab=log",)),
        Family("bidi title", {}, title=f"Pay {RLO}001{ZWSP} EUR {ONERROR}"),
        Family("markup title", {}, title=f"{SCRIPT}"),
        Family("gif and script", files(inline("a.gif", POLYGLOT)), source),
        Family("gif named js", files(inline("a.js", POLYGLOT)), source),
        Family("htmx in arguments", action(args={HTMX: HTMX}, name=HTMX[:190]), ("", "?edit=1")),
        Family("description", action(description=markdown(), id=HTMX), ("", "?edit=1")),
        Family(
            "schema",
            action(args_schema={"properties": {MARKUP: {"description": MARKUP}}}),
            ("", "?edit=1"),
        ),
        Family("csv formulas", files(inline("a.csv", csv)), source),
        Family(
            "json that ends a script",
            files(inline("a.json", json.dumps({"</script>" + SCRIPT: MARKUP}))),
            source,
        ),
        Family("messages", {"context": {"messages": messages}}, ("?tab=prompts",)),
        Family("messages as a file", files(inline("a.traj", trajectory)), source),
        Family("events as a file", files(inline("events.json", events)), source),
        Family("traceback", {"error": broken}),
        Family("diff by the agent", files(inline("a.py", "x", diff=diff)), ("?tab=files", *source)),
        Family("patch file", files(inline("a.patch", diff)), source),
        Family("steps", {"context": {"steps": steps}}, ("?tab=steps",)),
        Family(
            "who it says it is",
            {
                "agent": {"name": SCRIPT[:190], "model": ONERROR[:120], "task": MARKUP},
                "confidence": {"score": 0.1, "threshold": 0.5, "reason": MARKUP},
                "routing": {"tags": ["<script>x</script>", f"a{RLO}b"]},
                "checkpoint": {"step": 1, "last_completed": MARKUP, "next": [MARKUP]},
                "metadata": {HTMX: MARKUP},
                MARKUP: MARKUP,
            },
        ),
    ]


# Variants of families that the fast lane has.
VARIANTS = {
    "html posing as text",
    "svg posing as png",
    "gif named js",
    "schema",
    "messages as a file",
    "events as a file",
    "patch file",
    "markup title",
}
FAMILIES = [
    pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each.name in VARIANTS else [])
    for each in families()
]
# The attributes that the desk itself never puts on an agent's words.
LIVE_PARTS = """() => {
  const told = [];
  const places = '.untrusted, .prose, .args, .lines td, .said, .talk pre, .trace, .exc, .obs,'
    + ' .sheet td, .sheet th, .fname, #title, .row .t, .tree a > span, .kv dd code, .code';
  for (const place of document.querySelectorAll(places)) {
    for (const element of place.querySelectorAll('*')) {
      for (const attribute of element.attributes) {
        if (/^(id|hx-|on|srcdoc|style|formaction)/i.test(attribute.name)) {
          told.push(`<${element.localName} ${attribute.name}="${attribute.value}">`);
        }
        if (/^\\s*(javascript|data|vbscript):/i.test(attribute.value)) told.push(attribute.value);
      }
      if (/^(script|iframe|object|embed|style|link|meta|base|form|svg|img)$/.test(element.localName)
          && !element.matches('svg.i, .picture img')) told.push(`<${element.localName}>`);
    }
  }
  const handler = /<[^>]*\\son\\w+\\s*=\\s*["']?window\\.canary/g;
  for (const found of document.documentElement.outerHTML.matchAll(handler)) told.push(found[0]);
  return told;
}"""


@dataclass
class Watch:
    """What a page asked for that it should not have."""

    asked: list[str]

    def __call__(self, request: Request) -> None:
        if "canary" in request.url:
            self.asked.append(request.url)


def watched(page: Page) -> Watch:
    watch = Watch([])
    page.context.on("request", watch)
    page.on("dialog", lambda dialog: watch.asked.append(f"dialog: {dialog.message}"))
    page.on("popup", lambda popup: watch.asked.append(f"popup: {popup.url}"))
    return watch


def assert_dead(page: Page, watch: Watch, origin: str) -> None:
    """Nothing ran, nothing was asked for, no frame or address moved, no element is the agent's."""
    assert page.evaluate("window.canary ?? 'silent'") == "silent"
    assert watch.asked == []
    assert page.evaluate(LIVE_PARTS) == []
    assert page.url.startswith(origin)
    assert all(frame.url.startswith((origin, "about:")) for frame in page.frames)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    twice = {each for each in ids if ids.count(each) > 1}
    assert not twice, f"ids that are there twice: {twice}"


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "hostile", reviewers=["rae@hostile.test"], undo_seconds=0)


@pytest.fixture(scope="module")
def rae(site: Site) -> Person:
    return site.person()


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_an_agent_wrote_is_live(
    site: Site, rae: Person, screens: Screens, family: Family
) -> None:
    taken = site.hand_off(family.title or f"Hostile {family.name}", **family.document)
    page = open_as(screens, rae, "/sign-in/")
    watch = watched(page)
    for view in family.views:
        page.goto(taken["page"] + view, wait_until="load")
        expect(page.locator("#title")).to_be_visible()
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert_dead(page, watch, site.desk.url)


def test_hostile_rows_and_bells_are_dead(site: Site, rae: Person, screens: Screens) -> None:
    """The lists show every family at once; a row that comes live is dead too."""
    page = open_as(screens, rae, "/sign-in/")
    watch = watched(page)
    page.goto("/")
    expect(page.locator("#live-text")).to_have_text("Live")
    title = f"{ONERROR} {RLO}evil"[:200]
    site.hand_off(title, summary=markdown(), routing={"tags": [SCRIPT[:60]]})
    expect(page.locator(".row .t").filter(has_text="evil").first).to_be_visible()
    assert_dead(page, watch, site.desk.url)
    for path in ("/notifications/", "/mine/", "/decided/", "/w/", f"/w/{site.slug}/"):
        page.goto(path)
        assert_dead(page, watch, site.desk.url)


def test_hostile_names_in_a_folder_are_dead(site: Site, rae: Person, screens: Screens) -> None:
    """By the file door: names, problems with their reasons, receipts, where it came from."""
    site.beside("join", site.workspace, "ada@hostile.test", "admin")
    ada = Person(site.desk.url, "ada@hostile.test")
    drop(site, f"{ONERROR.replace('/', '∕')[:120]}.handoff.json", {"title": "By file"})
    drop(site, f"bad{RLO}<b id=main hx-get=x>.handoff.json", {"title": "", MARKUP: 1, "id": MARKUP})
    desk = site.desk.programs["desk"]
    desk.wait_until(lambda: "hx-get" in ada.http.get("/problems/").text)
    page = open_as(screens, ada, "/sign-in/")
    watch = watched(page)
    page.goto("/")
    row(page, "By file").click()
    expect(page.locator("#title")).to_have_text("By file")
    assert_dead(page, watch, site.desk.url)
    for path in ("/problems/", f"/w/{site.slug}/", "/deliveries/"):
        page.goto(path)
        assert_dead(page, watch, site.desk.url)
        assert RLO not in page.locator("body").inner_text()


def drop(site: Site, name: str, document: dict[str, Any]) -> None:
    """Write a file as careful agents do: under another name, then renamed."""
    hidden = site.folder / ".being-written"
    hidden.write_text(json.dumps(document), "utf-8")
    hidden.rename(site.folder / name)


def test_hostile_conversation_and_receipt_are_dead(
    site: Site, rae: Person, screens: Screens
) -> None:
    taken = site.hand_off("Talks", **action(name=SCRIPT[:190], args={"a": MARKUP}))
    with site.api() as api:
        path = f"/handoffs/{taken['id']}"
        assert api.post(f"{path}/messages", json={"text": MARKUP}).is_success
        page = open_as(screens, rae, f"{taken['page']}?tab=conversation")
        watch = watched(page)
        page.reload()
        expect(page.locator(".said")).to_contain_text("canary")
        assert_dead(page, watch, site.desk.url)
        assert rae.decide(taken["page"], "reject", note=MARKUP).status_code == 303
        assert api.post(f"{path}/ack", json={"applied": False, "result": MARKUP}).is_success
    for tab in ("audit", "conversation"):
        page.goto(f"{taken['page']}?tab={tab}")
        assert_dead(page, watch, site.desk.url)
    page.goto("/decided/")
    assert_dead(page, watch, site.desk.url)


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
        context={"files": [inline(f"{hidden}.txt", hidden)], "steps": [hidden]},
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
    taken = site.hand_off("Polyglot", **files(inline("a.gif", POLYGLOT)))
    page = open_as(screens, rae, f"{taken['page']}?tab=files")
    watch = watched(page)
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


# --- traps: with one defence off, the canary sings, so that silence above means something ---


def sings(page: Page) -> None:
    page.wait_for_function("window.canary === 'sang'")


def test_the_canary_sings_on_a_page_without_a_policy(screens: Screens) -> None:
    screens.allow("canary|ERR_|CORS|Failed to load|404")
    page = screens.open("http://127.0.0.1:9")
    watch = watched(page)
    page.set_content(f"<!doctype html>{MARKUP}")
    sings(page)
    assert any("canary" in each for each in watch.asked)


@pytest.mark.parametrize("document", ["html", "svg"])
def test_the_canary_of_each_file_sings_when_it_is_opened_as_a_page(
    screens: Screens, document: str
) -> None:
    screens.allow("canary|ERR_|CORS|Failed to load|404|Unsafe|unique origins|error")
    page = screens.open("http://127.0.0.1:9")
    media_type, body = ("text/html", MARKUP) if document == "html" else ("image/svg+xml", SVG)
    page.route("**/c.bin", lambda route: route.fulfill(body=body, content_type=media_type))
    page.goto("/c.bin")
    sings(page)


def test_unescaped_markup_on_the_page_is_found_even_where_the_policy_holds_it(
    site: Site, rae: Person, screens: Screens
) -> None:
    """The policy alone stops the script; the check of the markup tells that escaping failed."""
    screens.allow("Content Security Policy|violates|Refused|ERR_|Failed to load|another origin")
    taken = site.hand_off("Trap", summary="harmless")
    page = open_as(screens, rae, taken["page"])
    # In one step: the page brings itself up to date whenever something happens to the handoff.
    inject = "html => { document.querySelector('.prose').innerHTML = html; return (%s)() }"
    found = page.evaluate(inject % LIVE_PARTS, ONERROR)
    assert page.evaluate("window.canary ?? 'silent'") == "silent"
    assert any("onerror" in each for each in found)


def test_the_policy_is_what_stops_unescaped_markup(
    site: Site, rae: Person, screens: Screens
) -> None:
    """The same page, the policy taken off its answer: the canary sings."""
    screens.allow("canary|Failed to load|ERR_|404")
    taken = site.hand_off("Trap without a policy", summary="harmless")
    page = open_as(screens, rae, "/sign-in/")

    def without_policy(route: Any) -> None:
        answer = route.fetch()
        kept = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        route.fulfill(response=answer, headers=kept)

    page.route(f"**{taken['page']}", without_policy)
    page.goto(taken["page"])
    page.evaluate("html => { document.querySelector('.prose').innerHTML = html }", ONERROR)
    sings(page)
