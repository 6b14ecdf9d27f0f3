// A mailed link carries its code behind the #, which never reaches a server. This puts it into the form and takes it out of
// the address bar and the browser's history. Without this file the code is typed from the e-mail.

const form = document.querySelector('[data-track]')
const code = location.hash.slice(1)

if (form && /^[A-Za-z2-7]{4}(-[A-Za-z2-7]{4}){4}$/.test(code)) {
  history.replaceState(null, '', location.pathname)
  form.elements.code.value = code
  form.querySelector('[data-track-reference]').hidden = true
  form.querySelector('button').focus()
}
