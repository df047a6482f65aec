// Puts live rows into the queue without losing scroll, focus, selection or the reader's place.
import { say } from './net.js'

const list = () => document.getElementById('rows')
let held = []

function parse(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  return template.content.firstElementChild
}

const scroller = () => {
  const pane = document.getElementById('list')
  return pane && pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY !== 'visible'
    ? pane : document.scrollingElement
}

function isUntouched() {
  const inList = list()?.contains(document.activeElement)
  return scroller().scrollTop < 40 && !inList
}

function swap(old, fresh) {
  const focused = old.contains(document.activeElement)
  const current = old.querySelector('[aria-current]')
  if (current) fresh.querySelector('.t')?.setAttribute('aria-current', 'true')
  old.replaceWith(fresh)
  if (focused) fresh.querySelector('.t')?.focus({ preventScroll: true })
}

function insert(fresh) {
  document.getElementById('no-rows')?.remove()
  fresh.classList.add('new')
  // The server's order: by priority, then newest first.
  const rank = (row) => Number(row.dataset.priority)
  const below = [...list().children].find((row) => rank(row) <= rank(fresh))
  list().insertBefore(fresh, below || null)
}

function pill() {
  const place = document.getElementById('newer')
  if (!place) return
  place.hidden = held.length === 0
  place.querySelector('span').textContent = `${held.length} new`
}

/** Lets the rows in that waited because the reader was busy. */
export function letIn() {
  for (const fresh of held) insert(fresh)
  held = []
  pill()
  document.dispatchEvent(new Event('desk:rows'))
  scroller().scrollTo({ top: 0 })
}

/** One row of a message: state is open, changed or gone. */
function place(row) {
  const rows = list()
  const fresh = parse(row.html)
  if (!fresh) return
  const old = document.getElementById(`ho-${row.id}`)
  held = held.filter((each) => each.id !== fresh.id)
  if (old) {
    swap(old, fresh)
    return
  }
  const view = document.body.dataset.queue
  const isMine = fresh.querySelector('[data-for]')?.dataset.for === document.body.dataset.me
  const welcome = (view === 'queue' || (view === 'mine' && isMine)) && row.state === 'open' && !rows.dataset.filtered
  if (!welcome) return
  if (isUntouched()) insert(fresh)
  else held.push(fresh)
  say(`New: ${fresh.querySelector('.t')?.textContent}`)
}

export function apply(message) {
  if (list()) {
    for (const row of message.rows || []) place(row)
    pill()
    document.dispatchEvent(new Event('desk:rows'))
  }
  count(message.counts?.open)
  const shown = document.querySelector('#main [data-handoff]')?.dataset.handoff
  const touched = (message.rows || []).some((row) => row.handoff === shown)
  if (touched) document.dispatchEvent(new CustomEvent('desk:touched', { detail: shown }))
}

export function count(open) {
  if (open === undefined || open === null) return
  const place = document.getElementById('count-open')
  const before = Number(place?.textContent || 0)
  if (place) place.textContent = open
  const size = document.getElementById('queue-size')
  if (size) size.firstChild.textContent = `${open} open `
  document.title = (open ? `(${open}) ` : '') + document.title.replace(/^\(\d+\) /, '')
  const icon = document.querySelector('link[rel="icon"]')
  if (icon && open > before && document.hidden) icon.href = icon.dataset.dot
}

document.addEventListener('click', (event) => {
  if (event.target.closest('#newer button')) letIn()
})
document.addEventListener('visibilitychange', () => {
  const icon = document.querySelector('link[rel="icon"]')
  if (!document.hidden && icon) icon.href = icon.href.replace('favicon-dot', 'favicon')
})
