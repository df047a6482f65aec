// The button that asks this browser for pushes, and the same browser's button to stop them.
import { alarm, post, say } from './net.js'

const place = document.querySelector('[data-push]')
const [on, off] = ['on', 'off'].map((word) => place.querySelector(`[data-push-${word}]`))
const note = place.querySelector('[data-push-note]')
const isAble = 'serviceWorker' in navigator && 'PushManager' in window && window.isSecureContext

function bytes(text) {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (each) => each.charCodeAt(0))
}

async function current() {
  const worker = await navigator.serviceWorker.getRegistration('/')
  return worker?.pushManager.getSubscription() ?? null
}

function tell(sentence) {
  note.textContent = sentence
  note.hidden = !sentence
  if (sentence) alarm(sentence)
}

async function draw() {
  if (!isAble) return tell(place.dataset.unable)
  if (Notification.permission === 'denied') return tell(place.dataset.denied)
  const is = await current()
  on.hidden = Boolean(is)
  off.hidden = !is
}

async function subscribe() {
  on.disabled = true
  try {
    const worker = await navigator.serviceWorker.register('/sw.js', { scope: '/' })
    await navigator.serviceWorker.ready
    const { key } = await (await post(place.dataset.url)).json()
    const options = { userVisibleOnly: true, applicationServerKey: bytes(key) }
    await (await worker.pushManager.getSubscription())?.unsubscribe()
    const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON()
    const answer = await post(place.dataset.url, { endpoint, p256dh: keys.p256dh, auth: keys.auth })
    if (answer?.status === 201) return location.reload()
    const told = await answer?.json().catch(() => null)
    await (await current())?.unsubscribe()
    tell(told?.detail ?? place.dataset.failed)
  } catch {
    tell(Notification.permission === 'denied' ? place.dataset.denied : place.dataset.failed)
  } finally {
    on.disabled = false
  }
}

on.addEventListener('click', subscribe)
off.addEventListener('click', async () => {
  await (await current())?.unsubscribe()
  say(place.dataset.stopped)
  await draw()
})
draw()
