"""What a page may not do to people: axe's rules, clipped words, small targets, hidden focus.

Each function returns sentences; an empty list is a sound page.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.services.desk import ROOT

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe-core 4.14.1 as npm publishes it; a changed file is not what the README names.
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
SMALLEST = 24  # CSS pixels, WCAG 2.2 AA
TOUCH = 44  # everything that is pressed on phones, but links in text


@dataclass(frozen=True)
class Look:
    """A theme and a width in CSS pixels."""

    width: int
    is_dark: bool

    def __str__(self) -> str:
        return f"{self.width} {'dark' if self.is_dark else 'light'}"


LOOKS = [Look(width, is_dark) for width in (1440, 390, 320) for is_dark in (False, True)]


# axe takes a control that is just now half under the sticky bar for a small one; scrolled, it is
# whole, and the focus never goes under the bar (see `focus_faults`).
RUN_AXE = """async ([tags, only, but]) => {
  const bars = [...document.querySelectorAll('.foot')];
  const isUnder = node => bars.some(bar => {
    const element = document.querySelector(node.target.at(-1));
    if (!element || bar.contains(element)) return false;
    return element.getBoundingClientRect().bottom > bar.getBoundingClientRect().top;
  });
  const runOnly = only ? {type: 'rule', values: [only]} : {type: 'tag', values: tags};
  const options = {runOnly, resultTypes: ['violations']};
  if (but) options.rules = {[but]: {enabled: false}};
  return (await axe.run(document, options)).violations
    .map(({id, help, nodes}) => ({
      id, help, nodes: id === 'target-size' ? nodes.filter(node => !isUnder(node)) : nodes,
    }))
    .filter(each => each.nodes.length)
    .map(({id, help, nodes}) => ({
      id, help, count: nodes.length, nodes: nodes.slice(0, 3).map(node => node.html.slice(0, 160)),
    }));
}"""


@cache
def axe_source() -> str:
    data = (ROOT / "tests" / "vendor" / "axe.min.js").read_bytes()
    assert hashlib.sha256(data).hexdigest() == AXE_SHA256
    return data.decode()


CONTRAST = "color-contrast"


def axe(page: Page, *, only: str = "", but: str = "") -> list[str]:
    """Violations, each with the first elements; of one rule ``only``, or of all ``but`` one."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    found: list[dict[str, Any]] = page.evaluate(RUN_AXE, [AXE_TAGS, only, but])
    return [f"axe {v['id']} ({v['help']}) × {v['count']}: {v['nodes']}" for v in found]


def sideways(page: Page) -> list[str]:
    """The page and its columns never scroll sideways."""
    found: list[str] = page.evaluate(
        """() => [document.scrollingElement, ...document.querySelectorAll('#main, #list, .card')]
            .filter(each => each.getClientRects().length
                && (each === document.scrollingElement
                    ? each.scrollWidth > innerWidth : each.scrollWidth > each.clientWidth + 1))
            .map(each => `${each.localName}#${each.id}.${each.className} is ` +
                `${each.scrollWidth} wide in ${each.clientWidth}`)"""
    )
    return [f"sideways: {each}" for each in found]


# What a reviewer approves by: never cut off, in the open, without scrolling sideways for it.
WHOLE = "h1, .args, .act .name, .exc, .fname, .kv dd, .files code, .facts dd, .list-head"
CLIPPED = """whole => {
  const told = [];
  const tell = (element, why) => told.push(
    `${why}: <${element.localName} class="${element.className}"> `
    + element.textContent.trim().slice(0, 60));
  const cards = '.card, .row, .head';
  const isClip = (style, axis) => /hidden|clip|auto|scroll/.test(style['overflow' + axis]);
  for (const element of document.querySelectorAll(whole)) {
    if (!element.checkVisibility() || element.closest('.vh, [data-fold]:not([open])')) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const inked = [...range.getClientRects()].filter(box => box.width > 0 && box.height > 0);
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      const isTooHigh = box.scrollHeight > box.clientHeight + 1;
      if (style.webkitLineClamp !== 'none' && isTooHigh) tell(box, 'clamped');
      if (!isClip(style, 'X') && !isClip(style, 'Y') && !box.matches(cards)) continue;
      const edge = box.getBoundingClientRect();
      if (isClip(style, 'X') || box.matches(cards)) {
        if (inked.some(ink => ink.left < edge.left - 1 || ink.right > edge.right + 1)) {
          tell(element, `leaves ${box.localName}.${box.className} sideways`);
          break;
        }
      }
      if (/hidden|clip/.test(style.overflowY) && !box.matches('html')
          && inked.some(ink => ink.top < edge.top - 1 || ink.bottom > edge.bottom + 1)) {
        tell(element, `cut off by ${box.localName}.${box.className}`);
        break;
      }
    }
    const isOutside = ink => ink.right > innerWidth + 1 || ink.left < -1;
    if (inked.some(isOutside)) tell(element, 'leaves the window');
  }
  return [...new Set(told)].slice(0, 8);
}"""


def clipped(page: Page) -> list[str]:
    """No argument, title or name leaves its card or is cut off in it."""
    return list(page.evaluate(CLIPPED, WHOLE))


# A link within a line of text is as tall as the line (WCAG 2.5.8 excepts it).
TARGETS = """smallest => {
  const told = [];
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const element of document.querySelectorAll(all)) {
    if (!element.checkVisibility({visibilityProperty: true})) continue;
    if (element.closest('.vh, .skip')) continue;
    const style = getComputedStyle(element);
    if (style.display === 'inline' && element.matches('a')) continue;
    let box = element.getBoundingClientRect();
    const isTick = element.matches('input[type=checkbox], input[type=radio]');
    const label = isTick && element.closest('label');
    if (label) box = label.getBoundingClientRect();
    if (element.matches('.row .t')) box = element.closest('.row').getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (Math.round(box.width) < smallest || Math.round(box.height) < smallest) {
      told.push(`target of ${Math.round(box.width)} × ${Math.round(box.height)}: ` +
        `<${element.localName} class="${element.className}"> ` +
        element.textContent.trim().slice(0, 40));
    }
  }
  return [...new Set(told)].slice(0, 8);
}"""


def small_targets(page: Page) -> list[str]:
    return list(page.evaluate(TARGETS, SMALLEST))


THUMBS = """touch => {
  const all = 'button, select, summary, input:not([type=hidden], [type=checkbox], [type=radio]), '
    + 'textarea, .btn, .nav, .iconbtn, .back, .tabs a, .tree a, .seg > *, label:has(> input)';
  return [...document.querySelectorAll(all)]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest('.vh'))
    .map(each => [each, each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && Math.round(box.height) < touch)
    .map(([each, box]) => `<${each.localName} class="${each.className}"> `
      + `${each.textContent.trim().slice(0, 40)}: ${Math.round(box.height)} px`);
}"""


def small_for_thumbs(page: Page) -> list[str]:
    """On phones what is pressed is made for thumbs."""
    found: list[str] = page.evaluate(THUMBS, TOUCH)
    return [f"below {TOUCH} px: {each}" for each in sorted(set(found))[:8]]


def faults(page: Page, *, only: str = "", but: str = "") -> list[str]:
    """Everything that one look at a page can tell; ``only`` and ``but`` are axe's."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    found = [*axe(page, only=only, but=but), *sideways(page), *clipped(page), *small_targets(page)]
    return found + (small_for_thumbs(page) if width < 600 else [])


FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return {at: 'body', told: ''};
  const words = element.textContent.trim().slice(0, 40);
  const name = `<${element.localName} class="${element.className}"> ${words}`;
  const rings = [getComputedStyle(element), getComputedStyle(element, '::after')];
  const hasRing = rings.some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
  const box = element.getBoundingClientRect();
  const left = Math.max(0, box.left), right = Math.min(innerWidth, box.right);
  const top = Math.max(0, box.top), bottom = Math.min(innerHeight, box.bottom);
  let told = hasRing ? '' : 'no ring';
  if (right <= left || bottom <= top) told ||= 'outside the window';
  else {
    const bars = [...document.querySelectorAll('.foot, .topbar, .list-head, .rail')]
      .filter(bar => !bar.contains(element) && /sticky|fixed/.test(getComputedStyle(bar).position));
    for (const y of [top + 1, bottom - 1]) {
      const hit = document.elementFromPoint((left + right) / 2, y);
      const bar = bars.find(each => each.contains(hit));
      if (bar && bottom - top < 200) told ||= `under ${bar.className}`;
    }
  }
  return {at: element.id || name, told: told && `${told}: ${name}`};
}"""

# The scroll that the focus made is drawn first.
AFTER_LAYOUT = f"() => new Promise(done => requestAnimationFrame(() => done(({FOCUS})())))"


def focus_faults(page: Page, *, most: int = 250) -> list[str]:
    """Tab through the whole page, then back: each stop has a ring and none is under a bar."""
    told: list[str] = []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(most):
            page.keyboard.press(key)
            stop = page.evaluate(AFTER_LAYOUT)
            if stop["at"] == "body":
                break
            if stop["told"]:
                told.append(f"{key}: {stop['told']}")
        else:
            raise AssertionError(f"{most} presses of {key} did not get through the page")
    return told
