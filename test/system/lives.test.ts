/** Each life of facts §8 over real HTTP: where it ends, and everything that anybody was told of it. Black box, one system. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Reconciliations } from '../../shared/operator/wire.ts'
import { runLedger } from '../support/ledger-command.ts'
import { EXPECTED, endsOf, type Expected } from '../support/lives-expected.ts'
import { livesOf, playLives, readEnding, readTold, type Life } from '../support/lives.ts'
import { marketplaceAt, type MarketplaceClient } from '../support/marketplace.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

let system: System
let marketplace: MarketplaceClient
let start: number
const LIVES = livesOf('1000')

beforeAll(async () => {
  system = await startSystem()
  marketplace = marketplaceAt(system.storefront)
  await marketplace.knobs({ quotas: 'off' })
  start = await marketplace.business()
  await playLives(system, LIVES)
}, 400_000)
afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

test('every life AWS’s facts name has an expectation', () => {
  expect(LIVES.map(({ name }) => name).toSorted()).toEqual(Object.keys(EXPECTED).toSorted())
})

/** In the order of its words: two things of one instant have no other. */
const sorted = (told: Omit<Expected, 'ends'>) => ({
  webhooks: told.webhooks.toSorted(),
  mail: told.mail.toSorted(),
  sns: told.sns.toSorted(),
})

test.each(LIVES)('$name: ends as it has to, and everybody is told exactly that', async (life: Life) => {
  const expected = EXPECTED[life.name]
  if (expected === undefined) throw new Error('no expectation')
  expect(await readEnding(system, life, start)).toEqual(endsOf(expected, start))
  expect(sorted(await readTold(marketplace, life))).toEqual(sorted(expected))
})

test('where every event came a reconciliation finds nothing to repair, and nothing contradicts', async () => {
  const ran = await runLedger(system.folder, ['--json'], {}, 'reconciliations.mjs')
  const { runs, repairs, contradictions, unknown } = JSON.parse(ran.out) as Reconciliations
  expect([repairs, contradictions, unknown]).toEqual([[], [], []])
  expect(runs.length).toBeGreaterThan(10)
})
