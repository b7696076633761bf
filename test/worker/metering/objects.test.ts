/** Alarms, orders, connections, pace and the read model of the money path's objects, in workerd. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hourOf, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import { CONNECTIONS_MAX, openConnections } from '../../../worker/metering/connections.ts'
import { dueOf, runDueObjects, settledBefore } from '../../../worker/metering/due.ts'
import { ledgerObject } from '../../../worker/metering/ledger-object.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { projectChanges } from '../../../worker/metering/projection.ts'
import { MONTH_END_VISITS_MAX } from '../../../worker/metering/submitter-core.ts'
import { wakeMetering } from '../../../worker/metering/wake.ts'
import { seller } from '../../../worker/seller.ts'
import {
  buy,
  clocks,
  closeStage,
  CODE,
  faulty,
  FREEZE,
  HOUR,
  NOW,
  openAws,
  openStage,
  orderFor,
  runLedger,
  runSubmitter,
  sendOrder,
  statesOf,
  SUBMITTER,
  subscription,
  use,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

const frozen = (n: number): FrozenRecord => {
  const [identity] = orderFor(n).identities
  if (identity === undefined) throw new Error('an order has an identity')
  return {
    key: `key-${n}`,
    subscription: subscription(n),
    product: 'subscription',
    productCode: CODE,
    identity,
    dimension: 'api_calls_1k',
    hour: hourOf(HOUR),
    timestamp: HOUR,
    quantity: 1,
    deadline: HOUR + 24 * HOUR_MS,
    final: false,
    price: '100000',
  }
}

test('an alarm never throws, is armed before the work, and the object wakes again after what failed', async () => {
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  const Ledger = ledgerObject({ clocks, seller, spreadMs: 0 })
  await runInDurableObject(env.LEDGER.getByName(id), async (_object, state) => {
    const nothing = new Proxy(env.SUBMITTER, {
      get() {
        throw new Error('no binding')
      },
    })
    const object = new Ledger(state, { ...env, SUBMITTER: nothing })
    await object.alarm?.()
    expect(await state.storage.getAlarm()).toBe(FREEZE + MINUTE_MS)
    expect(await object.nextWake()).toBe(FREEZE + MINUTE_MS)
  })
})

test('the next alarm is set before the work: an object that dies in it wakes a minute later (money §7 *Alarms*)', async () => {
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  const Ledger = ledgerObject({ clocks, seller, spreadMs: 0 })
  const during: (number | null)[] = []
  await runInDurableObject(env.LEDGER.getByName(id), async (_object, state) => {
    const offer = async (): Promise<never> => {
      during.push(await state.storage.getAlarm())
      throw new Error('it dies here')
    }
    const dying = Object.assign(Object.create(env.SUBMITTER), { getByName: () => ({ offer }) })
    await state.storage.deleteAlarm()
    await new Ledger(state, { ...env, SUBMITTER: dying }).alarm?.()
  })
  expect(during).toEqual([FREEZE + MINUTE_MS])
})

test('an object that an alarm wakes knows its subscription, also when it is not told its name', async () => {
  const id = subscription(1)
  const nameless = env.LEDGER.get(env.LEDGER.newUniqueId())
  await runInDurableObject(nameless, async (object, state) => {
    await expect(object.status()).rejects.toThrow(/no subscription/)
    state.storage.sql.exec('insert into object (id, subscription) values (1, ?)', id)
    expect(await object.status()).toMatchObject({ orderVersion: 0 })
  })
})

test('the highest version wins, whatever order they come in; all are marked only when the Ledger answered', async () => {
  const id = await buy(1, { version: 3 })
  await sendOrder(orderFor(1, { version: 2, activation: null }))
  const lost = {
    ...stage.edge,
    settings: { ...stage.edge.settings, ledgers: faulty(env.LEDGER, 'order', ['lost before', 'lost after']) },
  }
  const open = () => env.DB.prepare('SELECT version FROM orders WHERE delivered_ms IS NULL').all()
  expect(await deliverOrders(lost)).toEqual([])
  expect(await deliverOrders(lost)).toEqual([])
  expect((await open()).results).toHaveLength(2)
  expect(await deliverOrders(lost)).toEqual([id])
  expect((await open()).results).toEqual([])

  await sendOrder(orderFor(1, { version: 1, activation: null }))
  await deliverOrders(stage.edge)
  expect(await env.LEDGER.getByName(id).status()).toMatchObject({ orderVersion: 3, waiting: null })
})

test('an order for one subscription is not taken by the Ledger of another', async () => {
  await runInDurableObject(env.LEDGER.getByName(subscription(2)), async (object) => {
    await expect(object.order(orderFor(1))).rejects.toThrow(/came to/)
  })
})

test('an older revision overwrites nothing in the read model, and brings no closed record back', async () => {
  const id = subscription(1)
  const day = (counted: string, billed: string) => ({ dimension: 'd', day: 0, counted, billed })
  const row = {
    ...frozen(1),
    dimension: 'd',
    state: 'waiting' as const,
    reason: null,
    receipt: null,
    config: 'c',
    frozenAt: 0,
    settledAt: null,
    lines: [],
  }
  const read = async () => ({
    days: (await env.DB.prepare('SELECT counted, billed, revision FROM usage_days').all()).results,
    open: (await env.DB.prepare('SELECT key, state, revision FROM open_records').all()).results,
  })
  const first = { revision: 5, clock: 5, days: [day('7', '0')], openRecords: [row], closedKeys: [] }
  await projectChanges(env.DB, id, first)
  await projectChanges(env.DB, id, { ...first, revision: 4, days: [day('1', '0')] })
  expect(await read()).toEqual({
    days: [{ counted: '7', billed: '0', revision: 5 }],
    open: [{ key: row.key, state: 'waiting', revision: 5 }],
  })
  await projectChanges(env.DB, id, {
    revision: 6,
    clock: 6,
    days: [day('7', '1')],
    openRecords: [],
    closedKeys: [row.key],
  })
  await projectChanges(env.DB, id, first)
  expect(await read()).toEqual({ days: [{ counted: '7', billed: '1', revision: 6 }], open: [] })
})

test('at most six connections wait at once, and all work is done', async () => {
  const connections = openConnections()
  let waiting = 0
  let peak = 0
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      connections(async () => {
        peak = Math.max(peak, (waiting += 1))
        await Promise.resolve()
        waiting -= 1
        if (n % 7 === 0) throw new Error('one that fails')
      }).catch(() => undefined),
    ),
  )
  expect({ peak, waiting }).toEqual({ peak: CONNECTIONS_MAX, waiting: 0 })
})

test('a run has at most six calls waiting, to AWS and to Ledgers together (facts B.1)', async () => {
  let waiting = 0
  let peak = 0
  const track = async <T>(work: () => Promise<T> | T): Promise<T> => {
    peak = Math.max(peak, (waiting += 1))
    try {
      // Long enough in turns of the event loop that the others come up meanwhile.
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0))
      return await work()
    } finally {
      waiting -= 1
    }
  }
  const aws = openAws((call, hold) => track(() => hold(call)))
  await env.SUBMITTER.getByName(SUBMITTER).offer(Array.from({ length: 150 }, (_, n) => frozen(n + 1)))
  const ledgers = {
    getByName: () => ({ settle: (results: { key: string; attempt: number }[]) => track(() => results) }),
  }
  await runSubmitter({ env: { LEDGER: Object.assign(Object.create(env.LEDGER), ledgers) } })
  expect(aws.calls).toHaveLength(6)
  expect(aws.stored.size).toBe(150)
  expect(peak).toBe(CONNECTIONS_MAX)
  expect(await env.SUBMITTER.getByName(SUBMITTER).backlog()).toMatchObject({ waiting: 0, settled: 0 })
})

test('calls are one interval apart, and the pace goes on from run to run', async () => {
  openAws()
  const pauses: number[] = []
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms)
    stage.at(Date.now() + ms)
  }
  await env.SUBMITTER.getByName(SUBMITTER).offer(Array.from({ length: 100 }, (_, n) => frozen(n + 1)))
  await runSubmitter({
    pause,
    env: {
      LEDGER: faulty(
        env.LEDGER,
        'settle',
        Array.from({ length: 500 }, () => 'lost before' as const),
      ),
    },
  })
  expect(pauses).toEqual([112, 112, 112])
})

test('cron delivers orders, wakes the Submitter and visits Ledgers nothing was heard of (money §7)', async () => {
  openAws()
  const id = await buy(1)
  expect(await wakeMetering(stage.edge)).toEqual([`ordered ${id}`])
  await use(id, 13_000)
  stage.at(NOW + 90 * MINUTE_MS)
  expect(await wakeMetering(stage.edge)).toEqual(['visited 1 ledgers'])
  expect(await statesOf(id)).toEqual(['3 waiting'])
  expect(await wakeMetering(stage.edge)).toEqual([])
})

test('a minute’s cron asks for visits until fewer are made than one call may make (money §7 *Alarms*)', async () => {
  openAws()
  const made = [MONTH_END_VISITS_MAX, MONTH_END_VISITS_MAX, 7]
  const getByName = (name: string) =>
    Object.assign(Object.create(env.SUBMITTER.getByName(name)), { visit: async () => made.shift() ?? 0 })
  const submitters = Object.assign(Object.create(env.SUBMITTER), { getByName })
  const edge = { ...stage.edge, settings: { ...stage.edge.settings, submitters } }
  expect(await wakeMetering(edge)).toEqual([`visited ${2 * MONTH_END_VISITS_MAX + 7} ledgers`])
  expect(made).toEqual([])
})

test('while D1 is down cron still wakes the Submitter and visits Ledgers (money §7 *Alarms*)', async () => {
  openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(NOW + 90 * MINUTE_MS)
  const down = {
    prepare: () => {
      throw new Error('D1 is down')
    },
  }
  const db: D1Database = Object.assign(Object.create(env.DB), down)
  const edge = { ...stage.edge, settings: { ...stage.edge.settings, db } }
  expect(await wakeMetering(edge)).toEqual(['visited 1 ledgers'])
  expect(await statesOf(id)).toEqual(['3 waiting'])
})

test('what is due is run in the order of time and name, until every hour is frozen and answered (design §9)', async () => {
  openAws()
  const ids = [await buy(2), await buy(1)]
  expect(await dueOf(stage.edge)).toBe(NOW)
  await deliverOrders(stage.edge)
  for (const id of ids) await use(id, 13_000)
  stage.at(FREEZE)
  expect((await settledBefore(stage.edge, HOUR + HOUR_MS)).settled).toBe(false)

  const did = await runDueObjects(stage.edge, Date.now())
  expect(did.slice(0, 2)).toEqual([`ran ledger ${subscription(1)}`, `ran ledger ${subscription(2)}`])
  stage.at(NOW + HOUR_MS)
  await Promise.all(ids.map((id) => runLedger(id)))
  expect(await dueOf(stage.edge)).toBeLessThanOrEqual(Date.now())
  expect((await settledBefore(stage.edge, HOUR + HOUR_MS)).waiting).toHaveLength(2)
  await runSubmitter()
  expect(await settledBefore(stage.edge, HOUR + HOUR_MS)).toEqual({ settled: true, waiting: [] })
})

test('a subscription without an order counts, waits, and is not waited for', async () => {
  const id = await buy(1)
  await env.DB.prepare('DELETE FROM orders').run()
  expect(await use(id, 13_000)).toEqual(['counted'])
  await runLedger(id)
  expect(await statesOf(id)).toEqual([])
  expect(await settledBefore(stage.edge, NOW)).toEqual({ settled: true, waiting: [] })
})
