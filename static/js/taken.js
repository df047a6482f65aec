// Somebody took over what was claimed here: says so at once, and what was typed stays.
import { alarm, onContent, post } from './net.js'

let held = ''
let asked = 0
let drawn = 0 // which of them is shown
const chip = () => document.getElementById('claim')

function strip(sentence, base) {
  const bar = document.getElementById('decide')
  if (!bar || document.getElementById('taken')) return
  const place = document.createElement('div')
  place.id = 'taken'
  place.className = 'lease'
  const words = document.createElement('span')
  words.textContent = `${sentence}. What you typed stays here.`
  const back = document.createElement('button')
  back.type = 'button'
  back.className = 'btn sm'
  back.textContent = 'Take over'
  back.addEventListener('click', () => fetchChip(() => post(`${base}claim/`, { take_over: '1' })))
  place.append(words, back)
  bar.before(place)
}

function read() {
  const here = chip()
  if (!here) return
  const { claim, base } = here.dataset
  if (claim === 'theirs' && held === base) {
    const sentence = here.textContent.trim()
    alarm(`${sentence}. What you typed stays`)
    strip(sentence, base)
  }
  if (claim === 'mine') {
    held = base
    document.getElementById('taken')?.remove()
  } else if (claim === 'theirs') held = ''
}

/** Only the chip is made new: the page around it may hold words. */
async function fetchChip(ask) {
  asked += 1
  const mine = asked
  const answer = await ask().catch(() => null)
  if (!answer?.ok) return
  const found = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('claim')
  // What was asked later may have been answered sooner, and put another chip there.
  if (mine < drawn || !found || found.dataset.base !== chip()?.dataset.base) return
  drawn = mine
  chip().replaceWith(found)
  document.dispatchEvent(new Event('desk:rows'))
}

document.addEventListener('desk:touched', () => {
  read() // the chip was made new without a swap when the claim came
  setTimeout(() => {
    const here = chip()
    if (!held || here?.dataset.base !== held) return
    fetchChip(() => fetch(here.dataset.base, { headers: { 'HX-Request': 'true' } }))
  }, 600)
})
onContent(read)
