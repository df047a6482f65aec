// The list of files: a word hides those without it.
import { onContent } from './net.js'

document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-filter-files]')) return
  const wanted = event.target.value.trim().toLowerCase()
  for (const list of event.target.closest('.tree').querySelectorAll('ul')) {
    const folder = list.previousElementSibling?.matches('.dir') ? list.previousElementSibling : null
    let some = false
    for (const item of list.children) {
      item.hidden = !`${folder?.textContent || ''}${item.textContent}`.toLowerCase().includes(wanted)
      some ||= !item.hidden
    }
    if (folder) folder.hidden = !some
  }
})

onContent(() => { document.querySelector('[data-filter-files]')?.removeAttribute('hidden') })
