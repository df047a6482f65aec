// Ctrl/⌘ K shuts and opens the palette. It opens at once, so that what is typed while its script
// is still on its way lands in its field, and never on the page's single keys.
const palette = document.getElementById('palette')
const field = document.getElementById('palette-words')
let isHere = false, hurried = false

const isAsked = (event) => event.type === 'click'
  ? event.target.closest?.('[data-palette]')
  : event.key?.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey

async function summon(event) {
  if (!isAsked(event)) return
  event.preventDefault()
  if (palette.open) return palette.close()
  if (document.querySelector('dialog[open]')) return
  field.value = ''
  hurried = false
  palette.showModal()
  const { fill } = await import('./palette.js')
  isHere = true
  if (palette.open) fill(hurried)
}

if (palette) {
  document.addEventListener('keydown', summon)
  document.addEventListener('click', summon)
  field.addEventListener('keydown', (event) => {
    if (isHere || event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    hurried = true
  })
  palette.querySelector('[data-shut]').addEventListener('click', () => palette.close())
  document.querySelectorAll('[data-palette]').forEach((button) => { button.hidden = false })
}
