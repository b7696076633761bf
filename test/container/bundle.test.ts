/** What the container's bundles hold: no clock that can be set in production, no text the image need not know, no way around the role. */
import { beforeAll, expect, test } from 'vitest'
import { bundleContainer } from '../../commands/container-bundle.ts'
import config from '../../seller.config.ts'
import { containerView } from '../../shared/seller/views.ts'
import { ROOT } from '../support/repository.ts'

/** Issue, "How well". */
const BUNDLE_MAX = 700_000

const MARKS = ['__dev', 'DEV_BUSINESS_TIME']

let production = ''
let development = ''
let application = ''

beforeAll(async () => {
  const texts = ['main.ts', 'main.dev.ts', 'app/server.ts'].map(async (entry) => {
    const bundle = await bundleContainer(ROOT, entry)
    if (!bundle.ok) throw new Error(bundle.error)
    return bundle.value.text
  })
  const [first = '', second = '', third = ''] = await Promise.all(texts)
  ;[production, development, application] = [first, second, third]
})

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

test('only the entry of development can have its clock moved (design §9)', () => {
  const said = (bundle: string): string[] => MARKS.filter((word) => bundle.includes(word))
  expect([production, application, development].map(said)).toEqual([[], [], MARKS])
})

test('no bundle holds a text of seller.config.ts that the image need not know (design §4)', () => {
  const known = textsIn(containerView(config)).join('\n')
  const unknown = [...new Set(textsIn(config))].filter((text) => !known.includes(text) && text.length > 17)
  expect(unknown.length).toBeGreaterThan(15)
  for (const text of [production, development])
    expect(unknown.filter((one) => text.includes(one))).toEqual([])
  // The application has its own words for what it can do.
  const ours = new Set([...Object.keys(config.features), ...Object.values(config.features)])
  expect(unknown.filter((one) => application.includes(one) && !ours.has(one))).toEqual([])
})

test('an image of one product trusts the code of that one only', async () => {
  const [product] = config.products.filter(({ kind }) => kind === 'container')
  const holds = async (products: readonly string[]) => {
    const bundle = await bundleContainer(ROOT, 'seller.ts', { products })
    return bundle.ok && bundle.value.text.includes(product?.code ?? 'none')
  }
  expect([await holds([product?.key ?? '']), await holds([])]).toEqual([true, false])
})

test('the SDK’s search for credentials is left out: there is no key file or node role to fall back to', () => {
  for (const text of [production, application])
    expect(text.match(/aws_access_key_id|sso_start_url|credential_process/g)).toBeNull()
})

test('Node’s modules are required, for an import of node:http loads all of fetch', () => {
  for (const text of [production, application])
    expect([...text.matchAll(/\bfrom\s*["'](node:[\w/]+)["']/g)].map((found) => found[1])).toEqual([
      'node:module',
    ])
})

test(`the container weighs at most ${BUNDLE_MAX / 1000} kB`, () => {
  expect(Buffer.byteLength(production)).toBeLessThanOrEqual(BUNDLE_MAX)
})
