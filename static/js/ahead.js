// Fetches what will likely be opened next, once and when the page is at rest, and hands it over if
// nothing happened to it meanwhile. Only looking: the desk neither notes it as seen nor claims it.

const FRESH = 20_000
const REST = 150 // on a row before it counts as meant
const MOST = 3
const kept = new Map() // address → { text, at, number }
let resting = 0

const isLive = () => document.getElementById('status')?.dataset.live === 'on'
const numberOf = (url) => url.match(/\/h\/(HO-\d+)\//)?.[1]
const inPane = () => document.body.hasAttribute('data-pane')
const address = (url) => (inPane() ? `${url}${url.includes('?') ? '&' : '?'}pane=1` : url)

async function fetchAhead(url) {
  const number = numberOf(url)
  const known = kept.get(url)
  if (!number || !isLive() || document.hidden || (known && Date.now() - known.at < FRESH)) return
  const item = { text: '', at: Date.now(), number }
  kept.delete(url)
  kept.set(url, item)
  if (kept.size > MOST) kept.delete(kept.keys().next().value)
  try {
    const headers = { 'HX-Request': 'true', 'HX-Target': 'section#main', 'X-Purpose': 'prefetch', Accept: 'text/html' }
    const answer = await fetch(address(url), { headers, credentials: 'same-origin', priority: 'low' })
    const text = answer.ok && !answer.redirected ? await answer.text() : ''
    if (kept.get(url) === item && text) item.text = text
    else kept.delete(url)
  } catch {
    kept.delete(url)
  }
}

/** The page of this address as a Response, if it was fetched and is as fresh as the live rows. */
export function ready(url) {
  const item = kept.get(url)
  kept.delete(url)
  if (!item?.text || !isLive() || Date.now() - item.at > FRESH) return null
  return new Response(item.text, { headers: { 'Content-Type': 'text/html' } })
}

const atRest = window.requestIdleCallback || ((run) => setTimeout(run, 200))

/** What follows the shown handoff; its address stands on the page. */
function following() {
  const link = document.querySelector('#main .topbar .step[data-key="]"]')
  if (link) atRest(() => fetchAhead(link.getAttribute('href')), { timeout: 2000 })
}

document.addEventListener('focusin', (event) => {
  const link = event.target.closest?.('#rows a.t')
  clearTimeout(resting)
  if (link && inPane()) resting = setTimeout(() => fetchAhead(link.getAttribute('href')), REST)
})

// A changed row makes its page old, and whatever the reader sends may change any of them.
document.addEventListener('desk:changed', ({ detail }) => {
  const changed = new Set(detail.map((row) => row.handoff))
  for (const [url, item] of kept) if (changed.has(item.number)) kept.delete(url)
})
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (ctx.request.method !== 'GET') kept.clear()
})

document.addEventListener('htmx:after:swap', following)
document.addEventListener('desk:live', following) // not before: what is fetched must be kept fresh
following()
