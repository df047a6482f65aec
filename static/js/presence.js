// Says which handoff this page shows, and shows who else looks at it: on rows and above the page.
import { tell } from './live.js'
import { onContent } from './net.js'

const BEAT = 20_000
const AWAY = 60_000 // a page hidden for so long is not looked at
const FACES = 3
let viewing = {}
let said
let isAway = false
let leaving = 0
let soon = 0

function shown() {
  const place = document.querySelector('#main .topbar[data-handoff]')
  return !isAway && place?.checkVisibility?.() ? place.dataset.handoff : null
}

function speak(again = false) {
  const now = shown()
  if (now === said && !again) return
  if (tell({ viewing: now })) said = now
}

/** Not for every handoff that a reader only passes. */
function speakSoon() {
  clearTimeout(soon)
  soon = setTimeout(speak, 300)
}

function words(people) {
  const [first, second] = people.map((person) => person.name)
  if (people.length === 1) return `${first} is viewing`
  return people.length === 2 ? `${first} and ${second} are viewing` : `${first} and ${people.length - 1} others are viewing`
}

function element(name, text, title = '') {
  const made = document.createElement('span')
  made.className = name
  made.textContent = text
  if (title) made.title = title
  return made
}

function draw(place) {
  const me = document.body.dataset.me
  const people = (viewing[place.dataset.viewing] || []).filter((person) => String(person.id) !== me)
  const key = people.map((person) => `${person.id} ${person.name}`).join('|')
  if ((place.drawn || '') === key && place.hidden === !key) return
  place.drawn = key
  place.hidden = !key
  if (!key) return place.replaceChildren()
  const faces = element('faces', '')
  faces.setAttribute('aria-hidden', 'true')
  for (const person of people.slice(0, FACES)) faces.append(element('av', [...person.name][0] || '?', person.name))
  if (people.length > FACES) faces.append(element('av', `+${people.length - FACES}`))
  place.replaceChildren(faces, words(people))
}

const drawAll = () => document.querySelectorAll('[data-viewing]').forEach(draw)

/** A whole account (hello, heartbeat) replaces what was known; a change is added to it. */
document.addEventListener('desk:presence', ({ detail }) => {
  if (detail.type === 'presence') Object.assign(viewing, detail.viewing)
  else viewing = detail.viewing || {}
  for (const [number, people] of Object.entries(viewing)) if (!people.length) delete viewing[number]
  drawAll()
  if (detail.type === 'hello') speak(true)
})

document.addEventListener('visibilitychange', () => {
  clearTimeout(leaving)
  if (document.hidden) leaving = setTimeout(() => { isAway = true; speak() }, AWAY)
  else {
    isAway = false
    speakSoon()
  }
})

onContent(() => { drawAll(); speakSoon() })
setInterval(() => { if (said) speak(true) }, BEAT)
