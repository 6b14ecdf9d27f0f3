// Keys for the queue. They work only while a concern of the list has the focus, so they never get in the way of typing or of
// a screen reader's own keys. Everything works without this file.

const list = document.querySelector('[data-queue] .portal-queue')
const links = list ? [...list.querySelectorAll('.portal-queue__words')] : []

function here () {
  const row = document.activeElement?.closest('.portal-queue__row')
  return row ? links.findIndex((link) => row.contains(link)) : -1
}

const keys = {
  j: (index) => links[Math.min(index + 1, links.length - 1)].focus(),
  k: (index) => links[Math.max(index - 1, 0)].focus(),
  x: (index) => {
    const box = links[index].closest('.portal-queue__row').querySelector('.portal-queue__pick')
    if (box) box.checked = !box.checked
  }
}

list?.addEventListener('keydown', (event) => {
  const act = keys[event.key]
  const index = here()
  if (!act || index < 0 || event.ctrlKey || event.altKey || event.metaKey) return
  event.preventDefault()
  act(index)
})
