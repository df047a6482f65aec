// A long diff comes in parts: one after the other in the background, what is looked at first.
import { onContent } from './net.js'

const CHUNK = 2000 // pixels, as in diff.css: the page keeps its height when a part has come
const next = () => document.querySelector('#evidence [data-rest]:not([data-missed])')
const coming = new Map()

async function fill(part) {
  let answer = null
  try { answer = await fetch(part.dataset.rest, { headers: { 'X-Requested-With': 'fetch' } }) } catch { /* offline */ }
  if (!answer?.ok) {
    part.dataset.missed = ''
    return
  }
  const template = document.createElement('template')
  template.innerHTML = await answer.text()
  const hadFocus = part.contains(document.activeElement)
  const first = template.content.querySelector('[id]')
  part.replaceWith(template.content)
  if (hadFocus) first?.focus({ preventScroll: true })
  document.dispatchEvent(new Event('desk:lines'))
}

function bring(part) {
  if (!coming.has(part)) coming.set(part, fill(part).finally(() => coming.delete(part)))
  return coming.get(part)
}

/** Resolves when every part is there, or cannot be had. */
export async function bringAll() {
  for (let part = next(); part; part = next()) await bring(part)
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) bring(target)
}, { rootMargin: '1500px' })

document.addEventListener('click', (event) => {
  const part = event.target.closest?.('[data-rest]')
  if (!part || event.metaKey || event.ctrlKey) return
  event.preventDefault()
  bring(part)
})

onContent(() => {
  const waiting = document.querySelectorAll('#evidence [data-rest]')
  for (const part of waiting) {
    part.style.minHeight = `${part.dataset.chunks * CHUNK}px`
    near.observe(part)
  }
  if (waiting.length) requestAnimationFrame(() => setTimeout(bringAll)) // after what is there was painted
})
