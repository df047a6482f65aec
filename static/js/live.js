// The socket says what changed; after any gap one GET of /live/delta/ brings the page up.
import { end, heard, show, signedOut } from './livestate.js'
import { say } from './net.js'
import { apply } from './rows.js'

const SILENCE = 40_000
const OPENING = 10_000
const known = {}
let socket = null
let begunAt = 0
let tries = 0
let catchingUp = false
let wasLost = false
let retry = 0
let looked = Date.now()

const isTyping = () => [...document.querySelectorAll('textarea, input[type=text], input[type=search]')]
  .some((field) => field.value !== field.defaultValue)

function behind(seqs) {
  return Object.entries(seqs).some(([workspace, seq]) => (known[workspace] ?? 0) < seq)
}

/** Resolves with false when the person is signed out. */
async function catchUp() {
  if (catchingUp) return true
  catchingUp = true
  try {
    const since = encodeURIComponent(JSON.stringify(known))
    const answer = await fetch(`/live/delta/?since=${since}`, { headers: { Accept: 'application/json' } })
    if (answer.status === 401 || answer.status === 403 || answer.redirected) {
      signedOut()
      return false
    }
    if (!answer.ok) return true
    const { reload, messages, unread, seqs } = await answer.json()
    if (reload && isTyping()) end('Far behind: reload', 'Much has changed. Reload the page when you are done.')
    else if (reload) location.reload()
    for (const message of messages) take(message, true)
    Object.assign(known, seqs)
    if (!reload) take({ type: 'bell', unread })
  } catch {
    show('off')
  } finally {
    catchingUp = false
  }
  return true
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
  } else if (message.type === 'bell') {
    document.dispatchEvent(new CustomEvent('desk:bell', { detail: message }))
  }
  if (message.viewing) document.dispatchEvent(new CustomEvent('desk:presence', { detail: message }))
}

/** Says something to the desk; false while there is no line. */
export function tell(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false
  socket.send(JSON.stringify(message))
  return true
}

async function lost(code) {
  socket = null
  wasLost = true
  if (code === 4403) return end('Rights changed: reload', 'What you may see has changed. Reload the page.')
  // A changed password ends the other sessions, and moves this one to a new socket.
  if (code === 4401 && !(await catchUp())) return
  show(tries > 2 || !navigator.onLine ? 'off' : 'wait')
  const pause = Math.min(30_000, 500 * 2 ** tries) * (0.5 + Math.random())
  tries += 1
  clearTimeout(retry)
  retry = setTimeout(connect, pause)
}

/** A dead line answers no farewell: nobody waits for one. */
function drop() {
  socket.onmessage = socket.onclose = null
  socket.close()
  lost()
}

function connect() {
  clearTimeout(retry)
  if (socket) return
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  begunAt = Date.now()
  socket = new WebSocket(`${scheme}://${location.host}/ws/live/`)
  socket.onmessage = (event) => {
    heard.at = Date.now()
    tries = 0
    show('on')
    take(JSON.parse(event.data))
  }
  socket.onclose = (event) => lost(event.code)
}

const isDead = () => Date.now() - Math.max(begunAt, heard.at) > (socket.readyState === WebSocket.OPEN ? SILENCE : OPENING)

function wake() {
  if (document.hidden) return
  if (!socket) {
    tries = 0
    connect()
  } else if (isDead()) drop()
  if (wasLost || Date.now() - heard.at > 20_000) catchUp()
}

function look() {
  const slept = Date.now() - looked > 20_000
  looked = Date.now()
  if (socket && isDead()) drop()
  else if (slept) wake()
}

if (document.getElementById('status') && 'WebSocket' in window) {
  show('wait')
  connect()
  setInterval(look, 5_000)
  document.addEventListener('visibilitychange', wake)
  addEventListener('online', wake)
  addEventListener('offline', () => { show('off'); say('Offline') })
  addEventListener('pagehide', () => { if (socket) { socket.onclose = null; socket.close(); socket = null } })
  addEventListener('pageshow', (event) => { if (event.persisted) { wasLost = true; connect(); catchUp() } })
}
