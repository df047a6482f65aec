// What depends on a filter and follows live changes: where a row belongs in a list that is
// filtered, sorted or somebody's own, and the counts of the saved views.

let counting = 0
let asking = 0
const fresh = new Map()

async function get(url) {
  try {
    const answer = await fetch(url)
    return answer.ok ? await answer.json() : null
  } catch {
    return null // the next change asks again
  }
}

/** Something changed: the counts in the rail follow, at most once a second. */
export function recountSoon() {
  if (!document.querySelector('[data-view]')) return
  counting ||= setTimeout(async () => {
    counting = 0
    const answer = await get('/views/counts/')
    if (!answer) return
    for (const place of document.querySelectorAll('[data-view]')) place.textContent = answer.counts[place.dataset.view] ?? ''
  }, 1000)
}

/** A live row is made for everybody: its link learns which list it is opened from. */
export function fromHere(row) {
  const link = row?.querySelector('a.t')
  const came = document.getElementById('rows')?.dataset.came
  if (link && came) link.setAttribute('href', link.getAttribute('href') + came)
  return row
}

/**
 * Asks the desk whether this row is in the list at all. Those that are come to `put` from the last
 * to the first, each with `before`: the id of the row that follows it, "" at the end of the list.
 */
export function askAbout(row, put) {
  fresh.set(row.id.slice(3), row)
  asking ||= setTimeout(async () => {
    asking = 0
    const rows = new Map(fresh)
    fresh.clear()
    const here = new URLSearchParams(location.search)
    const asked = new URLSearchParams({ q: here.get('q') ?? '', section: document.body.dataset.queue, ids: [...rows.keys()].join() })
    const answer = await get(`/rows/?${asked}`)
    for (const { id, before } of answer?.rows.reverse() ?? []) {
      const found = rows.get(String(id))
      found.dataset.before = before ?? ''
      put(found)
    }
  }, 150)
}
