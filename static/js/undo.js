// The undo bar counts down; hovering over or focusing it asks the desk to hold the verdict.
import { onContent, post, say } from './net.js'

function run(bar) {
  if (bar.dataset.running) return
  bar.dataset.running = '1'
  let endsAt = Date.now() + Number(bar.dataset.left) * 1000
  let span = Number(bar.dataset.window) * 1000 || 8000
  let holding = false
  const ring = bar.querySelector('.fg')
  const number = bar.querySelector('[data-count]')
  const words = bar.querySelector('[data-when-left]')
  say(`${bar.querySelector('b').textContent}. Press z to undo`)

  const draw = () => {
    const left = endsAt - Date.now()
    if (!bar.isConnected) return clearInterval(timer)
    if (left <= 0) {
      clearInterval(timer)
      if (bar.contains(document.activeElement)) document.getElementById('main')?.focus()
      bar.dispatchEvent(new Event('desk:left', { bubbles: true }))
      say('Sent, no undo any more')
      bar.remove()
      return
    }
    const seconds = Math.ceil(left / 1000)
    ring.setAttribute('stroke-dasharray', `${Math.min(100, (left / span) * 100)} 100`)
    number.textContent = seconds
    words.textContent = `in ${seconds} s`
    bar.querySelectorAll('.vh').forEach((each) => { each.hidden = true })
  }

  const hold = async () => {
    if (holding) return
    holding = true
    const answer = await post(bar.dataset.hold)
    if (answer?.ok) {
      const { seconds } = await answer.json()
      if (seconds > 0) {
        endsAt = Date.now() + seconds * 1000
        span = Math.max(span, seconds * 1000)
      }
    }
    setTimeout(() => { holding = false; if (bar.matches(':hover, :focus-within')) hold() }, 2000)
  }

  bar.addEventListener('pointerenter', hold)
  bar.addEventListener('focusin', hold)
  const timer = setInterval(draw, 200)
  draw()
}

onContent((root) => root.querySelectorAll('[data-undo]').forEach(run))
