// The edit form: its buttons without a page load, tabs in files, JSON looked at while it is typed.
import { onContent, say } from './net.js'

async function press(button) {
  const form = button.form
  const label = button.getAttribute('aria-label') || button.textContent.trim()
  await window.htmx.ajax('POST', form.getAttribute('action'), { source: button, target: '#edit', swap: 'outerHTML', values: { part: 'edit' } })
  const next = document.querySelector('#edit [data-focus]') || document.querySelector('#edit [name=change]')
  next?.focus()
  say(label)
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('#edit [name=change]')
  if (!button?.form || button.disabled || !window.htmx) return
  event.preventDefault()
  event.stopImmediatePropagation()
  press(button)
}, true)

// Tab writes a tab; Esc leaves the field, so that the next Tab goes on to what follows.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Tab' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return
  if (!event.target.matches?.('textarea[data-tab]')) return
  event.preventDefault()
  document.execCommand('insertText', false, '\t')
})

function fault(text) {
  try {
    if (text.trim()) JSON.parse(text)
    return ''
  } catch (error) {
    return error.message
  }
}

function check(field) {
  const said = fault(field.value)
  const place = field.parentElement.querySelector('.err') || Object.assign(document.createElement('p'), { className: 'err', id: `${field.id}-error` })
  place.textContent = said
  place.hidden = !said
  if (!place.isConnected) field.after(place)
  field.toggleAttribute('aria-invalid', Boolean(said))
  if (said) {
    field.setAttribute('aria-invalid', 'true')
    field.setAttribute('aria-describedby', place.id)
  }
}

document.addEventListener('input', (event) => {
  const field = event.target
  if (!field.closest?.('.edit')) return
  const tick = field.closest('.fld')?.querySelector('[name$=":null"]')
  if (tick && field !== tick && field.value) tick.checked = false
  if (field.matches('[data-json]') && field.getAttribute('aria-invalid')) check(field)
})
document.addEventListener('focusout', (event) => {
  if (event.target.matches?.('.edit [data-json]')) check(event.target)
})

// Links of the error summary lead to the field itself, also where it is one of a group.
onContent((root) => root.querySelectorAll?.('#edit-faults a').forEach((link) => link.addEventListener('click', (event) => {
  const place = document.getElementById(decodeURIComponent(link.hash.slice(1)))
  const field = place?.matches('input, select, textarea') ? place : place?.querySelector('input:not([type=hidden]), select, textarea')
  if (!field) return
  event.preventDefault()
  field.focus()
})))
