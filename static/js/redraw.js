// A form that the desk draws anew: what is typed or pressed meanwhile is newer than the answer.
let typed = 0
let last = null
const isForm = ({ target }) => (target?.id || target) === 'rule' || target === '#rule'

document.addEventListener('input', ({ target }) => { if (target.closest('#rule')) typed += 1 })
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (!isForm(ctx)) return
  ctx.typed = typed
  last = ctx
})
document.addEventListener('htmx:before:swap', (event) => {
  const { ctx } = event.detail
  if (!isForm(ctx) || (ctx === last && ctx.typed === typed)) return
  event.preventDefault()
  if (ctx !== last) return // another is on its way
  const source = ctx.sourceElement
  if (source.matches('select')) source.dispatchEvent(new Event('change', { bubbles: true }))
  else source.click()
})
