// Makes an element like its fresh version and touches nothing that is the same already, so that
// focus, selected text, :hover and what a person ticked or typed stay.

const OURS = new Set(['aria-current', 'aria-selected', 'data-titled', 'title', 'checked', 'value'])
const KEPT = ['new', 'picked', 'selected'] // classes that scripts give
// Their text is written by scripts (ago.js, presence.js) from these attributes.
const WRITTEN = { TIME: 'datetime', B: 'data-person', SPAN: 'data-viewing' }

function kind(node) {
  if (node.nodeType !== 1) return node.nodeName
  return `${node.nodeName} ${node.id} ${node.classList[0] || ''} ${node.hasAttribute('data-viewing')}`
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !OURS.has(name) && name !== 'class') old.removeAttribute(name)
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== 'class' && old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  const given = fresh.getAttribute('class') || ''
  const names = [given, ...KEPT.filter((name) => old.classList.contains(name))].join(' ').trim()
  if ((old.getAttribute('class') || '') !== names) old.setAttribute('class', names)
}

function children(old, fresh) {
  let here = old.firstChild
  for (const wanted of [...fresh.childNodes]) {
    let found = here
    while (found && kind(found) !== kind(wanted)) found = found.nextSibling
    if (!found) {
      old.insertBefore(wanted, here)
      continue
    }
    while (here !== found) {
      const gone = here
      here = here.nextSibling
      gone.remove()
    }
    here = here.nextSibling
    morph(found, wanted)
  }
  while (here) {
    const gone = here
    here = here.nextSibling
    gone.remove()
  }
}

/** `fresh` is used up. Elements inside are told apart by name, id and first class. */
export function morph(old, fresh) {
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue
    return
  }
  const written = WRITTEN[old.nodeName]
  const key = written && old.getAttribute(written)
  if (key && key === fresh.getAttribute(written)) return
  if (key) old.removeAttribute('data-titled')
  attributes(old, fresh)
  children(old, fresh)
}
