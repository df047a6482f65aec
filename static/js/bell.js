// The number on the bell, and a sound for nobody: words for screen readers instead.
import { say } from './net.js'

document.addEventListener('desk:bell', (event) => {
  const badge = document.getElementById('bell-count')
  if (!badge) return
  const unread = event.detail.unread
  const before = Number(badge.textContent || 0)
  badge.textContent = unread || ''
  badge.hidden = !unread
  if (unread > before) say(`${unread} unread notification${unread === 1 ? '' : 's'}`)
})

document.addEventListener('desk:presence', (event) => {
  const place = document.getElementById('viewers')
  const shown = document.querySelector('#main .topbar')?.dataset.handoff
  if (!place || event.detail.handoff !== shown) return
  const others = (event.detail.people || []).filter((person) => String(person.id) !== document.body.dataset.me)
  place.textContent = others.length ? `${others.map((person) => person.name).join(', ')} viewing` : ''
})
