// Opening a handoff says "seen" and claims it; the lease is kept while the page is looked at.
import { alarm, beacon, onContent, post } from './net.js'

const RENEW = 45_000
let held = null // the address of the handoff whose lease is ours
let asking = null // that of the one just asked for: a page may go before it hears that it got it
let endsAt = 0
let warned = false
let isTaking = false // by a form that loads the page anew
let met = '' // what was announced already: a page that is only freshened is not opened again

const chip = () => document.getElementById('claim')

async function ask(base, what, fields = {}) {
  if (what === 'claim') asking = base
  const answer = await post(`${base}${what}/`, fields)
  if (answer && asking === base) asking = null // none came: it may have been granted all the same
  if (!answer || answer.redirected) return null
  if (answer.status === 204) return answer
  const html = await answer.text()
  const here = chip()
  if (here && here.dataset.base === base && html.includes('id="claim"')) {
    const { revision, digest } = here.dataset // those shown: a newer round may be there by now
    here.outerHTML = html
    Object.assign(chip().dataset, { revision, digest })
    read()
  }
  return answer
}

function read() {
  const here = chip()
  const count = document.getElementById('count-mine')
  if (count && here?.dataset.mine) count.textContent = here.dataset.mine
  if (here?.dataset.claim === 'mine') {
    held = here.dataset.base
    endsAt = Date.now() + Number(here.dataset.seconds) * 1000
    warned = false
    const name = document.getElementById('reviewer')
    if (name) {
      name.textContent = 'You'
      document.getElementById('reviewer-text').textContent = 'claimed it'
    }
    tick()
  } else if (held && here?.dataset.base === held) held = null
}

async function arrive() {
  const here = chip()
  if (!here || !here.checkVisibility?.()) return // a pane that is not shown is not looked at
  const { base, revision, digest } = here.dataset
  if (met === base + digest) return read()
  met = base + digest
  if (held !== base && asking !== base) leave()
  await post(`${base}seen/`, { revision, digest })
  // Also what is said to be ours: the page before this one may have given it back when it went.
  const isDue = here.hasAttribute('data-auto') || here.dataset.claim === 'mine'
  if (isDue && !document.hidden) await ask(base, 'claim')
  else read()
}

/** `fields`: a page that goes may be one that is loaded anew, and then comes back for its claim. */
function leave(fields) {
  const base = held || asking
  if (base) beacon(`${base}release/`, fields)
  held = asking = null
}

function tick() {
  const place = document.getElementById('claim-left')
  if (!held || !place) return
  const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000))
  place.textContent = ` · ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  place.closest('.chip')?.classList.toggle('warn', left < 60)
  if (left < 60 && left > 0 && !warned) {
    warned = true
    alarm('Your claim ends in 1 minute')
  }
  if (left === 0) held = null
}

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-quiet]')
  const here = chip()
  if (!form || !here) return
  event.preventDefault()
  if (form.dataset.quiet === 'release') held = null
  ask(here.dataset.base, form.dataset.quiet)
})

onContent(arrive)
setInterval(tick, 1000)
setInterval(() => { if (held && !document.hidden) ask(held, 'claim') }, RENEW)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && held) ask(held, 'claim')
})
document.addEventListener('submit', ({ target }) => { isTaking = Boolean(target.elements?.take_over) })
addEventListener('pagehide', () => { if (!isTaking) leave({ parting: 1 }) })
addEventListener('pageshow', () => { isTaking = false })
