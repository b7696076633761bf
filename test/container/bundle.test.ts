/** What the container's bundle holds: no clock that can be set, nothing the image need not know, little weight. */
import { beforeAll, expect, test } from 'vitest'
import { bundleContainer } from '../../commands/container-bundle.ts'
import config from '../../seller.config.ts'
import { containerView } from '../../shared/seller/views.ts'
import { ROOT } from '../support/repository.ts'

const MAX_BYTES = 700_000
const MARKS = ['__dev', 'DEV_BUSINESS_TIME']
let production = ''
let development = ''

async function bundled(entry: 'main.ts' | 'main.dev.ts'): Promise<string> {
  const bundle = await bundleContainer(ROOT, entry)
  if (!bundle.ok) throw new Error(bundle.error)
  return bundle.value.text
}

beforeAll(async () => {
  production = await bundled('main.ts')
  development = await bundled('main.dev.ts')
})

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

test('the production bundle has no way to move its clock (design §9)', () => {
  const said = (bundle: string): string[] => MARKS.filter((word) => bundle.includes(word))
  expect([said(production), said(development)]).toEqual([[], MARKS])
})

test('neither bundle holds a text of seller.config.ts that the image need not know (design §4)', () => {
  const known = textsIn(containerView(config))
  const isKnown = (text: string): boolean => known.some((each) => each.includes(text))
  const unknown = [...new Set(textsIn(config))].filter((text) => !isKnown(text) && text.length > 17)
  expect(unknown.length).toBeGreaterThan(15)
  expect(unknown.filter((text) => production.includes(text) || development.includes(text))).toEqual([])
})

test(`the production bundle weighs at most ${MAX_BYTES / 1000} kB (issue, How well)`, () => {
  expect(Buffer.byteLength(production)).toBeLessThanOrEqual(MAX_BYTES)
})
