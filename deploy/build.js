// Builds static/build/ from package.json's packages: our stylesheet with our own brand, and the two scripts pages may use.
// GOV.UK Frontend's code is MIT, but its font, crest and images are licensed to GOV.UK alone, so the build fails when one is left.
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import * as sass from 'sass'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const target = join(root, 'static/build')
const draft = `${target}.draft`
const forbidden = ['GDS Transport', '/assets/', 'govuk-crest']

// Hashed static names follow every reference, and a source map is one that we do not ship.
const withoutSourceMap = (text) => text.replace(/^\/\/[#@] sourceMappingURL=.*$/gm, '')

async function copyScript (from, to) {
  await writeFile(join(draft, to), withoutSourceMap(await readFile(join(modules, from), 'utf8')))
}

function styles (name) {
  const options = { loadPaths: [modules], quietDeps: true, sourceMap: false, style: 'compressed' }
  const { css } = sass.compile(join(root, `static/scss/${name}.scss`), options)
  const left = forbidden.filter((word) => css.includes(word))
  if (left.length) {
    console.error(`static/build/${name}.css would hold what only GOV.UK may use: ${left.join(', ')}`)
    process.exit(1)
  }
  return css
}

const css = styles('portal')
const admin = styles('admin')

await rm(draft, { recursive: true, force: true })
await mkdir(join(draft, 'leaflet'), { recursive: true })
await writeFile(join(draft, 'portal.css'), css)
await writeFile(join(draft, 'admin.css'), admin)
await copyScript('govuk-frontend/dist/govuk/govuk-frontend.min.js', 'govuk-frontend.min.js')
await copyScript('leaflet/dist/leaflet.js', 'leaflet/leaflet.js')
await cp(join(modules, 'leaflet/dist/leaflet.css'), join(draft, 'leaflet/leaflet.css'))
await cp(join(modules, 'leaflet/dist/images'), join(draft, 'leaflet/images'), { recursive: true })
await rm(target, { recursive: true, force: true })
await rename(draft, target)
console.log(`static/build/portal.css: ${Math.round(css.length / 1024)} kB`)
