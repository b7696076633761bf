/** The equations of money §12 asserted in production, in workerd: one that fails stops its own subscription and wakes someone. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../shared/hour.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import {
  buy,
  closeStage,
  FREEZE,
  openAws,
  openStage,
  runLedger,
  runSubmitter,
  statesOf,
  use,
  type Stage,
} from './stage.ts'

const WEEK_MS = 7 * DAY_MS

let stage: Stage
let lines: string[]
beforeEach(async () => {
  stage = await openStage()
  lines = []
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)))
  openAws()
})
afterEach(closeStage)

/** The alarms since the last call, in full. */
const alarms = (): { subject: string; message: string }[] =>
  lines
    .splice(0)
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'metering_alarm')
    .map(({ subject, message }) => ({ subject, message }))

/** Two subscriptions with 3 units billed each. */
async function billTwo(): Promise<[SubscriptionId, SubscriptionId]> {
  const ids: [SubscriptionId, SubscriptionId] = [await buy(1), await buy(2)]
  await deliverOrders(stage.edge)
  for (const id of ids) await use(id, 13_000)
  stage.at(FREEZE)
  for (const id of ids) await runLedger(id)
  await runSubmitter()
  return ids
}

/** Writes into the Ledger's database what no call of its own would, and begins the object anew. */
async function spoil(id: SubscriptionId, statement: string): Promise<void> {
  const stub = env.LEDGER.getByName(id)
  await runInDurableObject(stub, (_object, state) => void state.storage.sql.exec(statement))
  await evictDurableObject(stub)
  await stub.nextWake()
}

const BROKEN = [
  [
    'usage',
    `UPDATE ledger SET taken = '{"api_calls":"1000000"}'`,
    'taken = counted + set aside + trial + grace + voided does not hold for api_calls: expected 4001, found 17000.',
  ],
  [
    'units',
    'UPDATE tallies SET frozen = 5',
    'units frozen of a period = its lines does not hold for api_calls_1k of the period from 2031-05-12T09:00:00.000Z: expected 5, found 3.',
  ],
  [
    'records',
    `INSERT INTO adjustments (from_record, dimension, units) SELECT key, 'not sold', 2 FROM records`,
    'adjustments brought in = records moved out does not hold',
  ],
] as const

test.each(BROKEN)(
  'an equation of %s that no longer holds stops its own subscription within a week, and names both numbers (money §12)',
  async (_, statement, sentence) => {
    const [broken, sound] = await billTwo()
    await spoil(broken, statement)
    stage.at(FREEZE + WEEK_MS)
    for (const id of [broken, sound]) await use(id, 4_000, FREEZE + WEEK_MS - HOUR_MS)
    for (const id of [broken, sound]) await runLedger(id)
    const { waiting, stopped } = await env.LEDGER.getByName(broken).status()
    expect([waiting, stopped]).toEqual(['stopped', expect.stringContaining(sentence)])
    expect(alarms()).toEqual([{ subject: `stopped:${broken}`, message: `${broken}: ${stopped}` }])

    stage.at(FREEZE + WEEK_MS + 2 * HOUR_MS)
    for (const id of [broken, sound]) await runLedger(id)
    expect([await statesOf(broken), await statesOf(sound)]).toEqual([['3 billed'], ['4 waiting', '3 billed']])
    expect(alarms()).toEqual([])
  },
)

test('a person who asks for the audit of books that do not balance stops the subscription (money §12)', async () => {
  const [broken, sound] = await billTwo()
  await spoil(broken, BROKEN[0][1])
  const findings = await Promise.all([broken, sound].map((id) => env.LEDGER.getByName(id).audit()))
  expect(findings).toEqual([
    [{ rule: expect.any(String), subject: 'api_calls', expected: '1', found: '13000' }],
    [],
  ])
  await runLedger(broken)
  expect((await env.LEDGER.getByName(sound).status()).waiting).toBeNull()
  expect(alarms().map(({ subject }) => subject)).toEqual([`stopped:${broken}`])
})

test('books are added up once a week, whatever runs, and arm nothing of their own (money §7, §12)', async () => {
  const [id] = await billTwo()
  await runLedger(id)
  const checked = () =>
    runInDurableObject(env.LEDGER.getByName(id), (_object, state) =>
      state.storage.sql
        .exec('select at_ms from audited')
        .toArray()
        .map((row) => row['at_ms']),
    )
  const at = await checked()
  for (const later of [WEEK_MS - 1, WEEK_MS]) {
    stage.at(Number(at[0]) + later)
    expect(await runLedger(id)).toBeNull()
    expect(await checked()).toEqual([later < WEEK_MS ? at[0] : Date.now()])
  }
})
