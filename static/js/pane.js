// The third column, addresses of swapped pages, and where the focus goes after a swap.
import { ready } from './ahead.js'
import { onContent } from './net.js'

const wide = matchMedia('(min-width: 1200px)')
const inQueue = () => document.body.hasAttribute('data-pane')
let turn = 0 // moves on with everything the reader does
let asked = 0 // what the reader asked for and has no answer to yet
let missed = false // what happened meanwhile
let shown = document.querySelector('#main .topbar')?.dataset.handoff
const main = () => document.getElementById('main')

function markRow(number) {
  document.querySelectorAll('#rows [aria-current]').forEach((link) => link.removeAttribute('aria-current'))
  const row = document.querySelector(`#rows [data-handoff="${number}"]`)
  row?.querySelector('.t')?.setAttribute('aria-current', 'true')
  row?.scrollIntoView({ block: 'nearest' })
}

/** Opens a handoff in place, beside the list or instead of the one shown. */
export function open(url) {
  const fetched = ready(url)
  const address = inQueue() ? `${url}${url.includes('?') ? '&' : '?'}pane=1` : url
  const how = { target: '#main', swap: 'innerHTML' }
  if (fetched) how.fetch = () => Promise.resolve(fetched)
  const bar = fetched && document.querySelector('#main .foot > [data-undo]') // not in what was fetched ahead
  return window.htmx.ajax('GET', address, how).then(() => { if (bar) document.querySelector('#main .foot')?.prepend(bar) })
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('#rows a.t, #main :is(a.step, .bar [data-key="]"])')
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  if (!link || !plain || !window.htmx || (inQueue() && !wide.matches)) return
  event.preventDefault()
  open(link.getAttribute('href'))
})

function address(place) {
  const url = new URL(place.dataset.url, location.href)
  if (!inQueue()) return url.pathname + url.search
  const here = new URL(location.href)
  for (const name of ['tab', 'file', 'as', 'from', 'against', 'round']) here.searchParams.delete(name)
  for (const [name, value] of url.searchParams) if (!['pane', 'list', 'q'].includes(name)) here.searchParams.set(name, value)
  const number = document.querySelector('#main .topbar')?.dataset.handoff
  if (number) here.searchParams.set('at', number)
  return here.pathname + here.search
}

function afterSwap(target, isFresh) {
  const place = target.matches?.('[data-url]') ? target : target.querySelector?.('[data-url]')
  if (place && !isFresh) { // what was only freshened is where it was
    const url = address(place)
    if (url !== location.pathname + location.search) {
      if (inQueue()) history.replaceState(history.state, '', url)
      else history.pushState({ htmx: true }, '', url)
    }
  }
  if (isFresh) return
  turn += 1 // a page fetched while this one was under way is older than it
  if (target.id !== 'main') return
  document.getElementById('overlay')?.replaceChildren()
  const title = place?.dataset.title
  if (title && !inQueue()) document.title = `${title} · handoff`
  if (inQueue() && place) markRow(place.dataset.handoff)
  const first = target.querySelector('[data-focus], .edit .fld :is(input:not([type=hidden]), textarea, select)') || target.querySelector('h1')
  const isSame = place?.dataset.handoff === shown
  shown = place?.dataset.handoff
  if (!isSame || first?.matches('.flash')) {
    if (inQueue() && wide.matches) target.scrollTo(0, 0)
    else scrollTo(0, 0)
  }
  // Focusing inside the sticky foot would scroll the page to where the foot would be.
  first?.focus({ preventScroll: first.matches('h1') || Boolean(first.closest('.foot')) })
}

document.addEventListener('htmx:after:swap', (event) => {
  const target = event.detail?.ctx?.target
  const element = typeof target === 'string' ? document.querySelector(target) : target
  const place = element?.isConnected ? element : document.getElementById(element?.id) || document.body
  afterSwap(place, event.detail?.ctx?.fresh !== undefined)
  const dialog = document.querySelector('#overlay dialog[data-modal]:not([open])')
  dialog?.showModal()
})

document.addEventListener('click', (event) => {
  const close = event.target.closest('#overlay [data-close]')
  if (!close) return
  event.preventDefault()
  close.closest('dialog').close()
})

function isBusy() {
  const typing = main()?.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')
  if (typing || document.getElementById('note')?.value || document.getElementById('message')?.value || document.querySelector('dialog[open]')) return true
  return Boolean(main()?.querySelector('.edit, .flash, [data-new-point], .rewrite[open], [aria-invalid], .bar .err, fieldset :checked'))
}

/** Fetches the shown round anew, in place; what is typed or chosen is never touched. */
async function freshen() {
  const claim = document.getElementById('claim')
  missed = Boolean(asked)
  if (!claim || asked || isBusy() || !window.htmx) return
  const url = new URL(inQueue() ? main().querySelector('.topbar').dataset.url : location.href, location.href)
  const here = new URL(location.href)
  for (const name of ['tab', 'file', 'as', 'from', 'against']) if (here.searchParams.has(name)) url.searchParams.set(name, here.searchParams.get(name))
  url.searchParams.set('round', claim.dataset.revision)
  if (inQueue()) url.searchParams.set('pane', '1')
  const scroll = main().scrollTop
  const before = shown
  await window.htmx.ajax('GET', url.pathname + url.search, { source: '#status', target: '#main', swap: 'innerMorph', fresh: turn })
  if (shown === before) main().scrollTop = scroll // another was opened meanwhile: it begins at its top
}
document.addEventListener('desk:touched', freshen)
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (ctx.fresh !== undefined) return
  turn += 1
  asked += 1
})
// News of a decision may overtake the answer to it, which leads on: the page is freshened after that.
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
  if (ctx.fresh !== undefined) return
  asked -= 1
  if (!asked && missed) freshen()
})
// What the reader did meanwhile is newer than a page that was only fetched to be up to date.
document.addEventListener('htmx:before:swap', (event) => {
  const { fresh } = event.detail.ctx
  if (fresh !== undefined && (fresh !== turn || isBusy())) event.preventDefault()
})

// No Event tells of a delivery, so a receipt that waits for one asks again.
let pause = 2000
setTimeout(function look() {
  const isMoving = document.querySelector('#receipt-steps[data-moving]')
  if (isMoving && !document.hidden) freshen()
  pause = isMoving ? Math.min(pause * 1.3, 30_000) : 2000
  setTimeout(look, pause)
}, pause)

onContent((root) => {
  const narrow = matchMedia('(max-width: 900px)').matches
  root.querySelectorAll('details[data-fold][open]').forEach((fold) => {
    if (narrow && !fold.dataset.folded) fold.open = false
    fold.dataset.folded = '1'
  })
})
// Where there is no room for a third column, what it would show has a page of its own.
const beside = main()?.querySelector('.topbar[data-url]')
if (inQueue() && beside && !wide.matches) location.replace(beside.dataset.url)
