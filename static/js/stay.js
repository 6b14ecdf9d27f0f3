// Five minutes before somebody is signed out, a notice says so and offers to stay. Without this file what they typed waits all
// the same until they have signed in again.

const notice = document.querySelector('[data-stay]')
const WARN = 300
let ends = Date.now() + Number(notice.dataset.ends) * 1000

setInterval(() => { notice.hidden = ends - Date.now() > WARN * 1000 }, 5000)

notice.querySelector('button').addEventListener('click', async () => {
  const answer = await fetch(notice.dataset.stay, { credentials: 'same-origin' })
  ends = answer.ok ? Date.now() + Number(answer.headers.get('X-Ends-In')) * 1000 : 0
  notice.hidden = answer.ok
})
