// The conversation of an open page: what the other side writes appears, what is typed here stays.
import { onContent, post, say } from './net.js'

const talk = () => document.getElementById('talk')
const base = () => document.getElementById('claim')?.dataset.base

function mark(unread) {
  const badge = document.getElementById('talk-new')
  if (!badge) return
  badge.hidden = !Number(unread)
  badge.firstElementChild.textContent = unread
}

/** Words that are on the screen have been read. */
function read() {
  const { last, unread, url } = talk()?.dataset || {}
  if (!Number(unread) || document.hidden) return
  talk().dataset.unread = 0
  post(url, { last })
  mark(0)
}

async function look() {
  const here = base()
  if (!here) return
  let answer = null
  try { answer = await fetch(`${here}talk/`, { headers: { 'X-Requested-With': 'fetch' } }) } catch { return }
  if (!answer.ok || answer.redirected || base() !== here) return
  const template = document.createElement('template')
  template.innerHTML = await answer.text()
  const fresh = template.content.querySelector('#talk')
  const place = document.querySelector('.tabs [href*="tab=conversation"] small')
  const count = fresh.querySelectorAll('.said').length
  if (place && count) place.textContent = count
  if (!talk()) return mark(fresh.dataset.unread)
  if (talk().dataset.last === fresh.dataset.last) return
  say('A new message')
  talk().replaceWith(fresh)
  read()
}

document.addEventListener('desk:touched', look)
document.addEventListener('visibilitychange', read)
onContent(read)
