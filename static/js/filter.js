// Completion in the filter box (the ARIA combobox pattern). Without it the box is a plain form.

const TERM = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)*$/
const box = document.getElementById('q')
const list = document.getElementById('q-options')
let chosen = -1
let asked = ''
let late = 0

const term = () => box.value.slice(0, box.selectionStart).match(TERM)[0]
const shown = () => [...list.children]

function close() {
  list.hidden = true
  chosen = -1
  box.setAttribute('aria-expanded', 'false')
  box.removeAttribute('aria-activedescendant')
}

function choose(place) {
  const rows = shown()
  chosen = (place + rows.length) % rows.length
  rows.forEach((row, index) => row.setAttribute('aria-selected', String(index === chosen)))
  box.setAttribute('aria-activedescendant', rows[chosen].id)
  rows[chosen].scrollIntoView({ block: 'nearest' })
}

function take(row) {
  const typed = term()
  const before = box.value.slice(0, box.selectionStart - typed.length)
  const rest = box.value.slice(box.selectionStart)
  const { text } = row.dataset
  const isKey = text.endsWith(':')
  const start = before + text + (isKey ? '' : ' ')
  box.value = start + rest.replace(/^\s+/, '')
  box.setSelectionRange(start.length, start.length)
  box.focus()
  close()
  if (isKey) suggest()
}

function draw(options) {
  list.replaceChildren(...options.map(({ text, hint }, index) => {
    const row = document.createElement('li')
    row.id = `q-option-${index}`
    row.role = 'option'
    row.dataset.text = text
    row.setAttribute('aria-selected', 'false')
    row.append(text)
    if (hint) row.append(Object.assign(document.createElement('small'), { textContent: hint }))
    return row
  }))
  close()
  if (!options.length || document.activeElement !== box) return
  list.hidden = false
  box.setAttribute('aria-expanded', 'true')
}

async function suggest() {
  const typed = asked = term()
  try {
    const answer = await fetch(`${box.dataset.options}?term=${encodeURIComponent(typed)}`)
    const { options } = answer.ok ? await answer.json() : { options: [] }
    if (asked === typed && term() === typed) draw(options.filter((each) => each.text !== typed))
  } catch { close() }
}

const MOVES = {
  ArrowDown: () => (list.hidden ? suggest() : choose(chosen + 1)),
  ArrowUp: () => !list.hidden && choose(chosen < 0 ? -1 : chosen - 1),
  Enter: () => chosen >= 0 && take(shown()[chosen]),
  Tab: () => chosen >= 0 && take(shown()[chosen]),
  Escape: () => !list.hidden && close(),
}

function press(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
  const isOurs = event.key === 'ArrowDown' || (!list.hidden && (event.key === 'ArrowUp' || event.key === 'Escape' || chosen >= 0))
  if (!MOVES[event.key] || !isOurs) return
  event.preventDefault() // also keeps Escape from leaving the box
  MOVES[event.key]()
}

if (box) {
  box.role = 'combobox'
  list.role = 'listbox'
  box.setAttribute('aria-autocomplete', 'list')
  box.setAttribute('aria-controls', list.id)
  close()
  // The key "/" presses the label: what is typed next is one more term.
  document.querySelector('label[for="q"]').addEventListener('click', () => {
    if (box.value && !box.value.endsWith(' ')) box.value += ' '
    requestAnimationFrame(() => box.setSelectionRange(box.value.length, box.value.length))
  })
  box.addEventListener('input', () => { clearTimeout(late); late = setTimeout(suggest, 80) })
  box.addEventListener('focus', suggest)
  box.addEventListener('blur', close)
  box.addEventListener('keydown', press)
  list.addEventListener('mousedown', (event) => {
    event.preventDefault() // the box keeps the focus
    const row = event.target.closest('li')
    if (row) take(row)
  })
}
