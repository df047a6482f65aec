// One button, for a comment, follows the pointer from line to line.
import { isLine } from './lines.js'
import { onContent } from './net.js'

let row = null
const plus = document.createElement('button')
plus.className = 'plus-btn'
plus.type = 'button'
plus.tabIndex = -1
plus.textContent = '+'
plus.ariaLabel = 'Comment on this line'

/** The line under the pointer, or null. */
export const hovered = () => (row?.isConnected ? row : null)

function put() {
  const holder = hovered()?.closest('.df, .viewer')
  if (!holder || plus.parentElement === holder && plus.at === row || !document.getElementById('changes')) return
  const here = row.getBoundingClientRect()
  const frame = holder.getBoundingClientRect()
  holder.append(plus)
  plus.at = row
  plus.style.top = `${here.top - frame.top}px`
  plus.style.left = `${here.left - frame.left}px`
}

document.addEventListener('pointerover', ({ target }) => {
  if (target === plus) return
  const found = target.closest?.('[tabindex]')
  row = isLine(found) ? found : null
  if (row) put()
  else plus.remove()
})
onContent(put)
