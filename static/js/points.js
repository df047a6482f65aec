// Points of a request for changes: written at a line, kept by the desk, shown where they belong.
import { isLine, place, rowOf, shownFile } from './lines.js'
import { hovered } from './hover.js'
import { onContent, post, say } from './net.js'
import { working } from './sending.js'

const list = () => document.getElementById('changes')

function put(box, row) {
  if (!row) document.querySelector('#evidence .viewer > header')?.after(box)
  else if (row.matches('tr')) {
    const line = row.parentElement.insertRow([...row.parentElement.rows].indexOf(row) + 1)
    line.className = 'said'
    const cell = line.insertCell()
    cell.colSpan = 9
    cell.append(box)
  } else row.after(box)
}

/** Opens the box for a point about this line, or about the file as a whole. */
function open(row) {
  const at = row ? place(row) : { file: shownFile() }
  const template = document.getElementById('point-form')
  if (!template) return false
  const key = JSON.stringify(at)
  const before = document.querySelector(`[data-new-point][data-at='${key}'] textarea`)
  if (before) { before.focus(); return true }
  const box = template.content.firstElementChild.cloneNode(true)
  const field = box.querySelector('textarea')
  box.dataset.at = key
  field.id = `point-${Object.values(at).join('-')}`
  box.querySelector('label').htmlFor = field.id
  box.opener = row
  put(box, row)
  field.focus()
  box.scrollIntoView({ block: 'nearest' })
  return true
}

function close(box) {
  const holder = box.closest('tr.said') || box
  holder.remove()
  const from = box.opener || document.querySelector('#evidence [data-comment-file]')
  from?.focus({ preventScroll: true })
}

/** Puts the list as the desk has it now in place of the one shown. */
function renew(html, isOpen) {
  const template = document.createElement('template')
  template.innerHTML = html
  const fresh = template.content.querySelector('#changes')
  if (!fresh || !list()) return
  fresh.open = isOpen
  list().replaceWith(fresh)
  show()
}

async function send(form, fields) {
  const button = form.querySelector('button:not([type="button"])')
  button.disabled = true
  const round = list()?.dataset.round
  const answer = await working(post(`${form.getAttribute('action')}?round=${round}`, fields))
  button.disabled = false
  if (answer?.ok && !answer.redirected) {
    renew(await answer.text(), Boolean(form.closest('#changes')))
    return true
  }
  const said = answer && answer.status < 500 && !answer.redirected ? await answer.text() : 'Not kept: the desk cannot be reached. Your words stay here.'
  const place_ = form.querySelector('.err')
  if (place_) { place_.textContent = said; place_.hidden = false } else say(said)
  return false
}

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('[data-new-point], [data-point]')
  if (!form) return
  event.preventDefault()
  const fields = Object.fromEntries(new FormData(form))
  if (form.matches('[data-point]')) {
    if (await send(form, fields)) list()?.querySelector('summary').focus()
    return
  }
  if (await send(form, { ...fields, ...JSON.parse(form.dataset.at) })) {
    close(form)
    say('Added to the change list')
  }
})

const areKeysOff = () => { try { return localStorage.getItem('handoff.keys.off') === '1' } catch { return false } }
document.addEventListener('keydown', (event) => {
  const box = event.target.closest?.('[data-new-point]')
  if (box) {
    if (event.key === 'Escape' && !box.querySelector('textarea').value.trim()) { event.preventDefault(); close(box) }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); box.requestSubmit() }
    return
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return
  const row = isLine(event.target) ? event.target : null
  const isTyping = event.target.matches?.('input:not([type=radio], [type=checkbox]), textarea, select')
  const asks = (event.key === 'Enter' && row) || (event.key === 'm' && !isTyping && !areKeysOff() && shownFile())
  if (asks && open(row || hovered())) event.preventDefault()
}, true)

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-cancel]')) close(event.target.closest('[data-new-point]'))
  const whole = event.target.closest('[data-comment-file]')
  if (whole && list()) { event.preventDefault(); open(null) }
  if (event.target.closest('.plus-btn')) open(hovered())
})

/** Shows each point of the list below its line, and how many each file has. */
function show() {
  document.querySelectorAll('[data-shown-point]').forEach((each) => (each.closest('tr.said') || each).remove())
  const counts = {}
  for (const item of list()?.querySelectorAll('li[data-file]') || []) {
    const { file, anchor } = item.dataset
    counts[file] = (counts[file] || 0) + 1
    if (Number(file) !== shownFile()) continue
    const row = anchor && rowOf(anchor)
    if (anchor && !row) continue
    const box = document.createElement('div')
    box.className = 'said'
    box.dataset.shownPoint = ''
    box.textContent = item.querySelector('.said').textContent
    put(box, row)
  }
  for (const link of document.querySelectorAll('#evidence [data-file]')) {
    link.querySelector('.badge')?.remove()
    const count = counts[link.dataset.file]
    if (!count) continue
    const badge = document.createElement('b')
    badge.className = 'badge'
    badge.textContent = count
    badge.title = 'on your change list'
    link.querySelector('span').after(badge)
  }
}
onContent(show)
document.addEventListener('desk:lines', show)
