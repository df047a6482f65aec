// Changes the theme at once; the form's POST keeps it for the account.
import { onContent, post } from './net.js'

function mark() {
  const chosen = document.documentElement.dataset.theme
  for (const button of document.querySelectorAll('[data-theme-form] button')) {
    button.setAttribute('aria-pressed', String(button.value === chosen))
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-theme-form]')
  if (!form || !event.submitter) return
  event.preventDefault()
  document.documentElement.dataset.theme = event.submitter.value
  mark()
  post(form.action, { theme: event.submitter.value })
})
onContent(mark)
