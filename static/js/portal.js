// Every page works without this file. It wakes GOV.UK Frontend's components and shows the print buttons.
// The address of govuk-frontend.min.js stands on our own script tag, because static names are hashed in production.

const here = document.querySelector('script[data-govuk-frontend]')
document.body.classList.add('js-enabled', 'govuk-frontend-supported')

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

const govuk = await import(here.dataset.govukFrontend)
const parts = [
  govuk.Button, govuk.CharacterCount, govuk.ErrorSummary, govuk.ExitThisPage,
  govuk.PasswordInput, govuk.ServiceNavigation, govuk.SkipLink
]
for (const part of parts) govuk.createAll(part)
