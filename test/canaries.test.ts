/** Canary secrets in the environment of whoever builds: none of them gets into a bundle. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleContainer } from '../commands/container-bundle.ts'
import { bundleWorker } from '../commands/start/worker.ts'
import { ok, type Result } from '../shared/result.ts'
import { ROOT } from './support/repository.ts'

const NAMES = [
  'SESSION_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'OPERATOR_KEY_HASH',
  'EVENTS_PUSH_KEYS',
  'TOLLGATE_OPERATOR_KEY',
  'CLOUDFLARE_API_TOKEN',
]
const before = new Map(NAMES.map((name) => [name, process.env[name]]))

beforeAll(() => {
  for (const name of NAMES) process.env[name] = `CANARY${name.toLowerCase()}`
})
const textOf = (bundle: Result<{ readonly text: string }, string>): Result<string, string> =>
  bundle.ok ? ok(bundle.value.text) : bundle

afterAll(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
})

test.each([
  ['index.ts', () => bundleWorker(ROOT, 'index.ts')],
  ['index.dev.ts', () => bundleWorker(ROOT, 'index.dev.ts')],
  ['container/main.ts', async () => textOf(await bundleContainer(ROOT, 'main.ts'))],
  ['container/in-process.ts', async () => textOf(await bundleContainer(ROOT, 'in-process.ts'))],
] as const)(
  '%s is bundled without a secret of the builder’s machine, nor anything shaped like one',
  async (_, bundled) => {
    const bundle = await bundled()
    const text = bundle.ok ? bundle.value : ''
    expect(text.length).toBeGreaterThan(100_000)
    expect(text).not.toContain('CANARY')
    for (const shape of [
      /\b(AKIA|ASIA)[A-Z2-7]{16}\b/,
      /\btgo?_[\w-]{43}\b/,
      /\bwhsec_[\w+/]{30,}/,
      /-----BEGIN [A-Z ]*PRIVATE KEY/,
    ])
      expect(shape.exec(text)?.[0]).toBeUndefined()
  },
)
