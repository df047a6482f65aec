// "Assigned to Sam · Undo" leaves the page, so that it may change under it, and goes by itself.
import { onContent, say } from './net.js'

const SHOWN = 10_000
let timer = 0
let isFresh = false

onContent(() => {
  const flash = document.querySelector('#main .flash:has([data-passing]), .list .flash:has([data-passing])')
  if (!flash) return
  let place = document.getElementById('toast')
  if (!place) {
    place = document.createElement('div')
    place.id = 'toast'
    document.body.prepend(place)
  }
  place.replaceChildren(flash)
  isFresh = true
  window.htmx?.process(flash)
  flash.removeAttribute('role')
  say(`${flash.querySelector('span').textContent} Press z to undo`)
  clearInterval(timer)
  let endsAt = Date.now() + SHOWN
  timer = setInterval(() => {
    if (flash.matches(':hover, :focus-within')) endsAt = Date.now() + SHOWN / 2
    if (Date.now() < endsAt && flash.isConnected) return
    clearInterval(timer)
    flash.remove()
  }, 500)
})
// Undone, or something newer can be: z means that.
document.addEventListener('htmx:after:swap', () => {
  if (!isFresh && document.querySelector('#main [data-undo], #toast [hidden]')) document.querySelector('#toast .flash')?.remove()
  isFresh = false
})
document.addEventListener('submit', (event) => {
  if (!event.target.closest('#toast')) return
  event.target.closest('.flash').hidden = true
  if (document.getElementById('main').checkVisibility()) return
  event.stopImmediatePropagation() // no room beside the list: the handoff has a page of its own
  event.target.querySelector('[name="pane"]')?.remove()
}, true)
