// Selecting rows: boxes, x and Shift+x, ranges. What is chosen outlives live changes of the rows.
import { onContent, say } from './net.js'

const chosen = new Map() // handoff → its round and digest when it was selected
let anchor = null // where a range begins
export const form = () => document.getElementById('bulk')
export const step = () => document.getElementById('bulk-step')
const boxes = () => [...document.querySelectorAll('#rows .pick input')]
const keyOf = (box) => box.value.split(':')[0]
const linkOf = (box) => box.closest('[data-row]').querySelector('a.t')

function count() {
  const place = document.getElementById('bulk-count')
  if (!place) return
  place.textContent = `${chosen.size} selected`
  const all = document.querySelector('[data-pick="all"]')
  all.hidden = chosen.size >= boxes().length
  if (!chosen.size) step().replaceChildren()
}

function set(box, on) {
  box.checked = on
  if (on) chosen.set(keyOf(box), box.value)
  else chosen.delete(keyOf(box))
}

/** Rows come and go: a fresh row of the same round stays selected, a newer round does not. */
function keep() {
  if (!form()) return
  for (const box of boxes()) {
    const before = chosen.get(keyOf(box))
    if (before === undefined) {
      if (box.checked) set(box, true) // what the browser kept over a reload
    } else if (before === box.value) box.checked = true
    else {
      set(box, false)
      say(`${linkOf(box).textContent} has a newer round and is no longer selected`)
    }
  }
  const here = new Set(boxes().map(keyOf))
  for (const key of chosen.keys()) if (!here.has(key)) chosen.delete(key)
  count()
}

export const picks = () => [...chosen.values()]

export function clear() {
  for (const box of boxes()) box.checked = false
  chosen.clear()
  count()
}

function toggle(box, isRange) {
  const all = boxes()
  const from = isRange ? all.findIndex((each) => keyOf(each) === anchor) : -1
  const to = all.indexOf(box)
  if (from >= 0) for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) set(each, true)
  else set(box, !chosen.has(keyOf(box)))
  anchor = keyOf(box)
  count()
  say(`${chosen.size} selected`)
}

/** The row that a key means: the one with the focus, else the one that is open, else the first. */
function current() {
  const row = document.activeElement?.closest?.('#rows [data-row]') ||
    document.querySelector('#rows [aria-current]')?.closest('[data-row]')
  return row ? row.querySelector('.pick input') : boxes()[0]
}

document.addEventListener('click', (event) => {
  const box = event.target.closest('#rows .pick input')
  const picked = event.target.closest('[data-pick]')?.dataset.pick
  if (box) toggle(box, event.shiftKey)
  else if (picked === 'all') {
    for (const each of boxes()) set(each, true)
    count()
    say(`${chosen.size} selected`)
  } else if (picked) {
    const here = current()
    if (!here) return
    if (!here.closest('[data-row]').contains(document.activeElement)) linkOf(here).focus()
    toggle(here, picked === 'range')
  }
})
document.addEventListener('reset', (event) => {
  if (event.target !== form()) return
  const back = boxes().find((box) => keyOf(box) === anchor)
  clear()
  if (event.target.contains(document.activeElement) && back) linkOf(back).focus()
})

/** From the bar back into the list, to the row selected last. */
export function back() {
  const row = boxes().find((box) => keyOf(box) === anchor) || boxes()[0]
  if (row) linkOf(row).focus()
}

onContent(keep)
