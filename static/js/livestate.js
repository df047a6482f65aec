// What the page says about its own freshness: live, reconnecting or offline, and showing which time.
import { alarm, clock } from './net.js'

/** When the desk was last heard of. */
export const heard = { at: 0 }

/** `state`: on, wait, off; `words` instead of the usual ones. */
export function show(state, words) {
  const place = document.getElementById('status')
  if (!place) return
  const showing = heard.at ? `, showing ${clock(heard.at)}` : ''
  const said = words || { on: 'Live', wait: `Reconnecting${showing || '…'}`, off: `Offline${showing}` }[state]
  const isNews = place.dataset.live !== state
  place.dataset.live = state
  const text = document.getElementById('live-text')
  if (text.textContent !== said) text.textContent = said
  if (isNews && state === 'on') document.dispatchEvent(new Event('desk:live'))
}

/** Nothing more comes until the page is loaded again. */
export function end(words, sentence) {
  show('off', words)
  alarm(sentence)
}
export const signedOut = () => end('Signed out: reload', 'You are signed out. Reload the page to sign in again.')
