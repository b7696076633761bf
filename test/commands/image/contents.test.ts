/** The list beside the image names every package that is bundled, as package-lock.json has it, the init, and the base by its digest. */
import { expect, test } from 'vitest'
import { listContents, packageOf } from '../../../commands/image/sbom.ts'
import { planImage } from '../../../commands/image/plan.ts'
import config from '../../../seller.config.ts'
import { checkContents } from '../../container/buyer/schemas.ts'

const [product] = config.products.filter((one) => one.kind === 'container')
if (product === undefined) throw new Error('seller.config.ts has no container product')
const DIGEST = `sha256:${'b'.repeat(64)}`
const plan = planImage(
  config,
  product,
  '1.4.2',
  { id: '', at: 0 },
  {
    image: 'gcr.io/distroless/nodejs24-debian13:nonroot',
    digest: DIGEST,
  },
)
const sha256 = 'd'.repeat(64)
const init = {
  name: 'tini',
  version: '0.19.0',
  files: [{ architecture: 'arm64', bytes: new Uint8Array(), sha256 }],
}
const lock = {
  packages: {
    'node_modules/pino': {
      version: '10.4.0',
      license: 'MIT',
      integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}`,
    },
    'node_modules/@aws-sdk/core': { version: '3.1.0', license: 'Apache-2.0' },
    'node_modules/a/node_modules/b': { version: '2.0.0' },
    'node_modules/unused': { version: '1.0.0' },
  },
}
const inputs = (...files: readonly string[]) => ({
  inputs: Object.fromEntries(files.map((file) => [file, {}])),
})
const bundles = [
  inputs('container/main.ts', 'node_modules/pino/pino.js', 'node_modules/pino/lib/x.js'),
  inputs('node_modules/@aws-sdk/core/dist/i.js', 'node_modules/a/node_modules/b/i.js', 'shared/hour.ts'),
]

test.each([
  ['node_modules/pino/lib/x.js', 'node_modules/pino'],
  ['node_modules/@aws-sdk/core/dist/i.js', 'node_modules/@aws-sdk/core'],
  ['node_modules/a/node_modules/b/i.js', 'node_modules/a/node_modules/b'],
  ['shared/hour.ts', null],
])('%s is of %s', (file, folder) => {
  expect(packageOf(file)).toBe(folder)
})

test('what is bundled is listed once, with version, licence and hash; what is not bundled is not', () => {
  const list = listContents(plan, init, bundles, lock, '2026-11-21T22:00:00.000Z') as {
    readonly components: readonly { readonly 'bom-ref': string }[]
  }
  expect(checkContents(list)).toEqual([])
  expect(list.components.map((one) => one['bom-ref'])).toEqual([
    `pkg:oci/nodejs24-debian13@sha256%3A${'b'.repeat(64)}`,
    'pkg:github/krallin/tini@v0.19.0?arch=arm64',
    'pkg:npm/%40aws-sdk/core@3.1.0',
    'pkg:npm/b@2.0.0',
    'pkg:npm/pino@10.4.0',
  ])
  expect(list.components[1]).toMatchObject({ hashes: [{ alg: 'SHA-256', content: sha256 }] })
  expect(list.components.at(-1)).toMatchObject({
    licenses: [{ expression: 'MIT' }],
    hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }],
  })
})

test('a bundled package that the lock does not know is a stale lock, and said', () => {
  expect(() => listContents(plan, init, [inputs('node_modules/new/i.js')], lock, '')).toThrow('run `npm ci`')
})

test('an init of the seller’s own is listed by its hash, without a version that nobody knows', () => {
  const list = listContents(plan, { ...init, version: null }, [], lock, '2026-11-21T22:00:00.000Z')
  expect(checkContents(list)).toEqual([])
  expect(list).toMatchObject({ components: [{}, { purl: 'pkg:generic/tini?arch=arm64', hashes: [{}] }] })
  expect(list).not.toMatchObject({ components: [{}, { version: '0.19.0' }] })
})
