// What the page can do just now: what carries data-key and can be seen, what carries data-command
// wherever it is, lines of the help sheet that no button stands for, and the shown handoff's files.

const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && !element.closest('dialog')

// Cancelling, and the way back: "Go to …" says it better.
const SKIPPED = ['Escape', 'u']

function nameOf(element) {
  const copy = element.cloneNode(true)
  copy.querySelectorAll('kbd, [aria-hidden="true"]').forEach((each) => each.remove())
  const name = element.getAttribute('aria-label') || copy.textContent.trim() || element.title
  return name.replace(/\s+/g, ' ').trim()
}

function pathOf(file) {
  const folder = file.closest('ul')?.previousElementSibling
  const name = nameOf(file.querySelector('span') || file)
  return folder?.matches('.dir') ? nameOf(folder) + name : name
}

/** Presses a key as keys.js would; the note comes first where words are due. */
const press = (key) => document.dispatchEvent(new CustomEvent('desk:key', { detail: key }))

/** Clicks what has this attribute then: the page may have been brought up to date meanwhile. */
function click(name, value) {
  document.querySelector(`[${name}="${CSS.escape(value)}"]`)?.click()
}

/** `[{group, name, hint, run}]`; `words` has the names of the groups. */
export function gather(words) {
  const found = new Map()
  const add = (group, name, run, hint = '') => {
    if (name && !found.has(group + name)) found.set(group + name, { group, name, hint, run })
  }
  for (const each of document.querySelectorAll('[data-key]')) {
    if (isShown(each) && !SKIPPED.includes(each.dataset.key)) add(words.here, nameOf(each), () => press(each.dataset.key), each.dataset.key)
  }
  for (const each of document.querySelectorAll('#keys [data-run]')) {
    const { run, needs, keys } = each.dataset
    if (document.querySelector(needs)) add(words.here, run, () => press(keys), keys)
  }
  for (const each of document.querySelectorAll('[data-command]')) {
    add(words.here, each.dataset.command, () => click('data-command', each.dataset.command), each.dataset.go ? `g ${each.dataset.go}` : '')
  }
  for (const each of document.querySelectorAll('#evidence [data-file]')) {
    add(words.files, pathOf(each), () => click('href', each.getAttribute('href')))
  }
  return [...found.values()]
}
