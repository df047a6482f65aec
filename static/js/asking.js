// Before a selection is decided: a line that names the number, what is left out, and one note.
import { post, say } from './net.js'
import { back, clear, form, picks, step } from './select.js'
import { working } from './sending.js'

/** The line that names the number, before anything is done. */
async function ask(what) {
  const answer = await working(post(form().action, [['do', what], ...picks().map((value) => ['pick', value])]))
  if (!answer) return say('The desk cannot be reached; nothing was sent')
  if (answer.redirected) return location.reload()
  step().innerHTML = await answer.text()
  step().querySelector('[data-first]')?.focus()
}

/** What sends them comes when there is something to send. */
async function decide(words) {
  const chosen = picks()
  try {
    const bulk = await working(import('./bulk.js'))
    bulk.decide(words, chosen, clear)
  } catch { say('The desk cannot be reached; nothing was sent') }
}

function close() {
  step().replaceChildren()
  back()
}

document.addEventListener('submit', (event) => {
  if (event.target === form()) {
    event.preventDefault()
    const what = event.submitter?.value
    if (what === 'claim' || what === 'wake') decide([['do', what]])
    else if (what) ask(what)
  } else if (event.target.closest('#bulk-step')) {
    event.preventDefault()
    const words = [...new FormData(event.target, event.submitter)].filter(([name]) => name !== 'pick')
    decide(words)
  }
})
document.addEventListener('click', (event) => {
  if (!event.target.closest('#bulk-step [data-cancel]')) return
  event.preventDefault()
  close()
})
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
  event.target.closest?.('#sure')?.querySelector('.acts button')?.click()
})
// While the line asks, a key means neither another verdict nor the handoff beside the list.
document.addEventListener('keydown', (event) => {
  const choice = event.target.closest?.('.choices')
  if (choice && /^Arrow(Up|Down)$/.test(event.key)) {
    const all = [...choice.querySelectorAll('button')]
    all[all.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
    event.preventDefault()
    event.stopPropagation()
  } else if (step()?.firstElementChild && event.key.length === 1 && !event.target.matches('input, textarea')) {
    if (!event.ctrlKey && !event.metaKey && event.key !== ' ') event.stopPropagation()
  }
}, true)
