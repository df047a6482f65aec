// Every script of a page. What all pages need comes at once, the rest when its part is there.
import './ago.js'
import './keys.js'
import './theme.js'
import './copy.js'
import './live.js'
import './pane.js'
import './claim.js'
import './undo.js'
import './toast.js'
import './taken.js'
import './bell.js'
import './presence.js'
import './drafts.js'
import './sending.js'
import './summon.js'
import { onContent } from './net.js'

const hasAskedForNotices = () => {
  try {
    return localStorage.getItem(`handoff.desktop.${document.body.dataset.me}`) === '1'
  } catch { return false }
}
const PARTS = [
  ['#q', () => import('./filter.js')],
  ['#bulk', () => import('./asking.js')],
  ['.edit', () => import('./edit.js')],
  ['#evidence', () => import('./lines.js')],
  ['[data-rest]', () => import('./parts.js')],
  ['#changes', () => import('./points.js')],
  ['#talk', () => import('./talk.js')],
  ['[data-slide]', () => import('./viewers.js')],
  ['[data-autosave]', () => import('./settings.js')],
  ['[data-rule]', () => import('./redraw.js')],
  ['[data-push]', () => import('./push.js')],
  ['#desktop', () => import('./desktop.js')],
]
const come = new Set()

onContent(() => {
  for (const [part, bring] of PARTS) {
    const isDue = document.querySelector(part) || (part === '#desktop' && hasAskedForNotices())
    if (!isDue || come.has(part)) continue
    come.add(part)
    bring()
  }
})
