/** Usage that nothing freezes, in workerd: its deadline alarms go on, each once (money §9 *hold*, §10 *Switch-over*). */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HOUR_MS, hourOf, monthClosesAt, monthOf } from '../../../shared/hour.ts'
import type { RepairAct, RepairWork } from '../../../shared/ledger/repair.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import {
  buy,
  closeStage,
  HOUR,
  NOW,
  openAws,
  openStage,
  orderFor,
  runLedger,
  sendOrder,
  statesOf,
  subscription,
  use,
  type Stage,
} from './stage.ts'

const MONTH = monthOf(NOW)
const MONTH_CLOSES = monthClosesAt(MONTH)

/** After how much of the time between two instants. */
const part = (from: number, until: number, percent: number) =>
  from + Math.ceil(((until - from) * percent) / 100)

let stage: Stage
let lines: string[]
beforeEach(async () => {
  stage = await openStage()
  lines = []
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)))
})
afterEach(closeStage)

const signed = (work: RepairWork): RepairAct => ({ id: crypto.randomUUID(), who: 'ada', why: 'why', ...work })

/** The alarms since the last call, as `window 50`, and the last message. */
function heard(): { readonly steps: string[]; readonly message: string } {
  const said = lines.splice(0).map((line) => JSON.parse(line))
  const alarms = said.filter(({ event }) => event === 'metering_alarm')
  return {
    steps: alarms.map(({ subject }) => String(subject).split(':').slice(2, 4).join(' ')),
    message: String(alarms.at(-1)?.message),
  }
}

/** Runs the Ledger at its own wakes until `end`; answers when each alarm was raised. */
async function listen(id: SubscriptionId, end: number): Promise<[number, string][]> {
  const raised: [number, string][] = []
  for (let wake = await env.LEDGER.getByName(id).nextWake(); wake !== null && wake < end;) {
    stage.at(wake)
    wake = await runLedger(id)
    for (const step of heard().steps) raised.push([Date.now(), step])
  }
  return raised
}

test('usage whose license is not known alarms at 50, 75 and 92 % of its window and of its month, to the millisecond (money §10)', async () => {
  const id = await buy(1, { identities: [], kinds: [{ fromHour: 0, kind: 'license' }] })
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  heard()
  expect(await listen(id, MONTH_CLOSES)).toEqual([
    [part(HOUR, HOUR + 24 * HOUR_MS, 50), 'window 50'],
    [part(HOUR, HOUR + 24 * HOUR_MS, 75), 'window 75'],
    [part(HOUR, HOUR + 24 * HOUR_MS, 92), 'window 92'],
    [part(MONTH, MONTH_CLOSES, 50), 'month 50'],
    [part(MONTH, MONTH_CLOSES, 75), 'month 75'],
    [part(MONTH, MONTH_CLOSES, 92), 'month 92'],
  ])
  expect(await runLedger(id)).toBeNull()

  await sendOrder(orderFor(1, { version: 2 }))
  await deliverOrders(stage.edge)
  await runLedger(id)
  expect([await statesOf(id), heard().steps]).toEqual([['3 waiting'], []])
})

test('an alarm of held up usage says what happened, whose move it is and what to do (money §10)', async () => {
  const id = await buy(1, { identities: [], kinds: [{ fromHour: 0, kind: 'license' }] })
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(HOUR + 19 * HOUR_MS)
  await runLedger(id)
  expect(heard()).toEqual({
    steps: ['window 75'],
    message: `Usage of ${id} from 2031-05-12T09:00Z on waits, and 75 % of the time in which AWS takes it is over; it ends 2031-05-13T09:00Z. Its license is not known yet. Nothing is lost: it is billed in the first hour that may freeze. The buyer has to press “Set up your account” in the AWS Marketplace console once, the seller has to ask him to.`,
  })
})

test.each([
  ['a held subscription', null],
  ['a held dimension', 'api_calls_1k'],
])(
  'while %s waits its deadline alarms go on, and end when it is released (money §9)',
  async (_, dimension) => {
    openAws()
    const id = await buy(1)
    await deliverOrders(stage.edge)
    const ledger = env.LEDGER.getByName(id)
    await ledger.repair(signed({ kind: 'hold', dimension }))
    await use(id, 13_000)
    heard()
    expect(await listen(id, HOUR + 20 * HOUR_MS)).toEqual([
      [part(HOUR, HOUR + 24 * HOUR_MS, 50), 'window 50'],
      [part(HOUR, HOUR + 24 * HOUR_MS, 75), 'window 75'],
    ])

    stage.at(HOUR + 20 * HOUR_MS)
    const what =
      dimension === null ? ({ kind: 'subscription' } as const) : ({ kind: 'dimension', dimension } as const)
    await ledger.repair(signed({ kind: 'release', what }))
    await runLedger(id)
    stage.at(HOUR + 23 * HOUR_MS)
    await runLedger(id)
    expect([await statesOf(id), heard().steps]).toEqual([['3 waiting'], []])
  },
)

test('a subscription held up without usage alarms nobody and arms nothing (money §7, §9)', async () => {
  const id = await buy(1, { identities: [], kinds: [{ fromHour: 0, kind: 'license' }] })
  await deliverOrders(stage.edge)
  await env.LEDGER.getByName(id).repair(signed({ kind: 'hold', dimension: 'api_calls_1k' }))
  stage.at(NOW + 30 * HOUR_MS)
  expect(await runLedger(id)).toBeNull()
  expect(heard().steps).toEqual([])
})

test('what was told is not told again by the next process of the object, and the next step in its time (money §10)', async () => {
  const id = subscription(1)
  await buy(1, { identities: [], kinds: [{ fromHour: 0, kind: 'license' }] })
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(part(HOUR, HOUR + 24 * HOUR_MS, 50))
  await runLedger(id)
  expect(heard().steps).toEqual(['window 50'])
  // Every run is a process of its own: what was told is read from the object's storage.
  expect(await runLedger(id)).toBe(part(HOUR, HOUR + 24 * HOUR_MS, 75))
  expect(heard().steps).toEqual([])
  const told = await runInDurableObject(env.LEDGER.getByName(id), (_object, state) =>
    state.storage.sql.exec('select span, told_ms from dangers').toArray(),
  )
  expect(told).toEqual([{ span: 'window', told_ms: part(hourOf(HOUR), HOUR + 24 * HOUR_MS, 50) }])
})
