// A list that lives all day stays short enough to scroll.

export const MOST = 300 // rows on the page; more is a list to load, not to scroll
const SLACK = 50

/** Rows that the reader is far from go when there are too many: first those long decided. */
export function trim(list) {
  const rows = [...list.children]
  const over = rows.length - MOST
  if (over < SLACK) return
  const far = (row) => {
    const { top, bottom } = row.getBoundingClientRect()
    return (bottom < -innerHeight || top > 2 * innerHeight)
      && !row.contains(document.activeElement) && !row.querySelector('[aria-current], :checked')
  }
  const isGone = (row) => row.classList.contains('gone')
  rows.reverse()
  const inTurn = [...rows.filter(isGone), ...rows.filter((each) => !isGone(each))]
  // All are measured before any goes: a measure after a change is a layout of the whole list.
  const leaving = inTurn.filter(far).slice(0, over)
  if (!leaving.every(isGone)) shorten()
  for (const row of leaving) row.remove()
}

/** The list has lost its end: "more" begins anew instead of leaving out what was taken away. */
function shorten() {
  const place = document.getElementById('shortened')
  if (!place?.hidden) return
  place.hidden = false
  document.querySelector('#list .more:not(#shortened)')?.remove()
}
