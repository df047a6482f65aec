// Ready reasons for the note: by click, by Alt and a digit; Ctrl Enter sends what they are meant for.

const note = () => document.getElementById('note')
const bar = () => document.getElementById('decide')
const shown = () => [...document.querySelectorAll('#decide [data-reason]')].filter((each) => each.checkVisibility())

const verdictOf = (value) => [...bar().querySelectorAll(`[name=verdict][value="${CSS.escape(value)}"]`)].find((each) => each.checkVisibility())

/** The verdict that the words are for: they were asked for by its button, or a reason was chosen. */
function mean(verdict) {
  const form = bar()
  if (!form) return
  form.dataset.meant = verdict
  const label = verdictOf(verdict)?.firstChild.textContent.trim()
  if (label && matchMedia('(hover: hover)').matches) note().placeholder = `Ctrl Enter: ${label}`
}

/** Words first: what is typed next must land in the note, not press other keys. */
export function asksForWords(button) {
  const field = note()
  const hasPoints = button.value === 'request_changes' && document.querySelector('[name="point"]:checked')
  if (!button.hasAttribute('data-words') || !field || field.value.trim() || hasPoints) return false
  mean(button.value)
  button.closest('details.menu')?.removeAttribute('open')
  // The note is in the bar, in sight: focusing it must not move what one reads.
  field.focus({ preventScroll: true })
  return true
}
// Pressed once, the button asks for the words; pressed again without any, the desk says what it needs.
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('#decide [data-words]')
  if (button && bar().dataset.meant !== button.value && asksForWords(button)) event.preventDefault()
}, true)
document.addEventListener('input', ({ target }) => {
  if (target !== note() || !target.hasAttribute('aria-invalid')) return
  target.removeAttribute('aria-invalid')
  document.getElementById('note-error')?.remove()
})

function insert(chip) {
  const field = note()
  const words = chip.textContent.trim()
  if (!field.value.includes(words)) {
    field.value = [field.value.trimEnd(), words].filter(Boolean).join('\n')
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  mean(chip.dataset.reason)
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
}

// The row is there while the note has the focus: pressing a reason must not take it away, nor may
// a button above the row, which would slip from under the pointer before the click.
document.addEventListener('mousedown', (event) => {
  const above = document.activeElement?.id === 'note' && event.target.closest('.foot > :not(.bar) button')
  if (above || event.target.closest('#decide [data-reason]')) event.preventDefault()
})
document.addEventListener('click', (event) => {
  const chip = event.target.closest('#decide [data-reason]')
  if (chip) insert(chip)
})

document.addEventListener('keydown', (event) => {
  if (event.isComposing || !bar() || document.querySelector('dialog[open]')) return
  if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-9]$/.test(event.code)) {
    if (!note()) return
    note().focus() // shows them
    const chip = shown()[Number(event.code.slice(5)) - 1]
    if (!chip) return
    event.preventDefault()
    insert(chip)
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target.form === bar()) {
    const isNote = event.target === note()
    const button = verdictOf(bar().dataset.mode === 'edit' ? 'review' : (isNote && bar().dataset.meant) || 'each')
    if (!button) return
    event.preventDefault()
    button.click()
  }
})
