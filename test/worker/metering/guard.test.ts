/** Money §5 in workerd: a Ledger asks by when its month has to freeze, and what the Submitter says moves the guard. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, hourOf, MINUTE_MS, monthOf, nextMonth } from '../../../shared/hour.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { wakeMetering } from '../../../worker/metering/wake.ts'
import {
  buy,
  closeStage,
  faulty,
  FREEZE,
  NOW,
  openAws,
  openStage,
  runLedger,
  runSubmitter,
  statesOf,
  SUBMITTER,
  use,
  type Stage,
} from './stage.ts'

const FIRST = nextMonth(monthOf(NOW))
const LATE = FIRST - 30 * MINUTE_MS
/** What nine calls a second take in an hour. */
const HOURLY = 9 * 25 * 3_600

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

/** A subscription with usage in the month's last hour, at 23:30. */
async function atMonthEnd() {
  const id = await buy(1)
  await deliverOrders(stage.edge)
  stage.at(LATE)
  await use(id, 13_000, LATE - MINUTE_MS)
  return id
}

/** Gives the Submitter a backlog that closes with the month. */
const fillBacklog = (records: number): Promise<void> =>
  runInDurableObject(env.SUBMITTER.getByName(SUBMITTER), (_object, state) => {
    const hour = hourOf(FIRST - 10 * HOUR_MS)
    state.storage.sql.exec(
      `insert into windows (product_code, timestamp, deadline, final, offered, open) values ('p', ?, ?, 0, 0, ?)`,
      hour,
      Math.min(hour + DAY_MS, FIRST + 6 * HOUR_MS),
      records,
    )
  })

test('the last hour of a month freezes at 03:00 while there is time enough', async () => {
  const id = await atMonthEnd()
  await runLedger(id)
  // It asks again each hour, at its own minute, until then.
  let wake = Date.now()
  while (wake < FIRST + 3 * HOUR_MS) {
    stage.at(wake)
    expect(await statesOf(id)).toEqual([])
    const next = (await runLedger(id)) ?? 0
    expect(next - wake).toBeLessThanOrEqual(HOUR_MS)
    wake = next
  }
  expect(wake).toBe(FIRST + 3 * HOUR_MS)
  stage.at(wake)
  await runLedger(id)
  expect(await statesOf(id)).toEqual(['3 waiting'])
})

test('a Submitter that will be busy at 03:00 has the month frozen earlier, and the Ledger remembers it', async () => {
  const id = await atMonthEnd()
  // By 03:00 three and a half hours of it are gone; two hours are left, which is half of the four from 02:00 on.
  await fillBacklog((3.5 + 2) * HOURLY)
  await runLedger(id)
  stage.at(FIRST + 2 * HOUR_MS - 1)
  const lost = Array.from({ length: 9 }, () => 'lost before' as const)
  await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'guard', lost) })
  expect(await statesOf(id)).toEqual([])
  stage.at(FIRST + 2 * HOUR_MS)
  await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'guard', lost) })
  expect(await statesOf(id)).toEqual(['3 waiting'])
})

test('a guard before an hour ends freezes it at its end, not before', async () => {
  const id = await atMonthEnd()
  await fillBacklog(20 * HOURLY)
  await runLedger(id)
  expect(await statesOf(id)).toEqual([])
  stage.at(FIRST)
  await runLedger(id)
  expect(await statesOf(id)).toEqual(['3 waiting'])
})

test('a Submitter that cannot be asked changes nothing: the month freezes at 03:00', async () => {
  const id = await atMonthEnd()
  const lost = Array.from({ length: 99 }, () => 'lost after' as const)
  for (const now of [LATE, FIRST + 3 * HOUR_MS - 1]) {
    stage.at(now)
    expect(await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'guard', lost) })).toBe(now + MINUTE_MS)
    expect(await statesOf(id)).toEqual([])
  }
  stage.at(FIRST + 3 * HOUR_MS)
  await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'guard', lost) })
  expect(await statesOf(id)).toEqual(['3 waiting'])
})

test('a Ledger with nothing open asks nothing at a month’s end', async () => {
  const id = await buy(1)
  await deliverOrders(stage.edge)
  stage.at(LATE)
  const lost = ['lost before' as const]
  expect(await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'guard', lost) })).toBeNull()
  expect(lost).toHaveLength(1)
})

test('whom AWS calls not subscribed the lifecycle looks at again, once after each answer (money §8 row 4)', async () => {
  openAws((call) => {
    const [usage] = call.body['UsageRecords'] as object[]
    return Response.json({
      Results: [{ UsageRecord: usage, Status: 'CustomerNotSubscribed' }],
      UnprocessedRecords: [],
    })
  })
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  await runLedger(id)
  await runSubmitter()
  const due = () => env.DB.prepare('SELECT due_ms FROM subscriptions').first<{ due_ms: number | null }>()
  expect(await due()).toEqual({ due_ms: null })
  expect(await wakeMetering(stage.edge)).toContain(`asked about ${id}`)
  expect(await due()).toEqual({ due_ms: FREEZE })
  expect(await wakeMetering(stage.edge)).toEqual([])
})
