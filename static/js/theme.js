// Changes theme and density at once; the form's POST keeps them for the account.
import { onContent, post } from './net.js'

const HOLDERS = { theme: document.documentElement, density: document.body }

function mark() {
  for (const button of document.querySelectorAll('[data-look] button')) {
    if (HOLDERS[button.name]) button.setAttribute('aria-pressed', String(HOLDERS[button.name].dataset[button.name] === button.value))
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-look]')
  const { name, value } = event.submitter || {}
  if (!form || !HOLDERS[name]) return
  event.preventDefault()
  HOLDERS[name].dataset[name] = value
  mark()
  post(form.action, { [name]: value })
})
onContent(mark)
