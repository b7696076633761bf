/** Money §3 in workerd: a series that held a value and falls silent counts 0 from `holdFor` on and raises an alarm, once. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { buy, closeStage, HOUR, openStage, runLedger, type Stage } from './stage.ts'

const HOLD_MS = 25 * HOUR_MS

let stage: Stage
let lines: string[]
beforeEach(async () => {
  stage = await openStage()
  lines = []
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)))
})
afterEach(closeStage)

async function hold(id: SubscriptionId, gigabytes: bigint, time: number): Promise<void> {
  stage.at(time)
  const known = { source: 'test', id: crypto.randomUUID(), meter: 'storage_gb', series: 'db-1' }
  await env.LEDGER.getByName(id).take([{ ...known, time, kind: 'value', value: gigabytes * 1_000_000n }])
}

/** Runs the Ledger at its own wakes before `end`; answers when each alarm was raised, and what it said last. */
async function listen(id: SubscriptionId, end: number) {
  const raised: number[] = []
  let message = ''
  for (let wake = await env.LEDGER.getByName(id).nextWake(); wake !== null && wake < end;) {
    stage.at(wake)
    wake = await runLedger(id)
    for (const line of lines.splice(0).map((text) => JSON.parse(text))) {
      if (line.event !== 'metering_alarm') continue
      raised.push(Date.now())
      message = line.message
    }
  }
  return { raised, message }
}

test('a series that is not heard of for holdFor is named by an alarm, once a silence (money §3)', async () => {
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await hold(id, 12n, HOUR + MINUTE_MS)
  const heard = await listen(id, HOUR + HOLD_MS + 4 * HOUR_MS)
  // It counts until 25 h 1 min behind HOUR; nine minutes later the hour before freezes.
  expect(heard.raised).toEqual([HOUR + HOLD_MS + 10 * MINUTE_MS])
  expect(heard.message).toBe(
    `Series "db-1" of storage_gb of ${id} held a value and was last heard of at ${new Date(HOUR + MINUTE_MS).toISOString()}: it counts 0 by now. Look after what reports it; if there is nothing left to measure, report 0.`,
  )

  const again = HOUR + HOLD_MS + 5 * HOUR_MS
  await hold(id, 12n, again)
  await hold(id, 0n, again + HOUR_MS)
  expect((await listen(id, again + 2 * HOLD_MS)).raised).toEqual([])
  const third = again + 2 * HOLD_MS
  await hold(id, 12n, third)
  expect((await listen(id, third + 2 * HOLD_MS)).raised).toHaveLength(1)
})
