// Shared by the other modules: POST with the CSRF token, and words for screen readers.

const token = () => document.querySelector('meta[name="csrf"]').content

/** POSTs form data; resolves with the Response, or null when the desk cannot be reached. */
export async function post(url, fields = {}, options = {}) {
  const body = new URLSearchParams(fields)
  const headers = { 'X-CSRFToken': token(), 'X-Requested-With': 'fetch', Accept: 'text/html' }
  try {
    return await fetch(url, { method: 'POST', body, headers, credentials: 'same-origin', ...options })
  } catch {
    return null
  }
}

/** A last word while the page goes away: a beacon can carry no header, so the token is a field. */
export function beacon(url, fields = {}) {
  const body = new URLSearchParams(fields)
  body.set('csrfmiddlewaretoken', token())
  return navigator.sendBeacon(url, body)
}

/** A moment (milliseconds) as the person's clock shows it: 14:02. */
export function clock(moment) {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: document.documentElement.dataset.zone || 'UTC' }
  try {
    return new Date(moment).toLocaleTimeString('en-GB', options)
  } catch { // a zone that this browser does not know
    return new Date(moment).toISOString().slice(11, 16)
  }
}

let waiting = []
let timer = 0

/** Says something politely; what comes within half a second is said together. */
export function say(sentence) {
  waiting = [...waiting.slice(-3), sentence]
  timer ||= setTimeout(() => {
    const place = document.getElementById('say')
    if (place) place.textContent = waiting.join('. ')
    waiting = []
    timer = 0
  }, 500)
}

/** Says something at once: "your claim ends in 1 minute", "not saved". */
export function alarm(sentence) {
  const place = document.getElementById('alarm')
  if (!place) return
  place.textContent = ''
  requestAnimationFrame(() => { place.textContent = sentence })
}

/** Runs for what is on the page now and for whatever is swapped in later. */
export function onContent(run) {
  run(document)
  document.addEventListener('htmx:after:swap', () => run(document))
  document.addEventListener('desk:rows', () => run(document))
}
