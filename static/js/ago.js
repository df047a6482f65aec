// Keeps the words of every <time data-when> fresh and its title in the person's own zone.
import { onContent } from './net.js'

const MINUTE = 60, HOUR = 3600, DAY = 86400
const zone = document.documentElement.dataset.zone || 'UTC'
const plural = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`

function short(span) {
  if (span < MINUTE) return 'now'
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`
  if (span < DAY) return `${Math.floor(span / HOUR)} h`
  return `${Math.floor(span / DAY)} d`
}

function relative(seconds) {
  const span = Math.abs(seconds)
  if (span < MINUTE) return seconds >= 0 ? 'just now' : 'in a moment'
  const words = span < HOUR ? plural(Math.floor(span / MINUTE), 'minute')
    : span < DAY ? plural(Math.floor(span / HOUR), 'hour') : plural(Math.floor(span / DAY), 'day')
  return seconds >= 0 ? `${words} ago` : `in ${words}`
}

function format() {
  const options = {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit',
    minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short',
  }
  try {
    return new Intl.DateTimeFormat('sv-SE', options)
  } catch {
    return new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: 'UTC' })
  }
}
const titles = format()

function refresh(time) {
  const moment = new Date(time.dateTime)
  const seconds = (Date.now() - moment) / 1000
  if (!time.dataset.titled) {
    time.title = titles.format(moment)
    time.dataset.titled = '1'
  }
  const style = time.dataset.when
  if (style === 'short') time.textContent = short(Math.abs(seconds))
  else if (style === 'relative') time.textContent = relative(seconds)
  else if (style === 'leaves') {
    time.textContent = seconds < 0 ? `leaves in ${Math.max(1, Math.round(-seconds))} s` : 'leaving'
  } else if (style === 'due') {
    const span = short(Math.max(Math.abs(seconds), MINUTE))
    time.textContent = seconds >= 0 ? `Overdue by ${span}` : `Due in ${span}`
    const chip = time.closest('.chip')
    chip?.classList.toggle('bad', seconds >= 0)
    chip?.classList.toggle('warn', seconds < 0 && seconds > -15 * MINUTE)
  }
}

onContent((root) => {
  root.querySelectorAll('time[data-when]:not([data-titled])').forEach(refresh)
  const me = document.body.dataset.me
  root.querySelectorAll('[data-person]').forEach((name) => {
    if (me && name.dataset.person === me) name.textContent = 'you'
  })
})
setInterval(() => document.querySelectorAll('time[data-when="leaves"]').forEach(refresh), 1000)
setInterval(() => {
  if (!document.hidden) document.querySelectorAll('time[data-when]').forEach(refresh)
}, 20_000)
