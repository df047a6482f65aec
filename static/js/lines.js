// Lines of a shown file: arrows walk them, folds open in place, addresses like #file-3-L12 lead there.
import { onContent, post, say } from './net.js'
import { working } from './sending.js'
import './tree.js'

const LINE = '.df [id^="file-"], .lines tr[id^="L"]'
const evidence = () => document.getElementById('evidence')
export const shownFile = () => Number(evidence()?.querySelector('.review')?.dataset.shown || 0)
export const isLine = (element) => Boolean(element?.matches?.(LINE))

/** Which line an element is: {file, line} or {file, old_line}. */
export function place(row) {
  const found = row.id.match(/^(?:file-\d+-)?([LO])(\d+)$/)
  return { file: shownFile(), [found[1] === 'L' ? 'line' : 'old_line']: Number(found[2]) }
}

/** The row of "file-3-L12", also in a file that is shown without its changes. */
export const rowOf = (anchor) => document.getElementById(anchor) || document.getElementById(anchor.replace(/^file-\d+-/, ''))

/** The later parts of a long diff, where some have not come yet. */
const rest = () => evidence()?.querySelector('[data-rest]:not([data-missed])') && import('./parts.js').then(({ bringAll }) => bringAll())

async function walk(row, by) {
  if (by === 'last') await rest()
  const rows = [...evidence().querySelectorAll(LINE)]
  const next = by === 'first' ? rows[0] : by === 'last' ? rows.at(-1) : rows[rows.indexOf(row) + by]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

// Other evidence: the focus stays with what was pressed, and another file begins at its top.
let pressed = ''
let file = 0
document.addEventListener('htmx:before:swap', () => {
  const had = evidence()?.contains(document.activeElement) && document.activeElement
  const name = had && ['hx-get', 'id', 'data-key'].find((each) => had.getAttribute(each))
  pressed = name ? `#evidence [${name}="${CSS.escape(had.getAttribute(name))}"]` : ''
  file = shownFile()
})
document.addEventListener('htmx:after:swap', () => {
  if (file !== shownFile() && evidence()?.getBoundingClientRect().top < 0) evidence().scrollIntoView()
  if (pressed && document.activeElement === document.body) document.querySelector(pressed)?.focus({ preventScroll: true })
})

const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: 'first', End: 'last' }
document.addEventListener('keydown', (event) => {
  if (!isLine(event.target) || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return
  event.preventDefault()
  walk(event.target, KEYS[event.key])
}, true)

// One line is a stop of the Tab key: the one last looked at.
document.addEventListener('focusin', (event) => {
  if (!isLine(event.target)) return
  evidence().querySelector('[data-stop-here]')?.setAttribute('tabindex', '-1')
  evidence().querySelector('[data-stop-here]')?.removeAttribute('data-stop-here')
  event.target.tabIndex = 0
  event.target.dataset.stopHere = ''
})
document.addEventListener('click', (event) => {
  const row = event.target.closest?.(LINE)
  if (row && !getSelection().toString()) row.focus({ preventScroll: true })
})

async function unfold(link) {
  const fold = link.closest('.fold')
  const before = fold.previousElementSibling
  let answer = null
  try { answer = await working(fetch(link.href, { headers: { 'X-Requested-With': 'fetch' } })) } catch { /* offline */ }
  if (!answer?.ok) return say('The lines could not be fetched')
  const template = document.createElement('template')
  template.innerHTML = await answer.text()
  const first = template.content.querySelector('[id]')
  fold.replaceWith(template.content)
  if (document.activeElement === document.body) (first || before)?.focus({ preventScroll: true })
  document.dispatchEvent(new Event('desk:lines'))
}
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-fold-lines]')
  if (!link || event.metaKey || event.ctrlKey) return
  event.preventDefault()
  unfold(link)
})

/** Shows the line that an address names: its file, its fold, then itself. */
export async function reveal(anchor) {
  const found = anchor.match(/^file-(\d+)-([LO])(\d+)$/)
  if (!found || !evidence()) return
  const [, file, side, text] = found
  if (Number(file) !== shownFile()) {
    const link = evidence().querySelector(`[data-file="${file}"]`)
    if (!link) return
    await window.htmx.ajax('GET', link.getAttribute('href'), { source: link, target: '#evidence', swap: 'outerHTML' })
  }
  if (!rowOf(anchor)) await rest()
  if (!rowOf(anchor) && side === 'L') {
    const line = Number(text) - 1
    const fold = [...evidence().querySelectorAll('.fold[data-start]')].find((each) => each.dataset.start <= line && line < each.dataset.stop)
    const link = fold?.querySelector('[data-fold-lines="all"]')
    if (link) await unfold(link)
  }
  const row = rowOf(anchor)
  row?.focus({ preventScroll: true })
  row?.scrollIntoView({ block: 'center' })
}
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-jump]')
  const anchor = link?.hash.slice(1)
  if (!anchor?.startsWith('file-') || event.metaKey || event.ctrlKey) return
  event.preventDefault()
  history.replaceState(history.state, '', `${location.pathname}${location.search}#${anchor}`)
  reveal(anchor)
})
addEventListener('hashchange', () => reveal(location.hash.slice(1)))

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-diff-look]')
  const button = event.submitter
  if (!form || !button) return
  event.preventDefault()
  const { on, off } = button.dataset
  const isOn = button.getAttribute('aria-pressed') !== 'true'
  for (const each of document.querySelectorAll('.df')) {
    each.classList.toggle(on, isOn)
    each.classList.toggle(off, !isOn)
  }
  button.setAttribute('aria-pressed', String(isOn))
  post(form.action, { [button.name]: isOn ? on : off })
  button.value = isOn ? off : on
})

// A page that is freshened loses what was added to it here.
onContent(() => {
  const first = evidence()?.querySelector(LINE)
  if (!first || evidence().querySelector('[data-stop-here]')) return
  for (const row of evidence().querySelectorAll('.lines tr[id^="L"]')) row.tabIndex = -1
  first.tabIndex = 0
  first.dataset.stopHere = ''
})
reveal(location.hash.slice(1))
