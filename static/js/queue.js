// Keys for the queue. They work only while a concern of the list has the focus, so they never get in the way of typing or of
// a screen reader's own keys. Everything works without this file.

const list = document.querySelector('[data-queue] .portal-queue')
const links = list ? [...list.querySelectorAll('.portal-queue__words')] : []

function here () {
  const row = document.activeElement?.closest('.portal-queue__row')
  return row ? links.findIndex((link) => row.contains(link)) : -1
}

const boxes = list ? [...list.querySelectorAll('.portal-queue__pick')] : []

// The field `name` of the page, unfolded where it is folded.
function to (name) {
  const field = document.getElementById(name)
  const folded = field?.closest('details')
  if (folded) folded.open = true
  field?.focus()
}

const keys = {
  j: (index) => links[Math.min(index + 1, links.length - 1)].focus(),
  k: (index) => links[Math.max(index - 1, 0)].focus(),
  x: (index) => {
    const box = links[index].closest('.portal-queue__row').querySelector('.portal-queue__pick')
    if (box) box.checked = !box.checked
  },
  a: () => {
    const some = boxes.some((box) => !box.checked)
    boxes.forEach((box) => { box.checked = some })
  },
  w: () => to('together'),
  s: () => to('id_search')
}

list?.addEventListener('keydown', (event) => {
  const act = keys[event.key]
  const index = here()
  if (!act || index < 0 || event.ctrlKey || event.altKey || event.metaKey) return
  event.preventDefault()
  act(index)
})
