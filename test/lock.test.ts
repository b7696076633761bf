/** What is taken from elsewhere: the lock installs on every platform and names no registry, versions and actions are pinned. */
import { expect, test } from 'vitest'
import { files, textOf } from './support/repository.ts'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(textOf('package-lock.json'))
const manifest: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = JSON.parse(
  textOf('package.json'),
)

/** As Node looks for it: beside the package, then beside each package around it. */
function find(from: string, name: string): Locked | undefined {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (lock.packages[path] || from === '') return lock.packages[path]
  return find(from.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, ''), name)
}

test('every optional package of every platform is in the lock', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, one]) =>
    Object.keys(one.optionalDependencies ?? {})
      .filter((name) => find(path, name)?.version === undefined)
      .map((name) => `${name} of ${path || 'the project'}`),
  )
  expect(missing).toEqual([])
})

test('every package in the lock is checked by its integrity and names no registry', () => {
  const loose = Object.entries(lock.packages).filter(
    ([path, one]) => path !== '' && !one.link && (!one.integrity || one.resolved !== undefined),
  )
  expect(loose.map(([path]) => path)).toEqual([])
})

test('every version in package.json is exact', () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  expect(
    all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)).map(([name]) => name),
  ).toEqual([])
})

test('every action of a workflow is pinned by its full SHA, with its version beside it', () => {
  const workflows = files.filter((file) => file.startsWith('.github/workflows/'))
  const uses = workflows.flatMap((file) => textOf(file).split('\n')).filter((line) => /\buses:/.test(line))
  expect(uses.length).toBeGreaterThan(0)
  expect(uses.filter((line) => !/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
})
