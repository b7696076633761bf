/** What the Worker's deployment and the repository keep to themselves: tokens in addresses, old versions, secrets in files. */
import { expect, test } from 'vitest'
import { readWorkerConfig } from '../commands/start/worker.ts'
import { files, ROOT, textOf } from './support/repository.ts'

test("Cloudflare's own logs leave out the query of an address: a stray token may stand in it (design §5.1)", () => {
  expect(readWorkerConfig(ROOT)).toMatchObject({
    value: { observability: { enabled: true, redact_query_string: true } },
  })
})

test('an old version of the Worker has no address of its own (facts, quality-anchors F.1)', () => {
  expect(readWorkerConfig(ROOT)).toMatchObject({ value: { preview_urls: false } })
})

test('usage goes to AWS from one place: the call that a dry Worker never gets in hand', () => {
  const worker = files.filter((file) => file.startsWith('worker/') && file.endsWith('.ts'))
  const saying = (word: RegExp): string[] => worker.filter((file) => word.test(textOf(file)))
  expect(saying(/BatchMeterUsage'/)).toEqual(['worker/aws/metering.ts'])
  expect(saying(/\bbatchMeterUsage\b/)).toEqual(['worker/aws/metering.ts', 'worker/metering/submitter.ts'])
  expect(saying(/['.]MeterUsage\b/)).toEqual([])
})

test('files that hold secrets on a developer’s machine cannot be committed by accident', () => {
  expect(textOf('.gitignore').split('\n')).toEqual(
    expect.arrayContaining(['.env*', '.dev.vars*', '.tollgate/', '*.log']),
  )
})

test('the entry that is deployed paces 9 calls a second and spreads offers over 30 minutes (money §7)', () => {
  // What both do is tested over the objects with a clock; only this entry hands in the numbers, over the system's clock.
  const entry = textOf('worker/index.ts')
  const submitter = /submitterObject\(\{(.*?)\}\) \{\}/s.exec(entry)?.[1]
  const ledger = /ledgerObject\(\{([^}]*)\}\)/.exec(entry)?.[1]
  expect(submitter).toMatch(/\bratePerSecond: 9,/)
  expect(ledger).toMatch(/\bspreadMs: 30 \* MINUTE_MS\b/)
})
