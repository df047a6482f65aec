// Ctrl/⌘ K: handoffs, the shown handoff's files, and every command that the page has just now.
import { gather } from './commands.js'

const palette = document.getElementById('palette')
const field = document.getElementById('palette-words')
const list = document.getElementById('palette-list')
const none = palette.querySelector('.none')
const words = palette.dataset
let locals = [], handoffs = [], shown = [], active = 0, moved = false, asking = null, isLate = false, timer = 0, late = 0

function openHandoff({ number, url }) {
  const row = document.querySelector(`#rows [data-handoff="${CSS.escape(number)}"] a.t`)
  if (row) row.click()
  else location.assign(url)
}

function draw() {
  const asked = field.value.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ name }) => asked.every((word) => name.toLowerCase().includes(word))
  const group = asked.length ? words.handoffs : words.recent
  const remote = handoffs.map((each) => ({ group, name: each.title, about: `${each.number} · ${each.about}`, hint: each.state, run: () => openHandoff(each) }))
  const local = locals.filter(fits)
  const starts = ({ name }) => Number(!name.toLowerCase().startsWith(asked[0]))
  const files = local.filter((each) => each.group === words.files).slice(0, asked.length ? 20 : 4)
  const commands = local.filter((each) => each.group !== words.files)
  if (asked.length) commands.sort((one, other) => starts(one) - starts(other))
  const before = shown[active]
  shown = asked.length ? [...commands.slice(0, 12), ...files, ...remote] : [...remote.slice(0, 5), ...commands, ...files]
  const same = moved ? shown.findIndex((each) => each.name === before?.name && each.about === before?.about) : 0
  list.replaceChildren(...grouped())
  none.textContent = asking ? (isLate ? words.wait : '') : shown.length ? '' : `${words.none}: ${field.value.trim()}`
  mark(Math.max(0, same))
}

function grouped() {
  const groups = new Map()
  shown.forEach((each, index) => {
    if (!groups.has(each.group)) {
      const box = make('div', '', { role: 'group', 'aria-label': each.group })
      box.append(make('div', each.group, { class: 'lab', 'aria-hidden': 'true' }))
      groups.set(each.group, box)
    }
    const option = make('div', '', { role: 'option', id: `found-${index}`, 'aria-selected': 'false' })
    const name = make('span', each.name, { dir: 'auto' })
    if (each.about) name.append(make('small', each.about, {}))
    option.append(name)
    if (each.hint) option.append(make(each.about ? 'small' : 'kbd', each.hint, {}))
    option.addEventListener('click', () => choose(index))
    groups.get(each.group).append(option)
  })
  return groups.values()
}

function make(tag, text, attributes) {
  const element = document.createElement(tag)
  element.textContent = text
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

function mark(index) {
  list.querySelector('[aria-selected="true"]')?.setAttribute('aria-selected', 'false')
  active = index
  const option = document.getElementById(`found-${index}`)
  option?.setAttribute('aria-selected', 'true')
  option?.scrollIntoView({ block: 'nearest' })
  if (option) field.setAttribute('aria-activedescendant', option.id)
  else field.removeAttribute('aria-activedescendant')
}

function choose(index) {
  const chosen = shown[index]
  palette.close()
  chosen?.run()
}

async function ask() {
  asking?.abort()
  const mine = asking = new AbortController()
  late ||= setTimeout(() => { isLate = true; list.setAttribute('aria-busy', 'true'); draw() }, 400)
  try {
    const answer = await fetch(`${words.url}?q=${encodeURIComponent(field.value)}`, { signal: mine.signal, headers: { Accept: 'application/json' } })
    if (answer.ok) handoffs = (await answer.json()).handoffs
  } catch { /* a newer question, or the desk is away: commands work without it */ }
  if (asking !== mine) return
  clearTimeout(late)
  late = 0
  asking = null
  isLate = false
  list.removeAttribute('aria-busy')
  draw()
}

field.addEventListener('input', () => {
  moved = false
  draw()
  clearTimeout(timer)
  timer = setTimeout(ask, 120)
})
field.addEventListener('keydown', (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (event.isComposing) return
  if (by && shown.length) {
    moved = true
    mark((active + by + shown.length) % shown.length)
  } else if (event.key === 'Enter') choose(active)
  else return
  event.preventDefault()
})
list.addEventListener('mousedown', (event) => event.preventDefault())
palette.addEventListener('click', (event) => { if (event.target === palette) palette.close() })

/** Fills the palette that has just opened; `hurried` when Enter was pressed before this came. */
export function fill(hurried) {
  moved = false
  locals = gather(words)
  draw()
  if (hurried) choose(active)
  else ask()
}
