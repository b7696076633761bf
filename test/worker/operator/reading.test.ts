/** What the operator sees of subscriptions, records and Submitters, over the routes. */
import { env } from 'cloudflare:workers'
import { afterEach, expect, test } from 'vitest'
import type {
  AuditLine,
  BacklogLine,
  RunLine,
  SubscriptionDetail,
  SubscriptionLine,
} from '../../../shared/operator/wire.ts'
import type { MonthUsage, RecordRow } from '../../../shared/ledger/ledger.ts'
import type { Page } from '../../../shared/ledger/repair.ts'
import { buy, CODE, FREEZE, HOUR, runSubmitter, SUBMITTER, subscription, use } from '../metering/stage.ts'
import { closeOperator, openOperator, type OperatorStage } from './stage.ts'

afterEach(closeOperator)

/** One subscription with an hour's record that AWS has billed, by the routes alone. */
async function billOne(stage: OperatorStage): Promise<void> {
  await buy(1)
  await stage.post('/run')
  await use(subscription(1), 12_000)
  stage.at(FREEZE + 60 * 60_000)
  await stage.post('/run/ledgers')
  // The Submitter of the tests' own environment has no credentials.
  await runSubmitter()
}

test('a run delivers orders, freezes what is due and sends it, and says which Ledgers it ran', async () => {
  const stage = await openOperator()
  await buy(1)
  await buy(2)
  const first = await stage.post<{ did: string[] }>('/run')
  expect(first).toMatchObject({
    status: 200,
    body: { did: [`ordered ${subscription(1)}`, `ordered ${subscription(2)}`] },
  })
  await use(subscription(1), 12_000)
  stage.at(FREEZE + 60 * 60_000)
  const ran = await stage.post<Page<RunLine>>('/run/ledgers')
  expect(ran.body).toMatchObject({
    rows: [{ id: subscription(1), did: 'ran' }, { id: subscription(2) }],
    next: null,
  })
  await runSubmitter()
  const rows = await env.LEDGER.getByName(subscription(1)).records({ limit: 10 })
  expect(rows.map(({ quantity, state }) => [quantity, state])).toEqual([[2, 'billed']])
})

test('subscriptions are listed page by page with where their Ledgers stand; filters choose', async () => {
  const stage = await openOperator()
  for (const n of [1, 2, 3]) await buy(n)
  await stage.post('/run')
  await use(subscription(1), 12_000)
  await env.DB.prepare("UPDATE subscriptions SET product = 'contract', state = 'ended' WHERE id = ?")
    .bind(subscription(3))
    .run()
  const first = await stage.get<Page<SubscriptionLine>>('/subscriptions?limit=2')
  const rest = await stage.get<Page<SubscriptionLine>>(`/subscriptions?limit=2&after=${first.body.next}`)
  const ids = (page: Page<SubscriptionLine>): string[] => page.rows.map(({ id }) => id)
  expect([ids(first.body), ids(rest.body), rest.body.next]).toEqual([
    [subscription(1), subscription(2)],
    [subscription(3)],
    null,
  ])
  expect(first.body.rows[0]).toMatchObject({
    product: 'subscription',
    state: 'active',
    ledger: { frozenUntil: HOUR, orderVersion: 1, waiting: null, stopped: null },
    open: { api_calls_1k: '2' },
    records: {},
  })
  expect(ids((await stage.get<Page<SubscriptionLine>>('/subscriptions?product=contract')).body)).toEqual([
    subscription(3),
  ])
  expect(ids((await stage.get<Page<SubscriptionLine>>('/subscriptions?state=active')).body)).toEqual([
    subscription(1),
    subscription(2),
  ])
})

test('records that need a person are counted beside their subscription', async () => {
  const stage = await openOperator()
  await buy(1)
  for (const [key, state] of [
    ['a', 'parked'],
    ['b', 'parked'],
    ['c', 'doubtful'],
    ['d', 'waiting'],
  ])
    await env.DB.prepare(
      `INSERT INTO open_records (key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms, revision)
       VALUES (?, ?, 'subscription', 'api_calls_1k', ?, 7, ?, NULL, ?, 1)`,
    )
      .bind(key, subscription(1), HOUR, state, HOUR)
      .run()
  const { body } = await stage.get<Page<SubscriptionLine>>('/subscriptions')
  expect(body.rows[0]?.records).toEqual({ parked: 2, doubtful: 1 })
})

test('one subscription is shown with its identities, its month and its records', async () => {
  const stage = await openOperator()
  await billOne(stage)
  await env.DB.prepare(
    "INSERT INTO identities (kind, value, product_code, region, subscription, from_hour_ms) VALUES ('license', 'l-1', ?, 'us-east-1', ?, 0)",
  )
    .bind(CODE, subscription(1))
    .run()
  const path = `/subscriptions/${subscription(1)}`
  const shown = await stage.get<SubscriptionDetail>(path)
  expect(shown.body).toMatchObject({
    id: subscription(1),
    productCode: CODE,
    identities: [{ kind: 'license', value: 'l-1', region: 'us-east-1', fromHourMs: 0 }],
    ledger: { frozenUntil: FREEZE + 50 * 60_000 },
  })
  const usage = await stage.get<MonthUsage>(`${path}/usage?month=2031-05`)
  expect(usage.body.dimensions.find(({ dimension }) => dimension === 'api_calls_1k')).toMatchObject({
    counted: '12000',
    due: '2',
    billed: '2',
  })
  const all = await stage.get<Page<RecordRow>>(`${path}/records`)
  expect(all.body).toMatchObject({ rows: [{ quantity: 2, state: 'billed', receipt: 'id-0' }], next: null })
  const ofHour = await stage.get<Page<RecordRow>>(`${path}/records?hour=${HOUR}`)
  expect(ofHour.body.rows).toEqual(all.body.rows)
  const other = await stage.get<Page<RecordRow>>(`${path}/records?hour=${HOUR + 3_600_000}`)
  expect(other.body.rows).toEqual([])
})

test('an audit shows both sides of every invariant, and each subscription is in it (money §12)', async () => {
  const stage = await openOperator()
  await billOne(stage)
  await buy(2)
  const { body } = await stage.get<Page<AuditLine>>('/audit')
  expect(body.rows.map(({ id, findings }) => [id, findings])).toEqual([
    [subscription(1), []],
    [subscription(2), []],
  ])
  expect(body.rows[0]?.accounts).toMatchObject({
    dimensions: expect.arrayContaining([
      {
        dimension: 'api_calls_1k',
        metered: true,
        due: '2',
        usage: '2',
        open: '0',
        owed: '0',
        adjusted: '0',
        adjusting: '0',
        states: { billed: '2' },
      },
    ]),
    meters: [{ meter: 'api_calls', taken: '12000', counted: '12000', setAside: {} }],
  })
  const one = await stage.get<AuditLine>(`/subscriptions/${subscription(1)}/audit`)
  expect(one.body).toEqual(body.rows[0])
})

test('the backlog names each Submitter with what waits at it', async () => {
  const stage = await openOperator()
  expect((await stage.get<Page<BacklogLine>>('/backlog')).body).toMatchObject({
    rows: [{ submitter: SUBMITTER, backlog: { waiting: 0, lanes: [], stops: [] } }],
    next: null,
  })
})

test.each([
  ['/subscriptions?limit=0', 'limit is a number from 1 to 50.'],
  ['/subscriptions?limit=51', 'limit is a number from 1 to 50.'],
  ['/audit?limit=21', 'limit is a number from 1 to 20.'],
  ['/subscriptions?product=toString', 'product is one of: contract, subscription.'],
  ['/subscriptions?state=parked', 'state is one of: pending, active, ending, ended.'],
  ['/subscriptions?after=sub_1', 'after is not what an earlier page gave'],
  ['/subscriptions?where=1', 'It takes: product, state, after, limit.'],
  [`/subscriptions/${subscription(1)}?month=2031-05`, 'a parameter that is not known'],
  [`/subscriptions/${subscription(1)}/usage?month=2031-13`, 'month is a calendar month such as 2026-11.'],
  [`/subscriptions/${subscription(1)}/usage?month=%32031`, 'month is a calendar month such as 2026-11.'],
  [`/subscriptions/${subscription(1)}/records?state=lost`, 'state is one of: waiting, billed'],
  [`/subscriptions/${subscription(1)}/records?hour=7`, 'hour is the first ms of a UTC hour.'],
  [`/subscriptions/${subscription(1)}/records?after=x`, 'after is not what an earlier page gave'],
])('%s is refused with what it takes', async (path, detail) => {
  const stage = await openOperator()
  await buy(1)
  expect(await stage.get(path)).toMatchObject({
    status: 400,
    body: { code: 'bad-parameter', detail: expect.stringContaining(detail) },
  })
})

test.each(['sub_nobody', subscription(9), '%00'])('the subscription %s is not there', async (id) => {
  const stage = await openOperator()
  for (const path of ['', '/usage', '/records'])
    expect(await stage.get(`/subscriptions/${id}${path}`)).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    })
})
