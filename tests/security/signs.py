"""What would tell that something of an agent's got loose on a page."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request

# Where agents' words stand. Whatever is drawn by a new viewer belongs into one of these.
AREAS = (
    ".untrusted, .prose, .args, .lines td:last-child, .said, .talk pre, .trace, .exc, .obs,"
    " .sheet td, .sheet th, .fname, #title, .row .t, .tree a > span, .kv dd code, .name, .dir"
)
LOOK = """areas => {
  const told = {sang: [], live: [], control: [], poses: [], escape: [], twice: [], hidden: []};
  const name = e => `<${e.localName} ${[...e.attributes].map(a => `${a.name}=${a.value}`)}`
    .slice(0, 120);
  if (window.canary) told.sang.push(String(window.canary));

  // Attributes that act and speak of the canary, or that only the desk gives to its own elements.
  const acts = new RegExp('^(action|formaction|src|srcset|srcdoc|data|poster|background|ping|style'
    + '|xlink:href|id|form)$|^(data-)?hx-|^on', 'i');
  // A heading of an agent's document has a name of its own kind, and nothing of the desk's.
  const isNamed = (element, key, value) => key === 'id' && /^md-[\\w-]/u.test(value)
    && element.matches('.prose h3, .prose h4, .prose h5, .prose h6');
  const clobbered = [...document.querySelectorAll('[id^="md-"]')]
    .filter(e => !isNamed(e, 'id', e.id));
  told.live.push(...clobbered.map(name));
  for (const element of document.querySelectorAll('*')) {
    for (const {name: key, value} of element.attributes) {
      if (isNamed(element, key, value)) continue;
      if (acts.test(key) && /canary/i.test(value)) told.live.push(name(element));
      if (/^\\s*(javascript|data|vbscript|blob|view-source):/i.test(value)
          && /^(href|src|action|data)$/i.test(key)) told.live.push(name(element));
    }
    if (element.localName === 'iframe'
        && (!element.hasAttribute('sandbox') || /scripts|origin/.test(element.sandbox.value))) {
      told.live.push(name(element));
    }
  }
  const own = 'svg.i, svg.i use, .picture img, .no a, span, mark, code';
  const posing = 'button, input, select, textarea, form, dialog, label, summary, [role],'
    + ' [tabindex], [contenteditable], script, style, link, meta, base, iframe, object, embed,'
    + ' svg, img';
  for (const area of document.querySelectorAll(areas)) {
    if (!area.firstElementChild) continue;
    const box = area.getBoundingClientRect();
    const clips = e => /auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX);
    for (const element of [...area.querySelectorAll('*')].slice(0, 3000)) {
      if (element.matches(posing) && !element.matches(own)) told.control.push(name(element));
      for (const {name: key, value} of element.attributes) {
        if (isNamed(element, key, value)) continue;
        if (/^(id|(data-)?hx-|on|style|data-key|data-confirm|data-open)/i.test(key)) {
          told.live.push(name(element));
        }
      }
      let inside = element;
      while (inside !== area && !clips(inside)) inside = inside.parentElement;
      if (inside === area && !clips(area) && getComputedStyle(area).display !== 'inline'
          && !element.matches('.vh, .vh *')) {
        const rect = element.getBoundingClientRect();
        if (rect.width && rect.height && (rect.left < box.left - 3 || rect.right > box.right + 3
            || rect.top < box.top - 30 || rect.bottom > box.bottom + 30)) {
          told.escape.push(name(element));
        }
      }
      if (element.localName === 'a' && element.href && /^https?:$/.test(element.protocol)
          && element.host !== location.host && !area.textContent.includes(element.host)) {
        told.poses.push(`${element.href} as ${element.textContent}`.slice(0, 120));
      }
    }
  }
  if (document.documentElement.scrollWidth > innerWidth + 1) told.escape.push('the page scrolls');
  const behind = document.querySelector(':modal') ? '.none' : '#decide button';
  for (const button of document.querySelectorAll(behind)) {
    const rect = button.getBoundingClientRect();
    if (!rect.width || rect.bottom > innerHeight || rect.top < 0) continue;
    const top = document.elementFromPoint(rect.x + rect.width / 2, rect.y + rect.height / 2);
    if (top && !button.contains(top)) told.escape.push(`over ${name(button)}: ${name(top)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  told.twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  const hidden = new RegExp('[\\u00ad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b\\u200e\\u200f'
    + '\\u2028-\\u202f\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0d\\ufeff\\uffa0'
    + '\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u{e0000}-\\u{e0fff}]'
    + '|[\\u0300-\\u036f]{6}', 'u');
  const lines = (document.body?.innerText ?? '') + '\\n' + document.title;
  told.hidden = lines.split('\\n').filter(line => hidden.test(line)).map(l => l.slice(0, 120));
  return told;
}"""


@dataclass
class Watch:
    """What a page did, or asked for, that it should not have."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> None:
        if "canary" in urlsplit(request.url)._replace(query="").geturl():
            self.asked.append(request.url)


def watched(page: Page) -> Watch:
    watch = Watch()
    page.context.on("request", watch)
    page.on("dialog", lambda dialog: watch.asked.append(f"dialog: {dialog.message}"))
    page.on("popup", lambda popup: watch.asked.append(f"popup: {popup.url}"))
    return watch


def found(page: Page, watch: Watch) -> dict[str, list[Any]]:
    """The signs that are there, by name; {} on a page that keeps its agents in their places."""
    told: dict[str, list[Any]] = page.evaluate(LOOK, AREAS)
    told["asked"] = list(watch.asked)
    return {sign: sorted(set(each))[:5] for sign, each in told.items() if each}
