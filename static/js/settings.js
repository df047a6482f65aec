// The settings page saves what is changed at once, says so, and shows it.
import { alarm, beacon, post, say } from './net.js'

const form = document.querySelector('[data-autosave]')
const root = document.documentElement
const state = form.querySelector('[data-state]')
const offer = form.querySelector('[data-zone-offer]')
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

function show(errors) {
  form.querySelectorAll('.err[data-now]').forEach((old) => old.remove())
  form.querySelectorAll('[aria-invalid]').forEach((field) => field.removeAttribute('aria-invalid'))
  for (const [name, sentences] of Object.entries(errors)) {
    const field = form.elements[name]
    const words = document.createElement('p')
    words.className = 'err'
    words.dataset.now = ''
    words.id = `${name}-error`
    words.textContent = sentences.join(' ')
    field.setAttribute('aria-invalid', 'true')
    field.setAttribute('aria-describedby', `${field.id}_helptext ${words.id}`)
    field.closest('.fld').append(words)
  }
}

function apply() {
  if (!offer) return
  const { theme, density, time_zone: chosen, has_absolute_times: absolute, has_single_keys: keys } = form.elements
  root.dataset.theme = theme.value
  document.body.dataset.density = density.value
  root.dataset.zone = chosen.value
  root.dataset.times = absolute.checked ? 'absolute' : ''
  root.dataset.keys = keys.checked ? '' : 'off'
  document.dispatchEvent(new Event('desk:times'))
  offerZone()
}

let changed = null, isSaving = false

/** Saves what is changed, one answer after the other: an older one must never be the last. */
async function save(event) {
  changed = event.target
  if (isSaving) return
  isSaving = true
  while (changed) await send()
  isSaving = false
}

/** The word for it appears beside what was changed. */
async function send() {
  const field = changed
  changed = null
  state.hidden = true
  const answer = await post(form.action, new FormData(form), { keepalive: true })
  if (answer?.ok) {
    show({})
    apply()
    field.closest('.fld, .ck')?.append(state)
    state.hidden = false
    return say(state.textContent)
  }
  const { errors = {} } = answer?.status === 422 ? await answer.json() : {}
  show(errors)
  alarm([form.dataset.failed, ...Object.values(errors).flat()].join('. '))
}

function offerZone() {
  const field = form.elements.time_zone
  if (!offer) return
  const isThere = [...field.options].some((option) => option.value === zone)
  offer.hidden = !isThere || field.value === zone
  offer.querySelector('span').textContent = zone
}

form.addEventListener('change', save)
addEventListener('pagehide', () => { if (changed) beacon(form.action, new FormData(form)) })
form.addEventListener('submit', (event) => { event.preventDefault(); save(event) })
offer?.addEventListener('click', () => { form.elements.time_zone.value = zone; form.elements.time_zone.focus(); save({ target: form.elements.time_zone }) })
offerZone()
form.querySelector('[data-manual]').hidden = true
