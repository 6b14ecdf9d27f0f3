// Django's admin leaves some parts without names for screen readers: select boxes that search, rows edited in a table, days with their times.
function wordsOf (label) {
  return label.textContent.replace(/:\s*$/, '').trim()
}

function nameBoxes () {
  for (const box of document.querySelectorAll('.select2-container')) {
    const field = box.previousElementSibling
    const label = field && field.id && document.querySelector(`label[for="${field.id}"]`)
    const words = label ? wordsOf(label) : (field && field.getAttribute('aria-label'))
    if (!words) continue
    for (const part of box.querySelectorAll('.select2-search__field, .select2-selection, span.select2-selection__rendered')) part.setAttribute('aria-label', words)
    for (const part of box.querySelectorAll('span.select2-selection__rendered')) part.removeAttribute('aria-readonly')
    for (const part of box.querySelectorAll('.select2-selection--multiple, ul.select2-selection__rendered')) part.setAttribute('role', 'group')
    for (const part of box.querySelectorAll('ul.select2-selection__rendered > li')) part.setAttribute('role', 'presentation')
  }
}

// In a table the heading of the column is what the eye reads.
function nameCells () {
  for (const table of document.querySelectorAll('.tabular table, #result_list')) {
    const heads = table.querySelectorAll('thead th')
    for (const head of heads) if (!head.textContent.trim()) head.setAttribute('role', 'presentation')
    for (const cell of table.querySelectorAll('tbody td')) {
      const head = heads[cell.cellIndex]
      for (const part of cell.querySelectorAll('input:not([type=hidden]), select, textarea')) {
        if (head && !part.labels.length && !part.hasAttribute('aria-label')) part.setAttribute('aria-label', head.textContent.trim())
      }
    }
  }
}

// A day and its time share one label, and the filter for "nothing" has no words at all.
function nameRest () {
  for (const part of document.querySelectorAll('.form-row .datetime input')) {
    const label = part.closest('.form-row').querySelector('label')
    if (label && !part.labels.length) part.setAttribute('aria-label', wordsOf(label))
  }
  for (const link of document.querySelectorAll('#changelist-filter a')) if (!link.textContent.trim()) link.textContent = '-'
}

function nameAll () {
  nameCells()
  nameBoxes()
  nameRest()
}

addEventListener('load', () => {
  nameAll()
  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true })
})
