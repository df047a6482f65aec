// Desktop notifications, where a person asked for them: of what is assigned to them or critical,
// while no page of the desk is in front. They say a number, a workspace and a word, nothing else.
import { onContent, say } from './net.js'
import { open } from './pane.js'

const me = document.body.dataset.me
const KEY = `handoff.desktop.${me}`
const IN_FRONT = 'handoff-in-front'
const isAble = 'Notification' in window && 'locks' in navigator
let isSpeaker = false
let stepBack = null

function isOn() {
  try {
    return isAble && Notification.permission === 'granted' && localStorage.getItem(KEY) === '1'
  } catch {
    return false
  }
}

/** Of all pages of this browser one speaks: the one that holds the lock. */
function queueUp() {
  if (isOn()) navigator.locks.request('handoff-speaker', () => { isSpeaker = true; return new Promise(() => {}) })
  standInFront()
}

/** Every page in front shares a lock, so that the speaker knows of all of them. */
function standInFront() {
  stepBack?.()
  stepBack = null
  if (!isOn() || document.hidden) return
  navigator.locks.request(IN_FRONT, { mode: 'shared' }, () => new Promise((resolve) => {
    if (document.hidden) resolve()
    else stepBack = resolve
  }))
}

function goTo(number) {
  window.focus()
  const url = `/h/${number}/`
  if (document.body.hasAttribute('data-pane') && matchMedia('(min-width: 1200px)').matches) open(url)
  else location.assign(url)
}

async function tell({ handoff, news }) {
  const isMine = String(news.assigned) === me
  if (!isMine && !news.critical) return
  const { held } = await navigator.locks.query()
  if (held.some((lock) => lock.name === IN_FRONT)) return
  const body = `${news.workspace} · ${news.trigger}`
  const shown = new Notification(isMine ? `${handoff} is assigned to you` : `${handoff} waits`, { body, tag: handoff })
  shown.onclick = () => { shown.close(); goTo(handoff) }
}

document.addEventListener('desk:changed', ({ detail }) => {
  if (!isSpeaker || !isOn()) return
  for (const row of detail) if (row.news && row.state === 'open') tell(row)
})

function draw(root) {
  const place = root.querySelector('#desktop')
  if (!place) return
  const state = !isAble ? 'unable' : Notification.permission === 'denied' ? 'denied' : isOn() ? 'on' : 'off'
  for (const each of place.querySelectorAll('[data-state]')) each.hidden = each.dataset.state !== state
  place.hidden = false
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('#desktop button')
  if (!button) return
  const wanted = button.value === 'on' && await Notification.requestPermission() === 'granted'
  try {
    localStorage.setItem(KEY, wanted ? '1' : '0')
  } catch { /* a private window: nothing is remembered, nothing is shown */ }
  draw(document)
  queueUp()
  say(isOn() ? 'Desktop notifications are on' : 'Desktop notifications are off')
  document.querySelector('#desktop button:not([hidden])')?.focus()
})

onContent(draw)
document.addEventListener('visibilitychange', standInFront)
queueUp()
