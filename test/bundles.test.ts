/** What the Worker's bundles hold: no clock that can be set in production, no text the Worker need not know, little weight. */
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { bundleWorker } from '../commands/start/worker.ts'
import config from '../seller.config.ts'
import { edgeView } from '../shared/seller/views.ts'
import { files, ROOT, textOf } from './support/repository.ts'
import { WORKER_GZIP_MAX } from './support/weight.ts'

let production = ''
let development = ''

async function bundled(entry: 'index.ts' | 'index.dev.ts'): Promise<string> {
  const bundle = await bundleWorker(ROOT, entry)
  if (!bundle.ok) throw new Error(bundle.error)
  return bundle.value
}

beforeAll(async () => {
  production = await bundled('index.ts')
  development = await bundled('index.dev.ts')
})

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

test('the production bundle has no way to move its clock (design §9)', () => {
  const said = (bundle: string): string[] =>
    ['__dev', 'DEV_BUSINESS_TIME'].filter((word) => bundle.includes(word))
  expect([said(production), said(development)]).toEqual([[], ['__dev', 'DEV_BUSINESS_TIME']])
})

test('neither bundle holds a text of seller.config.ts that the Worker need not know (design §4)', () => {
  const known = new Set(textsIn(edgeView(config)))
  const unknown = [...new Set(textsIn(config))].filter((text) => !known.has(text) && text.length > 17)
  expect(unknown.length).toBeGreaterThan(15)
  expect(unknown.filter((text) => production.includes(text) || development.includes(text))).toEqual([])
})

test('neither bundle holds a text of the listing or a sentence of the checks', () => {
  const listing = files
    .filter((file) => file.startsWith('listing/'))
    .flatMap((file) => textOf(file).split('\n'))
  const lines = [...listing.filter((line) => line !== ''), 'AWS demands one dimension above 0 dollars']
  expect(lines.filter((line) => production.includes(line) || development.includes(line))).toEqual([])
})

test(`the Worker weighs at most ${WORKER_GZIP_MAX / 1000} kB (gzip)`, () => {
  expect(gzipSync(production, { level: 9 }).byteLength).toBeLessThanOrEqual(WORKER_GZIP_MAX)
})
