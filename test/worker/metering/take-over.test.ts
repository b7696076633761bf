/** A license's Ledger takes over the month of the one it renews, object to object in workerd (money §4 *Successor*). */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import {
  buy,
  closeStage,
  type Fault,
  faulty,
  FREEZE,
  HOUR,
  openStage,
  runLedger,
  type Stage,
  statesOf,
  subscription,
  use,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

const before = HOUR - 5 * HOUR_MS
const half = HOUR + 12 * HOUR_MS

/** A license that has used 9 500 of the 10 000 calls of its plan, and the one that renews it from HOUR on with 1 500 more. */
async function renew(): Promise<{ readonly old: SubscriptionId; readonly renewed: SubscriptionId }> {
  const old = await buy(1, { agreementStart: before, activation: before })
  const renewed = await buy(2, { predecessor: old })
  await deliverOrders(stage.edge)
  await use(old, 9_500, before + MINUTE_MS)
  await use(renewed, 1_500)
  return { old, renewed }
}

test.each<[string, Fault[]]>([
  ['reached at once', []],
  ['lost before it ran', ['lost before']],
  ['lost after it ran', ['lost after']],
  ['lost again and again', ['lost after', 'lost before', 'lost after']],
])('the month is taken over once, the call %s, and nothing freezes before (money §4)', async (_, faults) => {
  const { old, renewed } = await renew()
  const lost = faults.length
  const namespace = faulty(env.LEDGER, 'giveMonth', faults)
  for (let minute = 0; minute < lost; minute += 1) {
    stage.at(FREEZE + minute * MINUTE_MS)
    expect(await runLedger(renewed, { LEDGER: namespace })).toBe(FREEZE + (minute + 1) * MINUTE_MS)
    expect([await statesOf(renewed), (await env.LEDGER.getByName(renewed).status()).waiting]).toEqual([
      [],
      'predecessor',
    ])
  }
  stage.at(FREEZE + lost * MINUTE_MS)
  await runLedger(renewed, { LEDGER: namespace })
  expect(await statesOf(renewed)).toEqual(['1 waiting'])
  expect(await env.LEDGER.getByName(renewed).status()).toMatchObject({ waiting: null, alone: null })
  expect(await use(old, 10, HOUR + 2 * MINUTE_MS)).toEqual(['refused'])
  expect(await env.LEDGER.getByName(renewed).audit()).toEqual([])
  expect(await env.LEDGER.getByName(old).audit()).toEqual([])
})

test('a predecessor whose object cannot be reached is gone without after half of the first window (money §4)', async () => {
  const { renewed } = await renew()
  const gone = () =>
    faulty(
      env.LEDGER,
      'giveMonth',
      Array.from({ length: 9 }, () => 'lost before' as const),
    )
  stage.at(half - MINUTE_MS)
  expect(await runLedger(renewed, { LEDGER: gone() })).toBe(half)
  stage.at(half)
  await runLedger(renewed, { LEDGER: gone() })
  // Alone it has all of its plan's 10 000 calls again: nothing is due.
  expect(await statesOf(renewed)).toEqual([])
  const { waiting, alone } = await env.LEDGER.getByName(renewed).status()
  expect([waiting, alone]).toEqual([null, expect.stringContaining(`${subscription(1)} did not answer`)])
})

test('a predecessor that has no order yet is asked again each minute (money §4, §7)', async () => {
  const renewed = await buy(2, { predecessor: subscription(7) })
  await deliverOrders(stage.edge)
  stage.at(FREEZE)
  expect(await runLedger(renewed)).toBe(FREEZE + MINUTE_MS)
  expect((await env.LEDGER.getByName(renewed).status()).waiting).toBe('predecessor')
})
