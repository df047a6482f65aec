// Copy buttons, opening dialogs, and asking before a form is sent.
import { onContent, say } from './net.js'

onContent((root) => {
  root.querySelectorAll('[data-copy][hidden], [data-open][hidden]').forEach((button) => {
    button.hidden = false
  })
})

async function copy(button) {
  const source = document.getElementById(button.dataset.copy)
  if (!source) return
  const label = button.querySelector('span') || button
  const before = label.textContent
  try {
    await navigator.clipboard.writeText(source.textContent.trim())
    label.textContent = 'Copied'
    say('Copied')
  } catch {
    getSelection().selectAllChildren(source)
    label.textContent = 'Selected: press Ctrl C'
  }
  setTimeout(() => { label.textContent = before }, 2000)
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy], [data-open]')
  if (button?.dataset.copy) copy(button)
  if (button?.dataset.open) document.getElementById(button.dataset.open)?.showModal()
  if (event.target.matches('dialog')) event.target.close() // a click on the backdrop
})

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm
  if (!question || window.confirm(question)) return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)
