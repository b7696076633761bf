/** What waits for a person and what a person does about it, over the routes and through the real objects (money §9). */
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import type { RecordRow } from '../../../shared/ledger/ledger.ts'
import type {
  ExportPage,
  Page,
  ParkedRow,
  Repaired,
  RepairEntry,
  RestoreReport,
} from '../../../shared/ledger/repair.ts'
import type { ParkedLine, RefusedLine } from '../../../shared/operator/wire.ts'
import { keepRefusedRows } from '../../../worker/db/refused.ts'
import { buy, FREEZE, openAws, runSubmitter, statesOf, subscription, use } from '../metering/stage.ts'
import { awsError } from '../support.ts'
import { closeOperator, openOperator, type OperatorStage } from './stage.ts'

afterEach(closeOperator)

const ID = subscription(1)
const PATH = `/subscriptions/${ID}`
const SIGNED = { who: 'ada', why: 'the dimension was added to the listing' }

let made = 0
const signed = () => ({ id: `act-${String((made += 1)).padStart(8, '0')}`, ...SIGNED })

interface Refused {
  readonly code: string
  readonly detail: string
  readonly record: RecordRow | null
}

/** One subscription whose hour AWS refused for its dimension, alone: it is parked. Answers the record. */
async function parkOne(stage: OperatorStage): Promise<RecordRow> {
  openAws(() => awsError('InvalidUsageDimensionException'))
  await buy(1)
  await stage.post('/run')
  await use(ID, 12_000)
  stage.at(FREEZE + 60 * 60_000)
  await stage.post('/run/ledgers')
  await runSubmitter()
  await stage.post('/run/ledgers')
  openAws()
  const { body } = await stage.get<Page<RecordRow>>(`${PATH}/records`)
  const [record] = body.rows
  if (record?.state !== 'parked') throw new Error(`the record is ${record?.state}`)
  return record
}

const seen = ({ key, state, settledAt }: RecordRow) => ({ record: key, seen: { state, settledAt } })

test('what is parked is listed with its value and the acts that are open to it', async () => {
  const stage = await openOperator()
  const record = await parkOne(stage)
  await buy(2)
  const all = await stage.get<Page<ParkedLine>>('/parked')
  const row: ParkedRow = {
    kind: 'record',
    record,
    holdUntil: null,
    unanswered: false,
    dollars: '0.20',
    open: ['retry', 'move', 'write off'],
  }
  expect(all.body).toMatchObject({
    rows: [
      { id: ID, product: 'subscription', parked: { rows: [row], next: null }, ledger: { stopped: null } },
      { id: subscription(2), product: 'subscription', parked: { rows: [], next: null } },
    ],
    next: null,
  })
  expect((await stage.get(`${PATH}/parked`)).body).toEqual({ rows: [row], next: null })
})

test('a retry sends the identical record once more, and AWS bills it', async () => {
  const stage = await openOperator()
  const record = await parkOne(stage)
  const done = await stage.post<Repaired>(`${PATH}/acts`, { ...signed(), kind: 'retry', ...seen(record) })
  expect(done).toMatchObject({ status: 200, body: { value: { amount: '2', dollars: '0.20' }, entry: 1 } })
  await stage.post('/run/ledgers')
  await runSubmitter()
  expect(await statesOf(ID)).toEqual(['2 billed'])
})

test('an act that came twice is done once and answered the same; another act under its id is refused', async () => {
  const stage = await openOperator()
  const record = await parkOne(stage)
  const act = { ...signed(), kind: 'move', ...seen(record) }
  const first = await stage.post<Repaired>(`${PATH}/acts`, act)
  const second = await stage.post<Repaired>(`${PATH}/acts`, act)
  expect([first.status, second]).toEqual([200, { ...first, headers: second.headers }])
  const other = await stage.post<Refused>(`${PATH}/acts`, { ...act, kind: 'write off' })
  expect(other).toMatchObject({ status: 422, body: { code: 'not-allowed' } })
  const log = await stage.get<Page<RepairEntry>>(`${PATH}/repairs`)
  expect(log.body.rows.map(({ entry, kind, who, hash }) => [entry, kind, who, hash])).toEqual([
    [1, 'move', 'ada', first.body.hash],
  ])
})

test('an act on a record that changed meanwhile is refused with the record as it is now', async () => {
  const stage = await openOperator()
  const record = await parkOne(stage)
  await stage.post(`${PATH}/acts`, { ...signed(), kind: 'write off', ...seen(record) })
  const late = await stage.post<Refused>(`${PATH}/acts`, { ...signed(), kind: 'move', ...seen(record) })
  expect(late).toMatchObject({
    status: 409,
    body: { code: 'changed', record: { key: record.key, state: 'written off' } },
  })
  expect(await statesOf(ID)).toEqual(['2 written off InvalidUsageDimensionException'])
})

test.each<[string, (record: RecordRow) => object, number, string]>([
  [
    'a record that is not there',
    (record) => ({ kind: 'move', ...seen({ ...record, key: 'no|such|1' }) }),
    404,
    'not-found',
  ],
  [
    'evidence where nothing is in doubt',
    (record) => ({ kind: 'evidence', ...seen(record), from: 'cloudtrail', evidence: 'e', says: 'billed' }),
    422,
    'not-allowed',
  ],
  [
    'a release of what is not held',
    () => ({ kind: 'release', what: { kind: 'subscription' } }),
    409,
    'changed',
  ],
  ['a hold of a dimension it does not have', () => ({ kind: 'hold', dimension: 'seats' }), 404, 'not-found'],
  ['half an act', () => ({ kind: 'move' }), 400, 'bad-parameter'],
])('%s is refused and nothing is done', async (_, work, status, code) => {
  const stage = await openOperator()
  const record = await parkOne(stage)
  const answer = await stage.post<Refused>(`${PATH}/acts`, { ...signed(), ...work(record) })
  expect([answer.status, answer.body.code]).toEqual([status, code])
  expect((await stage.get<Page<RepairEntry>>(`${PATH}/repairs`)).body.rows).toEqual([])
  expect(await statesOf(ID)).toEqual(['2 parked InvalidUsageDimensionException'])
})

test.each(['{', '', '"act"', '[]', `{"id":"${'a'.repeat(2_000_000)}"}`])(
  'a body that is no act is refused (%#)',
  async (body) => {
    const stage = await openOperator()
    await buy(1)
    expect((await stage.post(`${PATH}/acts`, body)).status).toBeOneOf([400, 413])
  },
)

test('an act on a subscription that is not there reaches no Ledger', async () => {
  const stage = await openOperator()
  const hold = { ...signed(), kind: 'hold', dimension: null }
  expect(await stage.post(`/subscriptions/${subscription(7)}/acts`, hold)).toMatchObject({ status: 404 })
})

test('while a subscription is held nothing of it freezes, and it is among what waits; released it goes on', async () => {
  const stage = await openOperator()
  await buy(1)
  await stage.post('/run')
  await use(ID, 12_000)
  const hold = { ...signed(), kind: 'hold', dimension: null }
  expect((await stage.post(`${PATH}/acts`, hold)).status).toBe(200)
  stage.at(FREEZE + 60_000)
  await stage.post('/run/ledgers')
  expect(await statesOf(ID)).toEqual([])
  const waits = await stage.get<Page<ParkedRow>>(`${PATH}/parked`)
  expect(waits.body.rows).toMatchObject([{ kind: 'hold', dimension: null, who: 'ada', why: SIGNED.why }])
  const release = { ...signed(), kind: 'release', what: { kind: 'subscription' } }
  expect((await stage.post(`${PATH}/acts`, release)).status).toBe(200)
  await stage.post('/run/ledgers')
  expect(await statesOf(ID)).toEqual(['2 waiting'])
})

test('an export holds every row, page by page, and a table can be asked for by itself', async () => {
  const stage = await openOperator()
  await parkOne(stage)
  const whole = await stage.get<ExportPage>(`${PATH}/export`)
  const rows: string[] = []
  let after = ''
  do {
    const page = await stage.get<ExportPage>(`${PATH}/export?limit=7${after}`)
    rows.push(...page.body.rows)
    after = page.body.next === null ? '' : `&after=${encodeURIComponent(page.body.next)}`
  } while (after !== '')
  expect(rows).toEqual(whole.body.rows)
  const tables = new Set(rows.map((row) => (JSON.parse(row) as { table: string }).table))
  expect([...tables]).toEqual(expect.arrayContaining(['records', 'lines', 'receipts', 'usage', 'periods']))
  const receipts = await stage.get<ExportPage>(`${PATH}/export?table=receipts&limit=1`)
  expect(JSON.parse(receipts.body.rows[0] ?? '')).toMatchObject({
    table: 'receipts',
    row: { state: 'parked' },
  })
})

test.each(['x', '{}', '[]', '[{}]', '["a b"]', '[1.5]'])(
  'the place %s was given by no page',
  async (place) => {
    const stage = await openOperator()
    await buy(1)
    for (const route of ['parked', 'export'])
      expect(await stage.get(`${PATH}/${route}?after=${encodeURIComponent(place)}`)).toMatchObject({
        status: 400,
      })
  },
)

test('a restore check of what was never restored finds no difference', async () => {
  const stage = await openOperator()
  await parkOne(stage)
  const report = await stage.post<RestoreReport>(`${PATH}/restore-check`, signed())
  expect(report).toMatchObject({ status: 200, body: { done: true, adopted: [], corrected: [], settled: [] } })
  expect((await stage.post(`${PATH}/restore-check`, {})).status).toBe(400)
})

test('a Ledger set back to before its order is told it again before it is compared (money §9)', async () => {
  const stage = await openOperator()
  await buy(1)
  // As far as D1 knows the Ledger had it.
  await env.DB.prepare('UPDATE orders SET delivered_ms = 1').run()
  const { body } = await stage.post<RestoreReport>(`${PATH}/restore-check`, signed())
  expect(body.done).toBe(true)
  expect((await env.LEDGER.getByName(ID).status()).orderVersion).toBe(1)
})

test('held, the Submitters send nothing; released, they go on', async () => {
  const stage = await openOperator()
  const aws = openAws()
  await buy(1)
  await stage.post('/run')
  await use(ID, 12_000)
  stage.at(FREEZE + 60 * 60_000)
  await stage.post('/run/ledgers')
  expect((await stage.post('/sending/hold', signed())).status).toBe(200)
  await runSubmitter()
  const heldBack = aws.total()
  expect((await stage.post('/sending/release', signed())).status).toBe(200)
  await runSubmitter()
  expect([heldBack, aws.total()]).toEqual([0, 2])
  expect((await stage.post('/sending/stop', signed())).status).toBe(400)
})

test('what a door refused is listed by number and replayed once its cause is gone (money §1)', async () => {
  const stage = await openOperator()
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  await buy(1)
  await stage.post('/run')
  const event = {
    id: 'e1',
    subscription: ID,
    meter: 'api_calls',
    time: '2031-05-12T10:00:00Z',
    quantity: 12_000,
  }
  await keepRefusedRows(
    env.DB,
    [
      {
        door: 'queue',
        source: 'queue',
        eventId: 'e1',
        hash: 1,
        reason: 'unknown-subscription',
        message: 'There was no such subscription.',
        subscription: null,
        product: null,
        meter: 'api_calls',
        amount: '12000',
        value: '0.20',
        hourMs: null,
        event: JSON.stringify(event),
        apiKey: null,
      },
    ],
    stage.edge.clocks.business(),
  )
  const list = await stage.get<Page<RefusedLine>>('/refused')
  expect(list.body).toMatchObject({ rows: [{ number: 1, replayable: true, value: '0.20' }], next: null })
  expect(await stage.post('/refused/1/replay', signed())).toMatchObject({
    status: 200,
    body: { result: 'counted' },
  })
  expect((await stage.get<Page<RefusedLine>>('/refused')).body.rows).toEqual([])
  expect(await stage.post('/refused/9/replay', signed())).toMatchObject({ status: 404 })
  expect((await stage.post('/refused/1/replay', {})).status).toBe(400)
  expect((await stage.get('/refused?after=x')).status).toBe(400)
})
