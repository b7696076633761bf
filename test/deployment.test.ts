/** What the Worker's deployment and the repository keep to themselves: tokens in addresses, old versions, secrets in files. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { readWorkerConfig } from '../commands/start/worker.ts'
import { ROOT } from './support/repository.ts'

test("Cloudflare's own logs leave out the query of an address: a stray token may stand in it (design §5.1)", () => {
  expect(readWorkerConfig(ROOT)).toMatchObject({
    value: { observability: { enabled: true, redact_query_string: true } },
  })
})

test('an old version of the Worker has no address of its own (facts, quality-anchors F.1)', () => {
  expect(readWorkerConfig(ROOT)).toMatchObject({ value: { preview_urls: false } })
})

test.each([
  '.env',
  '.env.production',
  '.dev.vars',
  'worker/.dev.vars',
  '.tollgate/demo.json',
  'tollgate.log',
])('%s cannot be committed by accident', (path) => {
  expect(spawnSync('git', ['check-ignore', '-q', path], { cwd: ROOT }).status).toBe(0)
})
