// Single keys press what carries data-key; j and k walk the rows. Off in fields and on request.
import { post, say } from './net.js'
import { asksForWords } from './reasons.js'

let going = 0

const isOff = () => document.documentElement.dataset.keys === 'off'
const isShown = (element) => element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null

function isTyping(event) {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return true
  const target = event.target
  return target.isContentEditable || target.matches?.('input:not([type=radio], [type=checkbox]), textarea, select')
}

function step(by) {
  const rows = [...document.querySelectorAll('#rows [data-row]')]
  if (!rows.length) return false
  const here = rows.findIndex((row) => row.contains(document.activeElement))
  const current = here >= 0 ? here : rows.findIndex((row) => row.querySelector('[aria-current]'))
  const next = rows[Math.min(rows.length - 1, Math.max(0, current < 0 ? 0 : current + by))]
  const link = next.querySelector('a.t')
  link.focus()
  next.scrollIntoView({ block: 'nearest' })
  return true
}

function stepFile(by) {
  const files = [...document.querySelectorAll('#evidence [data-file]')]
  const here = files.findIndex((file) => file.hasAttribute('aria-current'))
  // Below the fold: the first press shows the file that is there, so that none is passed unseen.
  const top = () => files[0]?.closest('.review').getBoundingClientRect().top
  const before = top()
  if (before > innerHeight / 2) {
    document.getElementById('evidence').scrollIntoView({ block: 'start' })
    if (top() < before) return true
  }
  const next = files[here + by]
  next?.click()
  return Boolean(next)
}

function press(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((each) => !each.disabled)
  // In a narrow window some are folded into a menu, which the key need not open.
  const isFolded = (each) => { const menu = each.closest('details.menu'); return menu && isShown(menu) }
  // Beside the list the arrows to the neighbours are not drawn: the list is in sight.
  const found = all.find(isShown) || all.find(isFolded) || all.find((each) => each.matches('.step'))
  if (!found) return false
  if (!asksForWords(found)) found.click()
  return true
}

function back() {
  const link = document.querySelector('#main .back')
  if (!link) return false
  if (document.body.hasAttribute('data-pane')) document.querySelector('#rows [aria-current]')?.focus()
  else link.click()
  return true
}

const MOVES = {
  j: () => step(1) || press(']'), // on a handoff's own page, through the list it came from
  k: () => step(-1) || press('['),
  ArrowDown: () => document.activeElement?.matches('#rows a.t') && step(1),
  ArrowUp: () => document.activeElement?.matches('#rows a.t') && step(-1),
  o: () => { const link = document.activeElement?.closest('#rows [data-row]')?.querySelector('a.t'); link?.click(); return Boolean(link) },
  u: back,
  n: () => stepFile(1),
  p: () => stepFile(-1),
  m: () => { const field = document.getElementById('message'); field?.focus(); return Boolean(field) },
  g: () => { going = Date.now(); return true },
  '?': () => { document.querySelector('[data-open="keys"]')?.click(); return true },
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || document.querySelector('dialog[open]')) return
  if (event.key === 'Escape') {
    if (event.target.matches?.('textarea, input:not([name=pick])')) event.target.blur()
    else if (!document.querySelector(':popover-open') && (press('Escape') || back())) event.preventDefault()
    return
  }
  if (isTyping(event) || isOff()) return
  const place = Date.now() - going < 1200 && document.querySelector(`#nav [data-go="${CSS.escape(event.key)}"]`)
  if (place) {
    going = 0
    place.click()
    event.preventDefault()
    return
  }
  const done = MOVES[event.key] ? MOVES[event.key]() : event.key !== 'Enter' && press(event.key)
  if (done) event.preventDefault()
})

// With nothing focused these keys would scroll the window, which does not move beside the list.
document.addEventListener('keydown', ({ key, target }) => {
  if (target === document.body && /^(Page|Home|End|Arrow[UD]| )/.test(key)) document.querySelector('[data-pane] #main:has(.topbar)')?.focus({ preventScroll: true })
})

// The palette presses keys too, whether or not single keys are on.
document.addEventListener('desk:key', ({ detail }) => {
  if (!press(detail)) MOVES[detail]?.()
})

/** The sheet shows which of its keys do something on this screen. */
const sheet = document.getElementById('keys')
const has = (selector) => selector && [...document.querySelectorAll(selector)].some(isShown)
document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-open="keys"]')) return
  for (const line of sheet.querySelectorAll('[data-keys]')) {
    const carried = line.dataset.keys.split(' ').map((key) => `[data-key="${CSS.escape(key)}"]`).join()
    line.classList.toggle('here', Boolean(has(carried) || has(line.dataset.needs)))
  }
}, true)

const box = document.getElementById('keys-on')
box?.addEventListener('change', () => {
  document.documentElement.dataset.keys = box.checked ? '' : 'off'
  post(box.form.action, { keys: box.checked ? 'on' : 'off' })
  say(box.checked ? box.dataset.on : box.dataset.off)
})
