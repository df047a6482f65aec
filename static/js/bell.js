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
