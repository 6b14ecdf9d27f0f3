// Django's select boxes that search (select2) leave their parts without names: each gets that of its field.
function nameParts () {
  for (const box of document.querySelectorAll('.select2-container')) {
    const field = box.previousElementSibling
    const label = field && field.id && document.querySelector(`label[for="${field.id}"]`)
    const words = label ? label.textContent.replace(/:\s*$/, '').trim() : (field && field.getAttribute('aria-label'))
    if (!words) continue
    for (const part of box.querySelectorAll('.select2-search__field, .select2-selection')) part.setAttribute('aria-label', words)
    for (const part of box.querySelectorAll('.select2-selection__rendered')) part.removeAttribute('aria-readonly')
    for (const part of box.querySelectorAll('.select2-selection--multiple')) part.setAttribute('role', 'group')
  }
}

addEventListener('load', () => {
  nameParts()
  new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true })
})
