// Keeps the words of every <time data-when> fresh and its title in the person's own zone.
import { onContent } from './net.js'

const MINUTE = 60, HOUR = 3600, DAY = 86400
const root = document.documentElement
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

function format(locale, options) {
  const chosen = { ...options, hourCycle: 'h23' }
  try {
    return new Intl.DateTimeFormat(locale, { ...chosen, timeZone: root.dataset.zone || 'UTC' })
  } catch {
    return new Intl.DateTimeFormat(locale, { ...chosen, timeZone: 'UTC' })
  }
}

const DATE = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' }
let titles, parts
function setUp() {
  titles = format('sv-SE', { ...DATE, timeZoneName: 'short' })
  parts = format('en-US', { ...DATE, month: 'short', day: 'numeric' })
}
setUp()

const split = (moment) => Object.fromEntries(parts.formatToParts(moment).map(({ type, value }) => [type, value]))

/** As workspaces/times.py says it: 14:02:11 today, 21 Nov 14:02 this year, else with the year. */
function exact(moment, seconds = true) {
  const { year, month, day, hour, minute, second } = split(moment)
  const today = split(new Date())
  if (year === today.year && month === today.month && day === today.day) return seconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`
  return `${day} ${month} ${year === today.year ? '' : `${year} `}${hour}:${minute}`
}

/** What is left of the open spans "from-to from-to" (minutes since 1970), as hours and minutes. */
function leftOpen(spans) {
  const now = Date.now() / 60_000
  const left = spans.split(' ').map((span) => span.split('-'))
    .reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(now, from)), 0)
  return left < 60 ? `${Math.max(1, Math.floor(left))} min` : `${Math.floor(left / 60)} h`
}

function refresh(time) {
  const moment = new Date(time.dateTime)
  const seconds = (Date.now() - moment) / 1000
  if (!time.dataset.titled) {
    time.title = titles.format(moment)
    time.dataset.titled = '1'
  }
  const style = time.dataset.when
  const absolute = root.dataset.times === 'absolute'
  if (style === 'clock' || style === 'at') time.textContent = exact(moment, style === 'clock')
  else if (style === 'short') time.textContent = absolute ? exact(moment, false) : short(Math.abs(seconds))
  else if (style === 'relative') time.textContent = absolute ? exact(moment) : relative(seconds)
  else if (style === 'leaves') {
    time.textContent = seconds < 0 ? `leaves in ${Math.max(1, Math.round(-seconds))} s` : 'leaving'
  } else if (style === 'due') {
    const span = absolute ? exact(moment, false) : short(Math.max(Math.abs(seconds), MINUTE))
    const [late, early] = absolute ? ['Overdue since', 'Due'] : ['Overdue by', 'Due in']
    time.textContent = `${seconds >= 0 ? late : early} ${span}`
    const { open, inWords } = time.dataset
    if (open && !absolute && seconds < 0) time.textContent = inWords.replace('%', leftOpen(open))
    const chip = time.closest('.chip')
    chip?.classList.toggle('bad', seconds >= 0)
    chip?.classList.toggle('warn', seconds < 0 && seconds > -15 * MINUTE)
  }
}

onContent((within) => {
  within.querySelectorAll('time[data-when]:not([data-titled])').forEach(refresh)
  const me = document.body.dataset.me
  within.querySelectorAll('[data-person]').forEach((name) => {
    if (me && name.dataset.person === me) name.textContent = 'you'
  })
})
setInterval(() => document.querySelectorAll('time[data-when="leaves"]').forEach(refresh), 1000)
setInterval(() => {
  if (!document.hidden) document.querySelectorAll('time[data-when]').forEach(refresh)
}, 20_000)
document.addEventListener('desk:times', () => {
  setUp()
  document.querySelectorAll('time[data-when]').forEach((time) => { delete time.dataset.titled; refresh(time) })
})
