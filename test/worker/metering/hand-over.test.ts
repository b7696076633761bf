/** Money §7 in workerd: from usage to a billed record, with each call between objects lost before or after it ran. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HOUR_MS, hourOf, MINUTE_MS, refusedFrom } from '../../../shared/hour.ts'
import { openSubmission } from '../../../shared/submission/submission.ts'
import { offerAt } from '../../../worker/metering/hand-over.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import { seller } from '../../../worker/seller.ts'
import { awsError } from '../support.ts'
import {
  buy,
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
  subscription,
  SUBMITTER,
  use,
  type Fault,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

/** Runs both objects until neither has anything due, moving time to their wakes. */
async function settleAll(id: `sub_${string}`, until = NOW + 2 * HOUR_MS): Promise<void> {
  for (let step = 0; step < 60; step++) {
    await runLedger(id)
    const wakes = [await runSubmitter(), await env.LEDGER.getByName(id).nextWake()].filter(
      (wake) => wake !== null,
    )
    const next = Math.min(...wakes, Number.MAX_SAFE_INTEGER)
    if (next > until) return
    stage.at(Math.max(Date.now(), next))
  }
  throw new Error('never settled')
}

test('usage of an hour is frozen, offered, sent once and billed; the read model follows', async () => {
  const aws = openAws()
  const id = await buy(1)
  expect(await deliverOrders(stage.edge)).toEqual([id])
  expect(await use(id, 12_500)).toEqual(['counted'])
  await settleAll(id)

  expect(await statesOf(id)).toEqual(['2 billed'])
  expect(aws.calls.map((call) => call.body)).toEqual([
    {
      UsageRecords: [
        {
          Timestamp: HOUR / 1_000,
          Dimension: 'api_calls_1k',
          Quantity: 2,
          CustomerAWSAccountId: '000000000001',
          LicenseArn: 'arn:aws:license-manager::294406891311:license:l-00000000000000000000000000000001',
        },
      ],
    },
  ])
  const days = await env.DB.prepare('SELECT dimension, counted, billed FROM usage_days').all()
  expect(days.results).toEqual([{ dimension: 'api_calls_1k', counted: '12500', billed: '2' }])
  expect((await env.DB.prepare('SELECT * FROM open_records').all()).results).toEqual([])
  expect(await env.LEDGER.getByName(id).audit()).toEqual([])
})

const LOSSES: readonly [string, 'offer' | 'settle', Fault[]][] = [
  ['an offer lost before it ran', 'offer', ['lost before']],
  ['an offer lost after it ran', 'offer', ['lost after']],
  ['a settle lost before it ran', 'settle', ['lost before']],
  ['a settle lost after it ran', 'settle', ['lost after']],
  ['a settle lost both ways, twice', 'settle', ['lost before', 'lost after', 'lost after', 'lost before']],
]
test.each(LOSSES)('%s: AWS gets one record, the Ledger one receipt', async (_name, method, faults) => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  const left = [...faults]
  const ledgerEnv = method === 'offer' ? { SUBMITTER: faulty(env.SUBMITTER, method, left) } : {}
  const submitterEnv = method === 'settle' ? { LEDGER: faulty(env.LEDGER, method, left) } : {}
  for (let step = 0; step < 40 && (left.length > 0 || !(await statesOf(id)).includes('3 billed')); step++) {
    await runLedger(id, ledgerEnv)
    await runSubmitter({ env: submitterEnv })
    stage.at(Date.now() + 2 * MINUTE_MS)
  }
  expect(left).toEqual([])
  expect(await statesOf(id)).toEqual(['3 billed'])
  expect(aws.calls).toHaveLength(1)
  await settleAll(id)
  expect(aws.calls).toHaveLength(1)
  expect(await runSubmitter()).toBeNull()
})

test('an answer lost after AWS stored it: the identical record again, billed once (G.2 faults 7 and 8)', async () => {
  let lose = 2
  const aws = openAws((call, hold) => {
    const answer = hold(call)
    return lose-- > 0 ? awsError('InternalServiceErrorException', 500) : answer
  })
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  await settleAll(id)
  expect(await statesOf(id)).toEqual(['3 billed'])
  expect(aws.calls.map((call) => call.body)).toEqual(Array.from({ length: 3 }, () => aws.calls[0]?.body))
  expect(aws.total()).toBe(3)
})

test('a process that dies between attempt and answer: the record goes again and remembers it', async () => {
  const aws = openAws((call) => {
    const [usage] = call.body['UsageRecords'] as object[]
    return Response.json({
      Results: [{ UsageRecord: usage, MeteringRecordId: 'x', Status: 'DuplicateRecord' }],
    })
  })
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  await runLedger(id)
  await runInDurableObject(env.SUBMITTER.getByName(SUBMITTER), (_object, state) => {
    const engine = openSubmission(openObjectSql(state.storage), { region: 'us-east-1', ratePerSecond: 9 })
    expect(engine.next(Date.now())?.records).toHaveLength(1)
  })
  await settleAll(id)
  expect(aws.calls).toHaveLength(1)
  expect(await statesOf(id)).toEqual(['3 doubtful conflict'])
  const open = await env.DB.prepare('SELECT state, reason, quantity FROM open_records').all()
  expect(open.results).toEqual([{ state: 'doubtful', reason: 'conflict', quantity: 3 }])
})

test('a Ledger that acknowledges nothing is asked again later, not without end', async () => {
  openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  await runLedger(id)
  let asked = 0
  const silent = { getByName: () => ({ settle: async () => ((asked += 1), []) }) }
  const wake = await runSubmitter({ env: { LEDGER: Object.assign(Object.create(env.LEDGER), silent) } })
  expect(asked).toBe(1)
  expect(wake).toBeGreaterThan(FREEZE)
  await settleAll(id)
  expect(await statesOf(id)).toEqual(['3 billed'])
})

test('an end makes the current hour final: it goes at once, whatever the spread (money §6)', async () => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000, NOW - MINUTE_MS)
  await sendOrder(
    orderFor(1, { version: 2, end: { at: NOW, takeUntil: NOW + 10 * MINUTE_MS, cause: 'deprovisioned' } }),
  )
  await deliverOrders(stage.edge)
  const wake = await runLedger(id, {}, 30 * MINUTE_MS)
  expect(wake).toBe(NOW + 10 * MINUTE_MS)
  stage.at(NOW + 10 * MINUTE_MS)
  await runLedger(id, {}, 30 * MINUTE_MS)
  await runSubmitter()
  expect(aws.total()).toBe(3)
  expect(await statesOf(id)).toEqual(['3 billed'])
})

test('offers are spread over half an hour by the subscription, not by chance (money §7)', async () => {
  openAws()
  const waits: number[] = []
  for (let n = 1; n <= 4; n++) {
    const id = await buy(n)
    await deliverOrders(stage.edge)
    await use(id, 11_000)
    stage.at(FREEZE)
    const wake = (await runLedger(id, {}, 30 * MINUTE_MS)) ?? 0
    waits.push(wake - FREEZE)
    stage.at(NOW)
  }
  for (const wait of waits) expect(wait).toBeLessThan(30 * MINUTE_MS)
  expect(new Set(waits).size).toBeGreaterThan(1)
})

test('without credentials nothing is sent, nothing is lost, and it is tried again in a minute', async () => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  stage.at(FREEZE)
  await runLedger(id)
  expect(await runSubmitter({ reachable: false })).toBe(FREEZE + MINUTE_MS)
  expect(aws.calls).toEqual([])
  stage.at(FREEZE + MINUTE_MS)
  await runSubmitter()
  expect(await statesOf(id)).toEqual(['3 billed'])
})

test('a key the Submitter holds with another quantity is an invariant that fails: both numbers, and its subscription stops (money §7 (2), §12)', async () => {
  const aws = openAws()
  const [id, other] = [await buy(1), await buy(2)]
  await deliverOrders(stage.edge)
  for (const one of [id, other]) await use(one, 13_000)
  stage.at(FREEZE)
  await runLedger(id, { SUBMITTER: faulty(env.SUBMITTER, 'offer', ['lost before']) })
  const [row] = await env.LEDGER.getByName(id).records({ limit: 1 })
  if (row === undefined) throw new Error('it is frozen')
  await env.SUBMITTER.getByName(SUBMITTER).offer([{ ...row, quantity: 9 }])
  stage.at(FREEZE + MINUTE_MS)
  for (const one of [id, other]) await runLedger(one)
  await runSubmitter()
  expect((await env.LEDGER.getByName(id).status()).stopped).toBe(
    `${row.key}: frozen as 3, the Submitter holds 9`,
  )
  expect((await env.LEDGER.getByName(other).status()).stopped).toBeNull()
  expect([aws.total(), await statesOf(other)]).toEqual([12, ['3 billed']])
})

test('a record the Submitter refuses stops its subscription, once, and holds up no other record of it (money §12)', async () => {
  const aws = openAws()
  const first = await buy(1)
  const second = await buy(2, {
    identities: [
      {
        kind: 'product-account',
        fromHour: hourOf(0),
        region: 'us-east-1',
        productCode: CODE,
        account: '000000000001',
      },
    ],
  })
  await deliverOrders(stage.edge)
  for (const id of [first, second]) {
    await use(id, 13_000)
    await use(id, 14_000, HOUR + HOUR_MS + 1_000)
  }
  stage.at(FREEZE)
  await runLedger(first)
  stage.at(FREEZE + HOUR_MS)
  expect(await runLedger(second)).toBeNull()
  expect((await env.LEDGER.getByName(second).status()).stopped).toContain('under another kind of identity')
  await runSubmitter()
  expect(await statesOf(second)).toEqual(['14 billed', '3 waiting'])
  expect(await runLedger(second)).toBeNull()
  expect(aws.total()).toBe(17)
})

test.each([
  [
    'its end, the lateness and its place in the half hour',
    '04-12T10:00',
    10,
    30,
    '04-12T11:10',
    '04-12T11:40',
  ],
  ['20 h after its start', '04-12T10:00', 1140, 30, '04-13T06:00', '04-13T06:30'],
  ['the guard, the last hour of a month', '04-30T23:00', 10, 30, '05-01T03:00', '05-01T03:30'],
  ['the guard, the first hour of a month', '05-01T00:00', 10, 30, '05-01T03:00', '05-01T03:30'],
  [
    'the guard that froze it before its lateness was over',
    '04-30T20:00',
    720,
    30,
    '05-01T03:00',
    '05-01T03:30',
  ],
  [
    'two hours before its deadline, whatever the spread',
    '04-30T23:00',
    10,
    300,
    '05-01T03:00',
    '05-01T04:00',
  ],
])('a record is offered from %s (money §5, §7)', (_name, start, lateness, spread, first, last) => {
  const hour = hourOf(Date.parse(`2031-${start}Z`))
  const record = { hour, deadline: refusedFrom(hour), final: false }
  const timing = { ...seller.timing, latenessMs: lateness * MINUTE_MS }
  const spreading = { seller: { ...seller, timing }, spreadMs: spread * MINUTE_MS }
  for (let n = 0; n < 50; n++) {
    const at = offerAt(record, subscription(n), spreading, hour)
    expect(at).toBeGreaterThanOrEqual(Date.parse(`2031-${first}Z`))
    expect(at).toBeLessThanOrEqual(Date.parse(`2031-${last}Z`))
  }
})
