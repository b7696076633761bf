/** What `npm run image` runs: one index over every platform, no attestation, only the codes that were named. */
import { describe, expect, test } from 'vitest'
import { readGiven } from '../../../commands/image/given.ts'
import {
  buildSteps,
  chooseProduct,
  nextCommand,
  planImage,
  trustedKeys,
} from '../../../commands/image/plan.ts'
import config from '../../../seller.config.ts'
import type { ContainerProduct, SellerConfig } from '../../../shared/seller.ts'
import { textOf } from '../../support/repository.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const [product] = config.products.filter((one) => one.kind === 'container')
if (product === undefined) throw new Error('seller.config.ts has no container product')
const plan = planImage(
  config,
  product,
  '1.4.2',
  { id: 'c0ffee', at: 1_795_000_000 },
  { image: 'gcr.io/x/y:nonroot', digest: DIGEST },
)
const commandsOf = (tool: 'docker' | 'buildah' | 'podman'): string[] =>
  buildSteps(tool, plan, 'ctx', 'layout').map(({ command }) => command.join(' '))

const selling = (...products: readonly Partial<ContainerProduct>[]): SellerConfig => ({
  ...config,
  products: products.map((change) => ({ ...product, ...change })),
})

test('Docker is told to make no attestation, which AWS Marketplace refuses (facts, aws-seller §3.1)', () => {
  const [command] = commandsOf('docker')
  expect(command).toContain('--provenance=false --sbom=false')
  expect(command).toContain('--platform linux/amd64,linux/arm64')
  expect(command).toContain('--build-arg SOURCE_DATE_EPOCH=1795000000')
})

test.each(['buildah', 'podman'] as const)('%s builds into one index and keeps the health command', (tool) => {
  expect(commandsOf(tool).map((command) => command.replace(/ --build-arg .*(?= ctx)/, ' …'))).toEqual([
    `${tool} manifest rm localhost/skillsmith:1.4.2`,
    `${tool} build --platform linux/amd64,linux/arm64 --format docker --timestamp 1795000000 --manifest localhost/skillsmith:1.4.2 … ctx`,
    `${tool} manifest push --all localhost/skillsmith:1.4.2 dir:layout`,
  ])
})

test('the Dockerfile declares every argument that it is given, and no other but the builder’s own', () => {
  const declared = new Set(
    [...textOf('container/Dockerfile').matchAll(/^ARG (\w+)/gm)].map(([, name = '']) => name),
  )
  // The builder gives this one, by the platform.
  const builders = ['TARGETARCH']
  expect([...declared].toSorted()).toEqual([...Object.keys(plan.args), ...builders].toSorted())
})

test('the Dockerfile has no default for the base’s digest: what is not pinned is not built on', () => {
  expect(textOf('container/Dockerfile')).toMatch(/^ARG BASE_DIGEST$/m)
  expect(textOf('container/Dockerfile').match(/^FROM .*$/gm)).toEqual([
    'FROM scratch AS tollgate',
    'FROM scratch AS app',
    'FROM ${BASE_IMAGE}@${BASE_DIGEST}',
  ])
})

test('the next command pushes to the registry of AWS Marketplace, every platform', () => {
  const registry = '709825985650.dkr.ecr.us-east-1.amazonaws.com/<your prefix>/skillsmith:1.4.2'
  expect([nextCommand('docker', plan, 'layout'), nextCommand('buildah', plan, 'layout')]).toEqual([
    `skopeo copy --all oci:layout docker://${registry}`,
    `buildah manifest push --all localhost/skillsmith:1.4.2 docker://${registry}`,
  ])
})

describe('whose code is trusted', () => {
  const two = selling({ key: 'calls' }, { key: 'hours' })
  test.each([
    [{ edge: false }, ['calls', 'hours']],
    [{ edge: false, product: 'hours' }, ['hours']],
    [{ edge: true }, []],
  ])('with %o: %o', (given, keys) => {
    expect(trustedKeys(two, given)).toEqual(keys)
  })
})

test.each([
  ['no container product', { ...config, products: [] }, undefined, /add one/],
  ['a product that is not there', config, 'nope', /no container product .* it has container/],
  [
    'two images and no name',
    selling({ key: 'a' }, { key: 'b', image: { ...product.image, repository: 'other' } }),
    undefined,
    /name one by --product \(a, b\)/,
  ],
])('%s is refused by a sentence that says what to do', (_, sold, key, sentence) => {
  expect(chooseProduct(sold, key)).toMatchObject({ ok: false, error: expect.stringMatching(sentence) })
})

test.each([
  [['--version', 'latest'], /refused by AWS Marketplace/],
  [['--version', 'a b'], /cannot be a tag/],
  [['--base-digest', 'sha256:short'], /no digest/],
  [['--tool', 'kaniko'], /none of docker, buildah, podman/],
  [['--nope'], /see --help/],
])('%o is refused by a sentence', (args, sentence) => {
  expect(readGiven(args)).toMatchObject({ ok: false, error: expect.stringMatching(sentence) })
})
