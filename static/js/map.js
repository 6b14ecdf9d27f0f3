// Puts a map that can be moved and zoomed in the place of each server-drawn one. The list beside it says and does the same.
// Outlines come from our own server, with as much detail as the zoom shows; the styles are in _pictures.scss.
// Keyboard: one place on the map takes the tab key, the arrow keys go from place to place, Enter opens its page.

const { L } = window
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
// Where a name may stand, in pixels beside and below the middle of its place, the nearest first.
const ASIDE = [-24, -12, 0, 12, 24].flatMap((x) => [...Array(15).keys()].map((y) => [x, 6 * (y - 7)])).sort((one, other) => Math.hypot(...one) - Math.hypot(...other))
const EDGE = 4 // pixels that a name keeps from the edge of the map
const DETAIL = [10, 12, 14] // the zooms at which the server has more to tell

const detail = (zoom) => DETAIL.find((step) => step >= zoom) ?? DETAIL.at(-1)

async function outlines (address, zoom) {
  const answer = await fetch(`${address}?zoom=${zoom}`)
  return answer.ok ? answer.json() : { features: [] }
}

function words (text) {
  const element = document.createElement('span')
  element.textContent = text
  return element
}

function open (element, url) {
  const go = () => location.assign(url)
  element.addEventListener('click', go)
  element.addEventListener('keydown', (event) => { if (event.key === 'Enter') go() })
}

// One tab stop for all places: the arrow keys move it, and the map itself keeps still meanwhile.
function walk (elements, first) {
  elements.forEach((element, index) => {
    element.setAttribute('tabindex', element === first ? '0' : '-1')
    element.addEventListener('keydown', (event) => {
      if (!(event.key in STEPS)) return
      event.preventDefault()
      event.stopPropagation()
      const next = elements.at((index + STEPS[event.key]) % elements.length)
      element.setAttribute('tabindex', '-1')
      next.setAttribute('tabindex', '0')
      next.focus()
    })
  })
}

function dress (layer, chosen) {
  const element = layer.getElement()
  const { name, url } = layer.feature.properties
  element.setAttribute('role', 'link')
  element.setAttribute('aria-label', name)
  if (layer === chosen) element.setAttribute('aria-current', 'page')
  open(element, url)
  return element
}

function draw (map, box, data) {
  const wanted = box.dataset.chosen
  const labelled = 'labelled' in box.dataset
  let chosen
  const group = L.geoJSON(data, {
    style: ({ properties }) => ({
      className: properties.code === wanted ? 'portal-map__chosen' : labelled ? 'portal-map__land' : 'portal-map__ward'
    }),
    onEachFeature: ({ properties }, layer) => {
      if (properties.code === wanted) chosen = layer
      layer.bindTooltip(words(properties.name), { permanent: labelled, direction: labelled ? 'center' : 'auto', className: 'portal-map__name' })
    }
  }).addTo(map)
  if (chosen) chosen.bringToFront()
  const layers = group.getLayers()
  walk(layers.map((layer) => dress(layer, chosen)), (chosen ?? layers[0]).getElement())
  return { group, chosen }
}

// How far a name from `start` to `end` has to move to be within the edges of the map.
const inward = (start, end, first, last) => Math.max(first + EDGE - start, 0) || Math.min(last - EDGE - end, 0)
const apart = (one, other) => one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top
const shifted = ({ left, right, top, bottom }, x, y) => ({ left: left + x, right: right + x, top: top + y, bottom: bottom + y })

// Each name inside the map, clear of those that stand there and of the buttons: in the middle of its place, else a little aside. Those
// that are too wide for their place come first, because a name with room around it can give way and still stand on its own.
// One for which there is no room is left out: the list beside the map has it, and so has the place itself when pointed at.
function spread (map, layers) {
  const room = map.getContainer().getBoundingClientRect()
  const taken = [...map.getContainer().querySelectorAll('.leaflet-control')].map((one) => one.getBoundingClientRect())
  const names = layers.map((layer) => ({ tip: layer.getTooltip(), land: layer.getElement() })).filter(({ tip }) => tip.getElement())
  for (const name of names) {
    name.tip.options.offset = [0, 0]
    name.tip.update()
    name.own = name.tip.getElement().getBoundingClientRect()
    name.over = name.own.width - name.land.getBoundingClientRect().width
  }
  for (const { tip, own } of names.sort((one, other) => other.over - one.over)) {
    const aside = inward(own.left, own.right, room.left, room.right)
    const free = ASIDE.find(([x, y]) => {
      const wanted = shifted(own, aside + x, y)
      return wanted.top >= room.top && wanted.bottom <= room.bottom && wanted.left >= room.left && wanted.right <= room.right &&
        taken.every((other) => apart(wanted, other))
    })
    tip.getElement().style.visibility = free === undefined ? 'hidden' : 'visible'
    if (free === undefined) continue
    tip.options.offset = [aside + free[0], free[1]]
    tip.update()
    taken.push(shifted(own, aside + free[0], free[1]))
  }
}

function addDoors (map, box) {
  return [...box.querySelectorAll('[data-door]')].map((door) => {
    const icon = L.divIcon({ className: 'portal-map__door', html: words(door.textContent), iconSize: null })
    const marker = L.marker([door.dataset.lat, door.dataset.lon], { icon, riseOnHover: true }).addTo(map)
    marker.getElement().setAttribute('role', 'link')
    open(marker.getElement(), door.dataset.door)
    return marker
  })
}

// The name of a hub gives way at the edge of the map, its tip stays on the place; it is gone where the place is out of view.
function keepWhole (map, doors) {
  const room = map.getContainer().getBoundingClientRect()
  for (const door of doors) {
    const name = door.getElement().firstElementChild
    door.getElement().style.visibility = map.getBounds().contains(door.getLatLng()) ? 'visible' : 'hidden'
    name.style.left = name.style.top = '0'
    const own = name.getBoundingClientRect()
    name.style.left = `${inward(own.left, own.right, room.left, room.right)}px`
    name.style.top = `${inward(own.top, own.bottom, room.top, room.bottom)}px`
  }
}

async function wake (box) {
  const { map: address, label, chosen: wanted, tiles, credit } = box.dataset
  let shown = detail(wanted ? 12 : 10)
  const data = await outlines(address, shown)
  if (!data.features.length) return
  const place = document.createElement('div')
  place.className = 'portal-leaflet'
  place.setAttribute('role', 'region')
  place.setAttribute('aria-label', label)
  box.querySelector('svg').replaceWith(place)
  const map = L.map(place, {
    attributionControl: Boolean(tiles),
    dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
    scrollWheelZoom: false,
    zoomControl: false,
    zoomSnap: 0.25,
    maxZoom: 16
  })
  L.control.zoom({ position: 'topright', zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map)
  if (tiles) {
    map.attributionControl.setPrefix(false)
    L.tileLayer(tiles, { attribution: credit }).addTo(map)
    place.classList.add('portal-leaflet--tiles')
  }
  map.fitBounds(L.geoJSON(data).getBounds(), { animate: false, padding: [10, 10] })
  let drawn = draw(map, box, data)
  if (drawn.chosen) map.fitBounds(drawn.chosen.getBounds().pad(0.6), { animate: false })
  map.setMaxBounds(drawn.group.getBounds().pad(0.3))
  const doors = addDoors(map, box)
  keepWhole(map, doors)
  map.on('moveend resize', () => keepWhole(map, doors))
  const respread = () => { if ('labelled' in box.dataset) spread(map, drawn.group.getLayers()) }
  respread()
  map.on('zoomend resize', respread)
  map.on('zoomend', async () => {
    const step = detail(map.getZoom())
    if (step <= shown) return
    shown = step
    const finer = await outlines(address, step)
    const focused = place.contains(document.activeElement) && document.activeElement.getAttribute('aria-label')
    drawn.group.remove()
    drawn = draw(map, box, finer)
    respread()
    if (focused) place.querySelector(`path[aria-label="${CSS.escape(focused)}"]`)?.focus()
  })
}

for (const box of document.querySelectorAll('[data-map]')) wake(box)
