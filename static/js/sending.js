// Requests under way: a thin line for what takes longer than 0.4 s, and for what fails a sentence
// that keeps what was typed and offers to try again.
import { say } from './net.js'

const SLOW = 400
const underWay = new Map()

function line() {
  let made = document.getElementById('busy')
  if (!made) {
    made = document.createElement('div')
    made.id = 'busy'
    made.setAttribute('aria-hidden', 'true')
  }
  // A modal dialog is above everything else of the page.
  const place = document.querySelector('dialog:modal') || document.body
  if (made.parentElement !== place) place.append(made)
  return made
}

function draw() {
  const isSlow = [...underWay.values()].includes('slow')
  if (isSlow || document.getElementById('busy')) line().hidden = !isSlow
  const main = document.getElementById('main')
  if (isSlow) main?.setAttribute('aria-busy', 'true')
  else main?.removeAttribute('aria-busy')
}

function begin(what) {
  clearTimeout(underWay.get(what))
  underWay.set(what, setTimeout(() => {
    underWay.set(what, 'slow')
    say('Working')
    draw()
  }, SLOW))
}

function end(what) {
  clearTimeout(underWay.get(what))
  underWay.delete(what)
  draw()
}

/** What this promise waits for is waited for by the reader too. */
export async function working(promise) {
  begin(promise)
  try {
    return await promise
  } finally {
    end(promise)
  }
}

// A page of its own is on its way: the browser shows that in a corner, if at all.
const PAGE = 'page'
function leaving(event) {
  setTimeout(() => { if (!event.defaultPrevented) begin(PAGE) }) // once everybody has heard of it
}
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]')
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.hash && link.pathname + link.search === location.pathname + location.search) return
  leaving(event)
})
document.addEventListener('submit', (event) => {
  if (!event.target.target && event.target.method !== 'dialog') leaving(event)
})
addEventListener('pagehide', () => end(PAGE))
document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') end(PAGE) }) // stops the browser too

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (ctx.fresh !== undefined) return // the page brings itself up to date: nobody waits for that
  document.getElementById('failed')?.remove()
  begin(ctx)
})
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => end(ctx))

const isForm = (ctx) => ctx.request.method !== 'GET'

function again(ctx) {
  const { form, submitter, action } = ctx.request
  if (!isForm(ctx)) window.htmx.ajax('GET', action, { target: ctx.target, swap: ctx.swap })
  else if (form?.isConnected) form.requestSubmit(submitter?.isConnected ? submitter : null)
}

function fail(ctx, why, isSignedOut = false) {
  const note = isForm(ctx) && document.getElementById('note')?.value
  const place = document.createElement('div')
  place.id = 'failed'
  place.className = 'alert bad'
  place.setAttribute('role', 'alert')
  const words = document.createElement('p')
  words.textContent = `${why}${note ? ' Your note is kept.' : ''}`
  const way = document.createElement(isSignedOut ? 'a' : 'button')
  way.className = 'btn sm'
  way.textContent = isSignedOut ? 'Sign in' : 'Try again'
  if (isSignedOut) way.href = `/sign-in/?next=${encodeURIComponent(location.pathname + location.search)}`
  else way.addEventListener('click', () => { place.remove(); again(ctx) })
  place.append(words, way)
  document.getElementById('failed')?.remove()
  const main = document.getElementById('main')
  const foot = main?.querySelector('.foot')
  if (foot) foot.prepend(place)
  else (main || document.body).prepend(place)
}

document.addEventListener('htmx:error', ({ detail: { ctx, error } }) => {
  if (!ctx || ctx.fresh !== undefined || ctx.response) return
  const lead = isForm(ctx) ? 'Not sent' : 'Not opened'
  if (!navigator.onLine) return fail(ctx, `Offline: ${lead.toLowerCase()}.`)
  const isLate = ctx.request.signal?.reason === 'timeout' || error?.name === 'AbortError' || error === 'timeout'
  fail(ctx, isLate ? `${lead}: the desk did not answer in time.` : `${lead}: the desk cannot be reached.`)
})

const WORDS = { 403: 'you may not do this, or the page is too old', 404: 'it is not there, or not for you', 413: 'it is too long', 429: 'too many tries; wait a minute' }

// A part was asked for; a whole page is the sign-in page or an error's, and would take the place
// of what was typed.
document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail
  if (!/^\s*<!doctype/i.test(ctx.text || '') || ctx.hx?.redirect) return
  event.preventDefault()
  if (ctx.fresh !== undefined) return
  const { raw, status } = ctx.response
  const lead = isForm(ctx) ? 'Not sent' : 'Not opened'
  if (raw.redirected && new URL(raw.url).pathname.startsWith('/sign-in')) return fail(ctx, `${lead}: you are signed out.`, true)
  fail(ctx, `${lead}: ${WORDS[status] || `the desk made an error (${status}); nothing was saved`}.`)
})
