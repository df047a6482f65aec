// Puts live rows into the queue without losing scroll, focus, selection or the reader's place.
import { morph } from './morph.js'
import { say } from './net.js'
import { MOST, trim } from './trim.js'
import { askAbout, fromHere, recountSoon } from './views.js'

const AT_REST = 2000 // a pointer that moved over the rows so lately is about to click one
const list = () => document.getElementById('rows')
let held = []
let pointedAt = 0

function parse(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  return fromHere(template.content.firstElementChild)
}

const scroller = () => {
  const pane = document.getElementById('list')
  return pane && pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY !== 'visible'
    ? pane : document.scrollingElement
}

function isUntouched() {
  const rows = list()
  const selection = getSelection()
  const isSelecting = selection && !selection.isCollapsed && rows.contains(selection.anchorNode)
  return scroller().scrollTop < 40 && !rows.contains(document.activeElement) && !isSelecting
    && !rows.querySelector('input:checked') && Date.now() - pointedAt > AT_REST
}

function insert(fresh) {
  if ('grouped' in list().dataset) return location.reload() // its heading may be missing
  document.getElementById('no-rows')?.remove()
  fresh.classList.add('new')
  // The server's order: by priority, then newest first.
  const rank = (row) => Number(row.dataset.priority)
  const { before } = fresh.dataset // where the desk was asked for the place
  const below = before === undefined
    ? [...list().children].find((row) => rank(row) <= rank(fresh))
    : document.getElementById(`ho-${before}`)
  list().insertBefore(fresh, below || null)
}

function pill() {
  const place = document.getElementById('newer')
  if (!place) return
  place.hidden = held.length === 0
  place.querySelector('span').textContent = held.length < MOST ? `${held.length} new` : `${MOST} or more new`
}

/** Lets the rows in that waited because the reader was busy. */
export function letIn() {
  if (held.length >= MOST) return location.reload()
  const waiting = held
  held = []
  for (const fresh of waiting) insert(fresh)
  pill()
  trim(list())
  document.dispatchEvent(new Event('desk:rows'))
  scroller().scrollTo({ top: 0 })
}

/** One row of a message: state is open, changed or gone. Is it a new one? */
function place(row, isFree) {
  const rows = list()
  const fresh = parse(row.html)
  if (!fresh) return false
  const old = document.getElementById(`ho-${row.id}`)
  const waiting = held.findIndex((each) => each.id === fresh.id)
  if (old) {
    morph(old, fresh)
    return false
  }
  if (rows.dataset.filtered) {
    askAbout(fresh, putWhereAsked)
    return false
  }
  const welcome = row.state === 'open'
  if (waiting >= 0) held.splice(waiting, 1, ...(welcome ? [fresh] : []))
  if (!welcome || waiting >= 0) return false
  take(fresh, isFree)
  return true
}

function take(fresh, isFree = isUntouched()) {
  if (isFree && !('grouped' in list().dataset)) insert(fresh)
  else held = [...held.slice(1 - MOST), fresh]
}

/** A row whose place the desk has said; what belongs on a later page is not shown here. */
function putWhereAsked(fresh) {
  const old = document.getElementById(fresh.id)
  const { before } = fresh.dataset
  if (old) return morph(old, fresh)
  const isHere = before ? document.getElementById(`ho-${before}`) || held.some((row) => row.id === `ho-${before}`) : !document.querySelector('#list .more:not([hidden])')
  if (!isHere) return
  held = held.filter((row) => row.id !== fresh.id)
  take(fresh)
  say(`New: ${fresh.querySelector('.t')?.textContent}`)
  pill()
  trim(list())
  document.dispatchEvent(new Event('desk:rows'))
}

export function apply(message) {
  const changed = message.rows || []
  if (list()) {
    const isFree = changed.length > 0 && isUntouched()
    const arrived = changed.filter((row) => place(row, isFree))
    if (arrived.length > 2) say(`${arrived.length} new handoffs`)
    else for (const row of arrived) say(`New: ${parse(row.html).querySelector('.t')?.textContent}`)
    pill()
    trim(list())
    document.dispatchEvent(new Event('desk:rows'))
  }
  count(message.counts?.open)
  recountSoon()
  document.dispatchEvent(new CustomEvent('desk:changed', { detail: changed }))
  const shown = document.querySelector('#main [data-handoff]')?.dataset.handoff
  // That I opened it is no news to my page: it would fetch all of it again for every step.
  const touched = changed.some((row) => row.handoff === shown && row.looker !== document.body.dataset.me)
  if (touched) document.dispatchEvent(new CustomEvent('desk:touched', { detail: shown }))
}

export function count(open) {
  if (open === undefined || open === null) return
  const place = document.getElementById('count-open')
  const before = Number(place?.textContent || 0)
  if (place) place.textContent = open
  const size = document.getElementById('queue-size')
  if (size) size.firstChild.textContent = `${open} open `
  const title = (open ? `(${open}) ` : '') + document.title.replace(/^\(\d+\) /, '')
  if (document.title !== title) document.title = title
  if (open > before && document.hidden) dot(true)
}

function dot(isOn) {
  const icon = document.querySelector('link[rel="icon"]')
  if (!icon) return
  icon.dataset.plain ??= icon.href
  icon.href = isOn ? icon.dataset.dot : icon.dataset.plain
}

document.addEventListener('click', (event) => { if (event.target.closest('#newer button')) letIn() })
document.addEventListener('pointermove', (event) => {
  pointedAt = event.target.closest?.('#rows') ? Date.now() : 0
}, { passive: true })
document.addEventListener('visibilitychange', () => { if (!document.hidden) dot(false) })
