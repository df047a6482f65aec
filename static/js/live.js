// The socket only says what changed; after any gap one GET of /live/delta/ brings the page up.
import { alarm, say } from './net.js'
import { apply } from './rows.js'

const SILENCE = 40_000
const known = {}
let socket = null
let heardAt = 0
let tries = 0
let catchingUp = false
let wasLost = false
let retry = 0

function show(state) {
  const place = document.getElementById('status')
  if (!place) return
  const clock = heardAt ? new Date(heardAt).toTimeString().slice(0, 5) : ''
  const words = { on: 'Live', wait: 'Reconnecting…', off: clock ? `Offline, showing ${clock}` : 'Offline' }
  place.dataset.live = state
  const text = document.getElementById('live-text')
  if (text.textContent !== words[state]) text.textContent = words[state]
}

function behind(seqs) {
  return Object.entries(seqs).some(([workspace, seq]) => (known[workspace] ?? 0) < seq)
}

async function catchUp() {
  if (catchingUp) return
  catchingUp = true
  try {
    const since = encodeURIComponent(JSON.stringify(known))
    const answer = await fetch(`/live/delta/?since=${since}`, { headers: { Accept: 'application/json' } })
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return location.reload()
    if (!answer.ok) return
    const { reload, messages, unread, seqs } = await answer.json()
    if (reload) return location.reload()
    for (const message of messages) take(message, true)
    Object.assign(known, seqs)
    take({ type: 'bell', unread })
  } catch {
    show('off')
  } finally {
    catchingUp = false
  }
}

function take(message, trusted = false) {
  if (message.type === 'hello') {
    const isFirst = Object.keys(known).length === 0
    if (isFirst && !wasLost) Object.assign(known, message.seqs)
    else if (behind(message.seqs)) catchUp()
  } else if (message.type === 'resync') {
    catchUp()
  } else if (message.type === 'heartbeat') {
    if (behind(message.seqs || {})) catchUp()
  } else if (message.type === 'events') {
    const here = known[message.workspace]
    if (!trusted && here !== undefined && message.from > here) {
      catchUp()
      return
    }
    known[message.workspace] = Math.max(here ?? 0, message.to)
    apply(message)
  } else if (message.type === 'bell' || message.type === 'presence') {
    document.dispatchEvent(new CustomEvent(`desk:${message.type}`, { detail: message }))
  }
}

function connect() {
  clearTimeout(retry)
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  socket = new WebSocket(`${scheme}://${location.host}/ws/live/`)
  socket.onmessage = (event) => {
    heardAt = Date.now()
    tries = 0
    show('on')
    take(JSON.parse(event.data))
  }
  socket.onclose = (event) => {
    socket = null
    wasLost = true
    if (event.code === 4401 || event.code === 4403) {
      show('off')
      alarm(event.code === 4401
        ? 'You are signed out. Reload the page to sign in again.'
        : 'What you may see has changed. Reload the page.')
      return
    }
    show(tries > 2 || !navigator.onLine ? 'off' : 'wait')
    const pause = Math.min(30_000, 500 * 2 ** tries) * (0.5 + Math.random())
    tries += 1
    retry = setTimeout(connect, pause)
  }
}

function wake() {
  if (document.hidden) return
  if (!socket) {
    tries = 0
    connect()
  } else if (Date.now() - heardAt > SILENCE) socket.close()
  if (wasLost || Date.now() - heardAt > 20_000) catchUp()
}

if (document.getElementById('status') && 'WebSocket' in window) {
  show('wait')
  connect()
  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN && Date.now() - heardAt > SILENCE) {
      socket.close()
      catchUp()
    }
  }, 5_000)
  document.addEventListener('visibilitychange', wake)
  addEventListener('online', wake)
  addEventListener('offline', () => { show('off'); say('Offline') })
  addEventListener('pagehide', () => { if (socket) { socket.onclose = null; socket.close() } })
  addEventListener('pageshow', (event) => { if (event.persisted) { wasLost = true; connect(); catchUp() } })
}
