// "Use my location": the browser asks the person, and the point, rounded to about ten metres, goes into the page's own search.
// Without this file, or where the person says no, a postcode or a name does the same.

for (const box of document.querySelectorAll('[data-locate]')) {
  if (!navigator.geolocation) break
  const status = box.querySelector('[role="status"]')
  box.hidden = false
  box.querySelector('button').addEventListener('click', () => {
    status.textContent = ''
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        location.assign(`${box.dataset.locate}?lat=${coords.latitude.toFixed(4)}&lon=${coords.longitude.toFixed(4)}`)
      },
      () => { status.textContent = box.dataset.unknown },
      { timeout: 10000, maximumAge: 60000 }
    )
  })
}
