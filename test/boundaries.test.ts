/** Who may import whom (design §4, style): rooms, layers of the Worker, what is pure, and no cycles. */
import { expect, test } from 'vitest'
import { files, importsOf, namesOf, ROOT, sources, textOf, type Import } from './support/repository.ts'

/** Made by `wrangler types`. */
const GENERATED = 'worker/worker-configuration.d.ts'
const ROOMS = ['worker', 'container', 'infra', 'simulator', 'listing', 'commands', 'client']
const imports = sources.flatMap((file) => importsOf(file, textOf(file)))
const manifest: { readonly dependencies: object; readonly devDependencies: object } = JSON.parse(
  textOf('package.json'),
)

const roomOf = (file: string): string => file.split('/')[0] ?? ''
const isOurs = (target: string): boolean => files.includes(target)
const isPackage = ({ target }: Import): boolean =>
  /^(@[\w-]+\/)?[a-z][\w.-]*(:|\/|$)/.test(target) && !isInside(target)
const isInside = (target: string): boolean =>
  [...ROOMS, 'shared', 'test', 'seller.config.ts'].includes(roomOf(target))
const packageOf = (target: string): string => target.split('/', target.startsWith('@') ? 2 : 1).join('/')
const say = ({ from, line, target }: Import): string => `${from}:${line} imports ${target}`
const breaking = (rule: (one: Import) => boolean): string[] => imports.filter(rule).map(say)

test('every kind of import is seen: static, type, bare, re-export, dynamic, in a type, computed', () => {
  const text = `
    import a from '../shared/a.ts'
    import type { B } from '../shared/b.ts'
    import 'node:c'
    export * from './d.ts'
    const e = await import('./e.ts')
    type F = import('./f.ts').F
    const g = await import(name)
    // import '../commented.ts'
    const text = "import './quoted.ts'"`
  expect(importsOf('worker/x.ts', text).map((one) => one.target)).toEqual([
    'shared/a.ts',
    'shared/b.ts',
    'node:c',
    'worker/d.ts',
    'worker/e.ts',
    'worker/f.ts',
    '(computed)',
  ])
})

test('what is imported exists, with its ending, and is named by a plain text', () => {
  expect(breaking((one) => !isPackage(one) && !isOurs(one.target) && one.target !== GENERATED)).toEqual([])
})

test('shared imports nothing but shared: no room, no package, no node:, no cloudflare:', () => {
  expect(breaking(({ from, target }) => roomOf(from) === 'shared' && roomOf(target) !== 'shared')).toEqual([])
})

test('seller.config.ts imports nothing but shared', () => {
  expect(breaking(({ from, target }) => from === 'seller.config.ts' && roomOf(target) !== 'shared')).toEqual(
    [],
  )
})

test.each(ROOMS)('%s imports itself, shared and seller.config.ts, and no other room', (room) => {
  expect(
    breaking(
      (one) =>
        roomOf(one.from) === room &&
        !isPackage(one) &&
        ![room, 'shared', 'seller.config.ts'].includes(roomOf(one.target)),
    ),
  ).toEqual([])
})

test('the client imports nothing at all: it is packed by itself', () => {
  expect(breaking(({ from, target }) => roomOf(from) === 'client' && roomOf(target) !== 'client')).toEqual([])
})

test('nothing outside of test imports a test', () => {
  // Its configuration is the tests' own.
  const outside = (from: string) => roomOf(from) !== 'test' && from !== 'vitest.config.ts'
  expect(breaking(({ from, target }) => outside(from) && roomOf(target) === 'test')).toEqual([])
})

test('every package imported is in package.json, and the Worker and the container need only dependencies', () => {
  const known = { ...manifest.dependencies, ...manifest.devDependencies }
  expect(
    breaking((one) => {
      if (!isPackage(one) || /^(node|cloudflare):/.test(one.target)) return false
      const shipped = ['worker', 'container'].includes(roomOf(one.from))
      return !Object.hasOwn(shipped ? manifest.dependencies : known, packageOf(one.target))
    }),
  ).toEqual([])
})

test('only the Worker and its tests speak to cloudflare:, and the Worker never to node:', () => {
  expect(
    breaking(
      ({ from, target }) =>
        (target.startsWith('cloudflare:') && !/^(worker|test\/worker)\//.test(from)) ||
        (target.startsWith('node:') && roomOf(from) === 'worker'),
    ),
  ).toEqual([])
})

test('the cores of the money path run anywhere: nothing they reach imports cloudflare: or a binding', () => {
  const reached = new Set(['worker/metering/ledger-core.ts', 'worker/metering/submitter-core.ts'])
  for (const file of reached)
    for (const { from, target } of imports) if (from === file && isOurs(target)) reached.add(target)
  expect(breaking((one) => reached.has(one.from) && isPackage(one))).toEqual([])
  expect([...reached].filter((file) => /\b(DurableObject\w*|D1Database)\b/.test(textOf(file)))).toEqual([])
  expect(reached.size).toBeGreaterThan(40)
})

/** Folders of the Worker, each with the folders it may import beside itself; '' are the files at its root. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  // A registration is one of the things a subscription's state is computed from.
  landing: ['', 'entitlements', 'lifecycle', 'metering', 'deliveries', 'audit', 'identity', 'aws', 'db'],
  // Its pages are dressed as the landing's are.
  people: ['', 'landing', 'lifecycle', 'deliveries', 'audit', 'aws', 'db'],
  lifecycle: ['', 'metering', 'deliveries', 'audit', 'aws', 'db'],
  // What a buyer may use is what the lifecycle decided and the Ledger counted.
  entitlements: ['', 'lifecycle', 'metering', 'db'],
  events: ['', 'lifecycle', 'aws', 'db'],
  // The page of the API's description stands in the buyers' layout.
  openapi: ['', 'landing'],
  reconcile: ['', 'events', 'lifecycle', 'deliveries', 'aws', 'db'],
  usage: ['', 'metering', 'deliveries', 'aws', 'db'],
  console: ['', 'metering', 'deliveries', 'aws', 'db'],
  // The operator reads records as the usage API does.
  operator: [
    '',
    'events',
    'lifecycle',
    'usage',
    'metering',
    'deliveries',
    'audit',
    'keys',
    'identity',
    'aws',
    'db',
  ],
  metrics: ['', 'metering', 'aws', 'db'],
  metering: ['', 'deliveries', 'identity', 'aws', 'db'],
  deliveries: ['', 'keys', 'aws', 'db'],
  // The objects of both keep their rows as a Ledger does.
  audit: ['', 'metering'],
  identity: ['', 'metering', 'aws'],
  keys: [''],
  aws: [''],
  db: [],
}
const ENTRIES = ['worker/index.ts', 'worker/index.dev.ts']
const layerOf = (file: string): string => /^worker\/([^/]+)\//.exec(file)?.[1] ?? ''
/** Files at the root of the Worker that a folder imports; the others there put the folders together. */
const leaves = new Set(imports.filter((one) => layerOf(one.from) !== '').map((one) => one.target))

test('inside the Worker no folder imports one above it; db imports only itself and shared', () => {
  expect(
    breaking(({ from, target }) => {
      if (roomOf(from) !== 'worker' || roomOf(target) !== 'worker') return false
      const layer = layerOf(from)
      if (layer === '') return leaves.has(from) && layerOf(target) !== ''
      return layerOf(target) !== layer && !(LAYERS[layer] ?? []).includes(layerOf(target))
    }),
  ).toEqual([])
})

test('every folder of the Worker has its place among the layers', () => {
  const folders = sources.filter((file) => file.startsWith('worker/')).map(layerOf)
  expect([...new Set(folders)].filter((folder) => folder !== '' && !(folder in LAYERS))).toEqual([])
})

test('nothing imports the entries', () => {
  expect(breaking(({ from, target }) => ENTRIES.includes(target) && roomOf(from) !== 'test')).toEqual([])
})

test('no file loads itself by way of others', () => {
  const next = Map.groupBy(
    imports.filter((one) => !one.typesOnly),
    (one) => one.from,
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    if (trail.includes(file) || done.has(file)) return
    for (const one of next.get(file) ?? []) if (isOurs(one.target)) walk(one.target, [...trail, file])
    done.add(file)
  }
  for (const file of sources) walk(file, [])
  expect(cycles).toEqual([])
})

/** A clock, chance, the network, the console: what code without I/O does not have. */
const IMPURE =
  /^(Date\.now|new Date\(\)|Math\.random|performance\.now|crypto\.(randomUUID|getRandomValues)|fetch|setTimeout|setInterval|queueMicrotask|console\.\w+|process\.\w+)$/

test.each(['shared/', 'simulator/marketplace/'])(
  '%s has no clock, no chance and no I/O of its own',
  (folder) => {
    const found = sources
      .filter((file) => file.startsWith(folder))
      .flatMap((file) => namesOf(file, textOf(file)).map((used) => ({ file, ...used })))
      .filter(({ name }) => IMPURE.test(name))
    expect(found.map(({ file, line, name }) => `${file}:${line} uses ${name}`)).toEqual([])
  },
)

test('below its entries the Worker reads no clock but the one it is given', () => {
  const found = sources
    .filter((file) => file.startsWith('worker/') && !ENTRIES.includes(file))
    .flatMap((file) => namesOf(file, textOf(file)).map((used) => ({ file, ...used })))
    .filter(({ name }) => /^(Date\.now|new Date\(\)|performance\.now)$/.test(name))
  expect(found.map(({ file, line, name }) => `${file}:${line} uses ${name}`)).toEqual([])
})

test('a clock is seen when it is there', () => {
  const text =
    'const a = Date.now(); const b = new Date(); const c = new Date(a); await fetch(x); Math.random()'
  const names = namesOf('shared/x.ts', text).map((used) => used.name)
  expect(names.filter((name) => IMPURE.test(name))).toEqual([
    'Date.now',
    'new Date()',
    'fetch',
    'Math.random',
  ])
})

test('nothing names a folder of this machine', () => {
  const home = `${ROOT}/`
  expect(
    files.filter(
      (file) => /\.(ts|mjs|json|jsonc|md|yml|html|css)$/.test(file) && textOf(file).includes(home),
    ),
  ).toEqual([])
})
