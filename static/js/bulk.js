// Sends a selection in parts, shows how far it is, and puts together what became of each.
import { alarm, onContent, post, say } from './net.js'
import { working } from './sending.js'

const PART = 25
let busy = false
const place = () => document.getElementById('outcome')

function parse(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  return template.content.querySelector('.outcome')
}

/** Adds a later part's lines to the first one's panel. */
function join(panel, more) {
  for (const name of ['[data-left-out]', '[data-done]']) {
    const list = panel.querySelector(`${name} ul`)
    const fresh = more.querySelector(`${name} ul`)
    if (list && fresh) list.append(...fresh.children)
    else if (fresh) panel.querySelector(name).append(fresh)
  }
  const bar = panel.querySelector('form.undo')
  const other = more.querySelector('form.undo')
  if (bar && other) {
    bar.append(...other.querySelectorAll('[name="of"]'))
    if (bar.dataset.hold) bar.dataset.hold += `,${other.dataset.hold?.split('=')[1] || ''}`
  } else if (other) panel.prepend(other)
}

function sum(panel) {
  const done = panel.querySelectorAll('[data-state="done"]').length
  const left = panel.querySelectorAll('[data-state="left"]').length
  const said = `${done} ${panel.dataset.word}`
  const missing = `${left} left out`
  const text = !left ? said : done ? `${said}, ${missing}` : missing
  const bar = panel.querySelector('.undo b')
  if (bar) bar.textContent = said
  panel.querySelector('h2').textContent = bar && left ? missing : text
  panel.querySelector('[data-done]').hidden = !done
  panel.classList.toggle('all-done', !left)
  return { left, text }
}

/** Posts every part in turn; the panel of all that came back, null when not even one did. */
async function send(url, words, name, values, tell) {
  let panel = null
  for (let at = 0; at < values.length; at += PART) {
    const part = values.slice(at, at + PART).map((value) => [name, value])
    const answer = await working(post(url, [...words, ...part]))
    if (answer?.status === 422) return { panel, problem: await answer.text(), at }
    const found = answer?.ok && !answer.redirected ? parse(await answer.text()) : null
    if (!found) return { panel, at }
    if (panel) join(panel, found)
    else panel = found
    tell(Math.min(values.length, at + PART))
  }
  return { panel, at: values.length }
}

async function run(url, words, name, values, done) {
  if (busy || !values.length) return
  busy = true
  const line = document.querySelector('#sure [data-progress]') || document.getElementById('bulk-count')
  let sent = 0
  const show = () => { if (line && busy) line.textContent = `${sent} of ${values.length}` }
  const late = setTimeout(show, 400)
  const { panel, problem, at } = await send(url, words, name, values, (number) => {
    sent = number
    if (values.length > PART) show()
  })
  clearTimeout(late)
  busy = false
  if (problem) {
    const step = document.getElementById('bulk-step')
    step.innerHTML = problem
    step.querySelector('[aria-invalid], [data-first]')?.focus()
    return
  }
  if (panel) reveal(panel)
  if (at < values.length) alarm(`The desk cannot be reached: ${values.length - at} were not sent and are still selected`)
  else done?.()
}

function reveal(panel) {
  document.querySelectorAll('.list > .foot:not(#outcome)').forEach((each) => each.remove())
  const { left, text } = sum(panel)
  panel.querySelector('[data-close]').hidden = false
  place().replaceChildren(panel)
  window.htmx?.process(panel)
  say(text)
  document.dispatchEvent(new Event('desk:rows'))
  if (!left && !panel.querySelector('.undo')) setTimeout(() => panel.remove(), 5000)
  const next = document.querySelector('#rows .row:not(.gone, .asleep) a.t')
  if (left || !next) document.getElementById('outcome-title').focus()
  else next.focus({ preventScroll: true })
}

export const decide = (words, picks, done) =>
  run(document.getElementById('bulk').action, [...words, ['sure', '1']], 'pick', picks, done)

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-part]')
  if (!form || !place()) return
  event.preventDefault()
  const all = [...new FormData(form)]
  const words = all.filter(([name]) => name === 'do')
  run(form.action, words, 'of', all.filter(([name]) => name === 'of').map(([, value]) => value))
})
document.addEventListener('click', (event) => {
  if (event.target.closest('#outcome [data-close]')) {
    place().replaceChildren()
    document.querySelector('#rows a.t')?.focus()
  }
})
// The last moment to take it back is over: what was done without exception needs no panel.
document.addEventListener('desk:left', (event) => {
  if (event.target.closest('.all-done')) place().replaceChildren()
})
// z takes back what was done last: a verdict on the page beside the list is newer than the batch.
onContent(() => {
  const beside = document.querySelector('#main [data-undo]')?.getAttribute('action').match(/HO-(\d+)/)?.[1]
  const batch = place()?.querySelector('.undo')
  if (!beside || !batch || batch.querySelector(`[name="of"][value="${beside}"]`)) return
  batch.querySelector('[data-key]')?.removeAttribute('data-key')
})
