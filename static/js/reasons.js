// Ready reasons for the note: by click, by Alt and a digit; Ctrl Enter sends what they are meant for.

const note = () => document.getElementById('note')
const bar = () => document.getElementById('decide')
const shown = () => [...document.querySelectorAll('#decide [data-reason]')].filter((each) => each.checkVisibility())

/** The verdict that the words are for: they were asked for by its key, or a reason was chosen. */
export function mean(verdict) {
  const form = bar()
  if (form) form.dataset.meant = verdict
}

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
  } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target === note()) {
    const { meant } = bar().dataset
    const button = meant && [...bar().querySelectorAll(`[name=verdict][value="${CSS.escape(meant)}"]`)].find((each) => each.checkVisibility())
    if (!button) return
    event.preventDefault()
    button.click()
  }
})
