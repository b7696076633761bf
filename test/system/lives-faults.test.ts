/** Lives that have begun, while events come twice, late, in another order, by one way only, or never: each ends where it has to (G.2 fault 24). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Reconciliations } from '../../shared/operator/wire.ts'
import { runLedger } from '../support/ledger-command.ts'
import { EXPECTED, endsOf } from '../support/lives-expected.ts'
import { livesOf, playLives, readEnding } from '../support/lives.ts'
import { marketplaceAt } from '../support/marketplace.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

let system: System
let start: number

/** The others have no event that can be missed beside these, or only wait; each is played without its events in test/worker/reconcile. */
const LIVES = livesOf('2000', [
  'subscribe-and-leave',
  'trial-converts',
  'contract-amended',
  'contract-renews',
  'contract-renews-anew',
  'contract-replaced',
  'contract-expires',
  'terminated',
  'deprovisioned-first',
  'seller-cancels',
  'payment-settles',
  'resubscribed-at-once',
])

const FAULTS = [
  { kind: 'event_duplicate', probability: 0.4 },
  { kind: 'event_reorder', probability: 0.4 },
  { kind: 'event_delay', delay: 'PT20M', probability: 0.3 },
  { kind: 'message_duplicate', probability: 0.3 },
  { kind: 'queue_lost', probability: 0.4 },
  // Half of all that AWS can be asked for afterwards.
  ...['Created', 'Ended', 'Amended'].map((what) => ({
    kind: 'event_lost',
    on: `Purchase Agreement ${what}`,
    probability: 0.5,
  })),
  { kind: 'event_lost', on: 'License Updated', probability: 0.5 },
  { kind: 'event_lost', on: 'License Deprovisioned', probability: 0.5 },
]

beforeAll(async () => {
  system = await startSystem()
  const marketplace = marketplaceAt(system.storefront)
  await marketplace.knobs({ quotas: 'off' })
  start = await marketplace.business()
  await playLives(system, LIVES, async () => {
    for (const fault of FAULTS) await marketplace.fault(fault)
  })
  await marketplace.clearFaults()
  for (let hour = 0; hour < 3; hour += 1) await marketplace.advance('PT1H')
}, 400_000)
afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

/** Where an event never came AWS does not tell the minute of what it said: times in whole days. */
const inDays = (ends: readonly object[]): unknown =>
  JSON.parse(
    JSON.stringify(ends).replaceAll(
      /"(-?\d+)h"/g,
      (_, hours: string) => `"${Math.round(Number(hours) / 24)} d"`,
    ),
  )

test.each(LIVES)('$name ends where it has to', async (life) => {
  const expected = EXPECTED[life.name]
  if (expected === undefined) throw new Error('no expectation')
  expect(inDays(await readEnding(system, life, start))).toEqual(inDays(endsOf(expected, start)))
})

test('what was missed was repaired and can be read, and nothing contradicts', async () => {
  const ran = await runLedger(system.folder, ['list', '--limit', '200', '--json'], {}, 'reconciliations.mjs')
  const { repairs, contradictions } = JSON.parse(ran.out) as Reconciliations
  expect([ran.code, contradictions]).toEqual([0, []])
  expect(repairs.length).toBeGreaterThan(2)
})
