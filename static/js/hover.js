// One button, for a comment, follows the pointer from line to line.
import { isLine } from './lines.js'

let row = null
const plus = document.createElement('button')
plus.className = 'plus-btn'
plus.type = 'button'
plus.tabIndex = -1
plus.textContent = '+'
plus.ariaLabel = 'Comment on this line'

/** The line under the pointer, or null. */
export const hovered = () => (row?.isConnected ? row : null)

document.addEventListener('pointerover', ({ target }) => {
  if (target === plus) return
  const found = target.closest?.('[tabindex]')
  if (!isLine(found)) { row = null; plus.remove(); return }
  if (found === row || !document.getElementById('changes')) return
  row = found
  const holder = row.closest('.df, .viewer')
  const here = row.getBoundingClientRect()
  const frame = holder.getBoundingClientRect()
  holder.append(plus)
  plus.style.top = `${here.top - frame.top}px`
  plus.style.left = `${here.left - frame.left}px`
})
