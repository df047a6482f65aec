// A note that was typed is kept in this browser, for its handoff and round, until it was sent.
import { clock, onContent } from './net.js'

const PREFIX = `handoff.draft.${document.body.dataset.me}.`
const KEEP = 14 * 86_400_000

const field = () => document.querySelector('#decide #note')

function name() {
  const claim = document.getElementById('claim')
  return claim && field() ? `${PREFIX}${claim.dataset.base}${claim.dataset.revision}` : ''
}

function store(work) {
  try {
    return work(localStorage)
  } catch { // a private window or no room: the note is on the page all the same
    return null
  }
}

let done = '' // sent or given up: not kept once more while the page goes

function save() {
  const key = name()
  if (!key || done === key || done === 'all') return
  const text = field().value
  store((kept) => (text.trim() ? kept.setItem(key, JSON.stringify({ text, at: Date.now() })) : kept.removeItem(key)))
  if (!text) mark(0)
}

function forget(key) {
  done = key
  store((kept) => kept.removeItem(key))
}

/** "Draft from 14:02 · Discard" beside the note; 0 takes it away. */
function mark(at) {
  const place = document.getElementById('draft')
  if (!place) return
  place.hidden = !at
  if (at) place.querySelector('span').textContent = `Draft from ${clock(at)}`
}

function restore() {
  const note = field()
  if (!note || note.dataset.drafted === name()) return
  note.dataset.drafted = name()
  const kept = store((all) => JSON.parse(all.getItem(name())))
  if (!kept?.text || note.value) return
  note.value = kept.text
  mark(kept.at)
}

let timer = 0
document.addEventListener('input', (event) => {
  if (event.target !== field()) return
  done = ''
  clearTimeout(timer)
  timer = setTimeout(save, 300)
})
addEventListener('pagehide', save)

document.addEventListener('click', (event) => {
  if (!event.target.closest('#draft button')) return
  field().value = ''
  save()
  field().focus()
})

// Sent is what the desk answered with another page than the one it was sent from.
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  clearTimeout(timer)
  if (ctx.request.method === 'POST' && ctx.request.action.endsWith('/decide/')) {
    save()
    ctx.draft = name()
  }
})
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  const { raw } = ctx.response
  const isElsewhere = raw.redirected || raw.headers.has('HX-Redirect')
  if (ctx.draft && raw.ok && isElsewhere && !raw.url.includes('/sign-in/')) forget(ctx.draft)
})

// Whoever signs out on purpose leaves nothing behind.
document.addEventListener('submit', (event) => {
  if (!new URL(event.target.action, location.href).pathname.startsWith('/sign-out')) return
  done = 'all'
  store((kept) => Object.keys(kept).filter((key) => key.startsWith(PREFIX)).forEach((key) => kept.removeItem(key)))
})

store((kept) => {
  for (const key of Object.keys(kept).filter((each) => each.startsWith(PREFIX))) {
    if (!(JSON.parse(kept.getItem(key))?.at > Date.now() - KEEP)) kept.removeItem(key)
  }
})
onContent(restore)
