// The third column, addresses of swapped pages, and where the focus goes after a swap.
import { onContent } from './net.js'

const wide = matchMedia('(min-width: 1200px)')
const inQueue = () => document.body.hasAttribute('data-pane')
let shown = document.querySelector('#main .topbar')?.dataset.handoff
const main = () => document.getElementById('main')

function markRow(number) {
  document.querySelectorAll('#rows [aria-current]').forEach((link) => link.removeAttribute('aria-current'))
  const row = document.querySelector(`#rows [data-handoff="${number}"]`)
  row?.querySelector('.t')?.setAttribute('aria-current', 'true')
  row?.scrollIntoView({ block: 'nearest' })
}

/** Opens a handoff beside the list. */
export function open(url) {
  return window.htmx.ajax('GET', `${url}${url.includes('?') ? '&' : '?'}pane=1`, { target: '#main', swap: 'innerHTML' })
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('#rows a.t, #main a.step')
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!link || !plain || !inQueue() || !wide.matches || !window.htmx) return
  event.preventDefault()
  open(link.getAttribute('href'))
})

function address(place) {
  const url = new URL(place.dataset.url, location.href)
  if (!inQueue()) return url.pathname + url.search
  const here = new URL(location.href)
  for (const name of ['tab', 'file', 'as', 'from', 'round']) here.searchParams.delete(name)
  for (const [name, value] of url.searchParams) if (name !== 'pane') here.searchParams.set(name, value)
  const number = document.querySelector('#main .topbar')?.dataset.handoff
  if (number) here.searchParams.set('at', number)
  return here.pathname + here.search
}

function afterSwap(target) {
  const place = target.matches?.('[data-url]') ? target : target.querySelector?.('[data-url]')
  if (place) {
    const url = address(place)
    if (url !== location.pathname + location.search) {
      if (inQueue()) history.replaceState(history.state, '', url)
      else history.pushState({ htmx: true }, '', url)
    }
  }
  if (target.id !== 'main') return
  document.getElementById('overlay')?.replaceChildren()
  const title = place?.dataset.title
  if (title && !inQueue()) document.title = `${title} · handoff`
  if (inQueue() && place) markRow(place.dataset.handoff)
  const first = target.querySelector('[data-focus]') || target.querySelector('h1')
  const isSame = place?.dataset.handoff === shown
  shown = place?.dataset.handoff
  if (!isSame || first?.matches('.flash')) {
    if (inQueue() && wide.matches) target.scrollTo(0, 0)
    else scrollTo(0, 0)
  }
  // Focusing inside the sticky foot would scroll the page to where the foot would be.
  first?.focus({ preventScroll: !first.matches('[data-focus]') || Boolean(first.closest('.foot')) })
}

document.addEventListener('htmx:after:swap', (event) => {
  const target = event.detail?.ctx?.target
  const element = typeof target === 'string' ? document.querySelector(target) : target
  afterSwap(element?.isConnected ? element : document.getElementById(element?.id) || document.body)
  const dialog = document.querySelector('#overlay dialog[data-modal]:not([open])')
  dialog?.showModal()
})

document.addEventListener('click', (event) => {
  const close = event.target.closest('#overlay [data-close]')
  if (!close) return
  event.preventDefault()
  close.closest('dialog').close()
})

// What somebody else changed while this page is open is fetched when nothing typed would be lost.
document.addEventListener('desk:touched', () => {
  const place = main()?.querySelector('.topbar[data-url]')
  const note = document.getElementById('note')
  const typing = main()?.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')
  if (!place || note?.value || typing || document.querySelector('dialog[open]')) return
  if (main().querySelector('.edit') || main().querySelector('fieldset :checked')) return
  const scroll = main().scrollTop
  const address = location.pathname.startsWith('/h/') ? location.pathname + location.search : place.dataset.url
  window.htmx?.ajax('GET', address + (inQueue() ? `${address.includes('?') ? '&' : '?'}pane=1` : ''), { target: '#main', swap: 'innerMorph' })
    .then(() => { main().scrollTop = scroll })
})

onContent((root) => {
  const narrow = matchMedia('(max-width: 900px)').matches
  root.querySelectorAll('details[data-fold][open]').forEach((fold) => {
    if (narrow && !fold.dataset.folded) fold.open = false
    fold.dataset.folded = '1'
  })
})
for (const form of document.querySelectorAll('[data-filter]')) {
  form.addEventListener('change', () => form.requestSubmit())
}
