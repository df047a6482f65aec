"""Reading what changed in a real browser: lines, points, viewed files, the conversation."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import browsing
from tests.e2e.browsing import button, heading, open_live
from tests.services.chromium import Screens
from tests.services.desk import Installation
from tests.services.players import Person, Site, found

pytestmark = [pytest.mark.browser, pytest.mark.services]

LINES = [f"line {n}" for n in range(1, 121)]


@pytest.fixture(scope="module")
def site(desk: Installation) -> Site:
    return found(desk, "diffs", reviewers=["rae@diffs.test", "sam@diffs.test"], undo_seconds=0)


def text(**changed: str) -> str:
    return "".join(f"{changed.get(f'n{n}', line)}\n" for n, line in enumerate(LINES, 1))


def files(content: str) -> dict[str, Any]:
    return {"files": [{"path": "src/a.py", "content": content}, {"path": "b.md", "content": "b\n"}]}


def revise(site: Site, taken: dict[str, Any], title: str, **context: Any) -> None:
    with site.api() as api:
        body = {"title": title, "context": context}
        answer = api.post(f"/handoffs/{taken['id']}/revisions", json=body)
    assert answer.status_code == 201, answer.text


def say(site: Site, taken: dict[str, Any], words: str) -> None:
    with site.api() as api:
        answer = api.post(f"/handoffs/{taken['id']}/messages", json={"text": words})
    assert answer.status_code == 201, answer.text


def change_list(page: Page) -> Locator:
    return page.locator("#changes > summary")


def is_focused(page: Page, anchor: str) -> None:
    expect(page.locator(f"#{anchor}")).to_be_focused()


def test_two_lines_are_commented_sent_answered_and_approved_by_keyboard(
    site: Site, rae: Person, screens: Screens
) -> None:
    title = "Two points by keyboard"
    taken = site.hand_off(title, context=files(text()))
    page = open_live(screens, rae, taken["page"])
    browsing.tab_to(page, page.locator("#L1"), within=60)
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("m")
    page.keyboard.type("Name this line.")
    page.keyboard.press("Control+Enter")
    expect(change_list(page)).to_contain_text("Change list (1)")
    is_focused(page, "L5")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("And end well.")
    page.keyboard.press("Control+Enter")
    expect(change_list(page)).to_contain_text("Change list (2)")
    page.reload()  # the desk keeps drafts, not the page
    expect(change_list(page)).to_contain_text("Change list (2)")
    expect(page.locator("[data-shown-point]")).to_have_text(["Name this line.", "And end well."])
    page.keyboard.press("c")
    (entry,) = browsing.decision_of(site, taken)["decisions"]
    assert [(each["id"], each["line"]) for each in entry["comments"]] == [
        ("r1-1", 5),
        ("r1-2", 120),
    ]

    answered = [{"comment": "r1-1", "status": "done", "note": "Named."}]
    revise(site, taken, title, resolves=answered, **files(text(n5="a named line")))
    page = open_live(screens, rae, taken["page"])
    checklist = page.get_by_role("region", name="What round 1 was asked to change")
    expect(checklist).to_contain_text("1 of 2 settled")
    expect(checklist.get_by_role("listitem").first).to_contain_text("line changed")
    expect(checklist.get_by_role("listitem").last).to_contain_text("not answered")
    expect(checklist.get_by_role("listitem").last).to_contain_text("line unchanged")
    browsing.tab_to(page, button(page, "Tick off"), within=60)
    page.keyboard.press("Enter")
    expect(checklist).to_contain_text("2 of 2 settled")
    expect(page.locator("#changes")).to_be_hidden()
    page.keyboard.press("Escape")
    page.goto(taken["page"])
    page.keyboard.press("a")
    assert browsing.decision_of(site, taken)["outcome"] == "approved"


def test_a_link_leads_to_its_line_in_another_file_and_out_of_a_fold(
    site: Site, rae: Person, screens: Screens
) -> None:
    title = "A deep link"
    context = {"files": [{"path": "b.md", "content": "b\n"}, {"path": "a.py", "content": text()}]}
    taken = site.hand_off(title, context=context)
    context["files"][1]["content"] = text(n100="changed")
    revise(site, taken, title, **context)
    page = open_live(screens, rae, f"{taken['page']}#file-2-L12")
    is_focused(page, "file-2-L12")
    expect(page.locator(".viewer .fname")).to_have_text("a.py")
    expect(page.locator("#file-2-L12")).to_be_in_viewport()


def test_folds_open_and_the_look_is_remembered(site: Site, rae: Person, screens: Screens) -> None:
    title = "Folds"
    taken = site.hand_off(title, context=files(text()))
    revise(site, taken, title, **files(text(n60="changed")))
    page = open_live(screens, rae, taken["page"])
    expect(page.locator("#file-1-L60")).to_be_visible()
    removed, added = (page.locator(f"#file-1-{each}60").bounding_box() for each in "OL")
    assert removed and added and removed["y"] == added["y"] and removed["x"] < added["x"]
    page.locator("#file-1-L60").focus()
    page.keyboard.press("m")
    box = page.get_by_role("textbox", name="Comment").bounding_box()
    assert box and box["width"] > 300  # the half of the side by side view
    page.keyboard.press("Escape")
    expect(page.locator("#file-1-L40")).to_have_count(0)
    page.get_by_role("link", name="Show 20 more").first.click()
    expect(page.locator("#file-1-L40")).to_be_visible()
    expect(page.locator("#file-1-L20")).to_have_count(0)
    page.get_by_role("link", name="Show all").first.click()
    expect(page.locator("#file-1-L1")).to_be_visible()
    with page.expect_response("**/preferences/diff/"):
        button(page, "Side by side").click()
    page.reload()
    removed, added = (page.locator(f"#file-1-{each}60").bounding_box() for each in "OL")
    assert removed and added and removed["y"] < added["y"]
    with page.expect_response("**/preferences/diff/"):
        button(page, "Side by side").click()
    page.set_viewport_size({"width": 800, "height": 900})
    removed, added = (page.locator(f"#file-1-{each}60").bounding_box() for each in "OL")
    assert removed and added and removed["y"] < added["y"]


def test_v_marks_a_file_and_moves_on_and_a_changed_file_is_new(
    site: Site, rae: Person, screens: Screens
) -> None:
    title = "Viewed files"
    taken = site.hand_off(title, context=files(text()))
    page = open_live(screens, rae, taken["page"])
    expect(heading(page, title)).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator(".viewer .fname")).to_have_text("b.md")
    expect(page.locator(".tree summary")).to_contain_text("1 of 2 viewed")
    page.keyboard.press("v")
    expect(page.locator(".tree summary")).to_contain_text("2 of 2 viewed")
    revise(site, taken, title, **files(text(n7="changed")))
    page.goto(taken["page"])
    expect(page.locator(".tree summary")).to_contain_text("1 of 2 viewed")
    expect(page.get_by_role("link", name="changed since you viewed it")).to_be_visible()


@pytest.mark.slow
def test_drafts_are_private_and_words_arrive_without_losing_typed_ones(
    site: Site, rae: Person, sam: Person, screens: Screens
) -> None:
    title = "Two reviewers and the agent"
    taken = site.hand_off(title, context=files(text()))
    first = open_live(screens, rae, taken["page"])
    second = open_live(screens, sam, f"{taken['page']}?tab=conversation")
    first.locator("#L3").hover()
    button(first, "Comment on this line").click()
    first.keyboard.type("Mine alone")
    button(first, "Add to change list").click()
    expect(change_list(first)).to_contain_text("Change list (1)")
    second.get_by_label("Message to the agent").fill("Half a sen")
    say(site, taken, "I can cap it.")
    expect(second.locator("#talk")).to_contain_text("I can cap it.")
    expect(first.locator("#talk-new")).to_contain_text("1")
    expect(second.get_by_label("Message to the agent")).to_have_value("Half a sen")
    expect(second.locator("#changes")).to_be_hidden()
    second.get_by_label("Message to the agent").press_sequentially("tence.")
    button(second, "Send message").click()
    expect(second.locator("#talk")).to_contain_text("Half a sentence.")
    expect(first.locator("#talk-new")).to_contain_text("2")
    first.get_by_role("link", name="Conversation").click()
    expect(first.locator("#talk")).to_contain_text("Half a sentence.")
    expect(first.locator("#talk-new")).to_be_hidden()
    assert not browsing.was_reloaded(first) and not browsing.was_reloaded(second)


PAINTED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))
  return [performance.now(), performance.getEntriesByType('navigation')[0].responseStart]
}"""
SCROLL = """async () => {
  const frames = []
  let last = performance.now()
  const height = document.documentElement.scrollHeight
  for (let at = 1; at <= 60; at += 1) {
    scrollTo(0, height * at / 60)
    await new Promise((done) => requestAnimationFrame(done))
    frames.push(performance.now() - last)
    last = performance.now()
  }
  return frames.sort((one, other) => one - other)
}"""


ALL_THERE = "() => !document.querySelector('[data-rest]') && performance.now()"


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("look", ["split", "unified"])
def test_a_diff_of_ten_thousand_lines_is_painted_within_a_second_and_a_half_and_scrolls(
    site: Site, rae: Person, screens: Screens, look: str
) -> None:
    """The first opening counts: nothing of this diff was ever made before, nothing was kept. The
    desk has shown another page, so that what is measured is not its own start."""
    words = [f"word{n}" for n in range(10)] + ["round"]
    old = [f"{look} " + " ".join(words[(n * k) % 11] for k in range(1, 8)) for n in range(10_000)]
    old = [f"{line} # {n}" for n, line in enumerate(old)]
    new = [line.replace("round", "turn") for line in old]
    title = f"Ten thousand lines, {look}"
    context = {"files": [{"path": "big.py", "content": "\n".join(old)}]}
    taken = site.hand_off(title, context=context)
    revise(site, taken, title, files=[{"path": "big.py", "content": "\n".join(new)}])
    rae.http.get(site.hand_off("Before it", context=files(text()))["page"])
    rae.http.cookies.set("handoff_layout", look)
    page = browsing.open_as(screens, rae, taken["page"])
    painted, answered = page.evaluate(PAINTED)
    shown = page.locator(".df [id]").count()
    complete = page.wait_for_function(ALL_THERE).json_value()
    rows = page.locator(".df [id]").count()
    frames = page.evaluate(SCROLL)
    print(
        f"{look}: answered after {answered:.0f} ms, painted after {painted:.0f} ms ({shown} rows), "
        f"all {rows} there after {complete:.0f} ms, frames {frames[30]:.0f}/{frames[-1]:.0f} ms"
    )
    assert rows >= 10_000 and page.locator("#file-1-L10000").count() == 1
    assert painted <= 1_500
    assert frames[30] <= 100 and frames[-1] <= 500


@pytest.mark.slow
def test_the_parts_of_a_long_diff_come_where_they_are_looked_for(
    site: Site, rae: Person, screens: Screens
) -> None:
    title = "Parts of a diff"
    old = [f"line {n}" for n in range(6_000)]
    taken = site.hand_off(title, context=files("\n".join(old)))
    revise(site, taken, title, **files("\n".join(f"{line}!" for line in old)))
    page = open_live(screens, rae, f"{taken['page']}#file-1-L5500")
    is_focused(page, "file-1-L5500")
    expect(page.locator("#file-1-L5500")).to_be_in_viewport()
    expect(page.locator("[data-rest]")).to_have_count(0)
    assert page.locator(".df .a").count() == page.locator(".df .d").count() == 6_000
    page.keyboard.press("End")
    is_focused(page, "file-1-L6000")
    context = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(page.url.partition("#")[0])
    plain.locator("[data-rest] a").first.click()
    expect(plain.locator("#file-1-L6000")).to_have_count(1)
    context.close()
