/** The control API, over a real store. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { ok } from '../../../shared/result.ts'
import type { TestFront } from './front.ts'
import { LANDING, buyActive, openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

test('the clock tells both times and when the next event is due', async () => {
  expect((await front.json('GET', '/clock')).body).toEqual({
    business: '2026-11-21T12:00:00.000Z',
    wall: '2026-11-21T12:00:00.000Z',
    next: null,
    moving: false,
  })
})

test('{"advance": "PT1H"} moves the clock an hour and says what was done (design §9)', async () => {
  await front.json('POST', '/api/subscriptions', { product: 'usage', account: '444455556666' })

  const moved = await front.json('POST', '/clock', { advance: 'PT1H' })

  expect(moved.status).toBe(200)
  expect(moved.body).toMatchObject({ business: '2026-11-21T13:00:00.000Z', steps: 3, doneInAll: 2 })
  expect(moved.body['did']).toEqual([
    {
      at: '2026-11-21T12:00:11.000Z',
      by: 'simulator',
      what: expect.stringContaining('Purchase Agreement Created - Proposer'),
    },
    {
      at: '2026-11-21T12:01:12.000Z',
      by: 'simulator',
      what: expect.stringContaining('License Updated - Manufacturer'),
    },
  ])
})

test.each([
  ['hour', '2026-11-21T13:00:00.000Z'],
  ['day', '2026-11-22T00:00:00.000Z'],
  ['month', '2026-12-01T00:00:00.000Z'],
])('{"settle": "%s"} goes to its end and says whether it is settled', async (settle, business) => {
  expect(await front.json('POST', '/clock', { settle })).toMatchObject({
    status: 200,
    body: { business, settled: true, waiting: [] },
  })
})

test('{"to": …} moves to an instant', async () => {
  expect((await front.json('POST', '/clock', { to: '2026-12-01T07:00:00+01:00' })).body).toMatchObject({
    business: '2026-12-01T06:00:00.000Z',
  })
})

test.each<[Json, RegExp]>([
  [{}, /Say one of/],
  [{ advance: 'PT1H', settle: 'hour' }, /Say one of/],
  [{ advance: '1h' }, /"advance" must be a duration/],
  [{ advance: 'P1M' }, /"advance" must be a duration/],
  [{ advance: 3600 }, /"advance" must be a duration/],
  [{ advance: 'P401D' }, /at most 400 days/],
  [{ to: '2030-01-01T00:00:00Z' }, /at most 400 days/],
  [{ to: '2026-12-01 06:00' }, /instant with its zone/],
  [{ settle: 'week' }, /"settle" must be one of "hour", "day", "month"/],
  [{ advance: 'PT1H', speed: 2 }, /"speed" is not known here/],
  [[1], /must be a JSON object/],
  ['PT1H', /must be a JSON object/],
  [null, /must be a JSON object/],
])('a move of the clock by %j is a bad request that says what to send', async (body, sentence) => {
  const answer = await front.ask('/clock', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  expect(answer?.status).toBe(400)
  expect(answer?.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer?.json()).toMatchObject({
    status: 400,
    code: 'bad-request',
    detail: expect.stringMatching(sentence),
  })
})

test('a clock that a participant stops answers 503 and names it', async () => {
  const away = await openTestFront([
    {
      name: 'the Worker',
      setClock: async () => ({
        ok: false,
        error: { kind: 'unreachable', participant: 'the Worker', detail: 'connection refused' },
      }),
      step: async () => ok({ did: [], next: null }),
      settled: async () => ok({ settled: true, waiting: [] }),
    },
  ])
  expect(await away.json('POST', '/clock', { advance: 'PT1H' })).toMatchObject({
    status: 503,
    body: { code: 'unreachable', detail: expect.stringContaining('the Worker could not be reached') },
  })
  await away.close()
})

test('a purchase answers its agreement, its token and the form that brings it to the seller (facts §1.2)', async () => {
  const bought = await front.json('POST', '/api/subscriptions', {
    product: 'usage',
    account: '000011112222',
    trial: true,
    licenseDelay: 'PT10S',
  })

  expect(bought).toMatchObject({
    status: 201,
    body: {
      agreement: {
        id: expect.stringMatching(/^agmt-/),
        product: 'usage',
        account: '000011112222',
        status: 'ACTIVE',
        license: { standing: 'pending' },
        pending: [
          { due: '2026-11-21T12:00:10.000Z', what: 'License Updated' },
          { due: '2026-11-21T12:00:11.000Z', what: 'Purchase Agreement Created' },
          { due: '2026-12-05T12:00:00.000Z', what: 'End of the term' },
        ],
      },
      form: {
        action: LANDING,
        fields: [
          { name: 'x-amzn-marketplace-token', value: bought.body['token'] },
          { name: 'x-amzn-marketplace-offer-type', value: 'free-trial' },
        ],
      },
    },
  })
})

test('a contract is bought with its dimensions and term', async () => {
  const bought = await front.json('POST', '/api/subscriptions', {
    product: 'contract',
    account: '444455556666',
    bought: [{ dimension: 'users', quantity: 10 }],
    term: 'year',
  })
  expect(bought.body).toMatchObject({
    agreement: { bought: [{ dimension: 'users', quantity: 10, price: '270.00' }], term: 'year' },
  })
  expect((await front.json('GET', '/api/bill')).body).toMatchObject({
    contracts: [{ month: '2026-11', dimension: 'users', units: 10, price: '270.00', dollars: '2700.00' }],
    contractDollars: '2700.00',
    usageDollars: '0.00',
  })
})

test.each<[string, Json, number, string]>([
  ['no account', { product: 'usage' }, 400, 'bad-request'],
  ['a number as an account', { product: 'usage', account: 444455556666 }, 400, 'bad-request'],
  ['eleven digits', { product: 'usage', account: '44445555666' }, 400, 'unknown-account'],
  ['an unknown product', { product: '__proto__', account: '444455556666' }, 404, 'unknown-product'],
  ['a list that is none', { product: 'contract', account: '444455556666', bought: {} }, 400, 'bad-request'],
  ['a contract of nothing', { product: 'contract', account: '444455556666' }, 400, 'bad-input'],
  ['the seller as buyer', { product: 'usage', account: '123456789012' }, 409, 'not-possible'],
])('a purchase with %s is refused and leaves nothing behind', async (_, body, status, code) => {
  expect(await front.json('POST', '/api/subscriptions', body)).toMatchObject({ status, body: { code } })
  expect(front.marketplace.state.agreements).toEqual({})
})

test('a new token of a purchase is another one; of an unknown purchase there is none', async () => {
  const { body } = await front.json('POST', '/api/subscriptions', {
    product: 'usage',
    account: '444455556666',
  })
  const { id } = body['agreement'] as { id: string }

  const again = await front.json('POST', `/api/subscriptions/${id}/token`, {})

  expect(again.status).toBe(200)
  expect(again.body['token']).not.toBe(body['token'])
  expect((await front.json('POST', '/api/subscriptions/agmt-none/token', {})).status).toBe(404)
})

test('a cancelled purchase is ended by events; a contract only by its seller (facts §8)', async () => {
  const agreement = await buyActive(front)
  expect(await front.json('POST', `/api/subscriptions/${agreement.id}/cancel`, {})).toMatchObject({
    status: 200,
    body: { agreement: { status: 'CANCELLED', license: { standing: 'active' } } },
  })
  await front.json('POST', '/clock', { advance: 'PT1M' })
  expect((await front.json('GET', '/api/state')).body['agreements']).toMatchObject([
    { license: { standing: 'ending' }, pending: [] },
  ])

  const contract = await front.json('POST', '/api/subscriptions', {
    product: 'contract',
    account: '444455556666',
    bought: [{ dimension: 'users', quantity: 1 }],
    term: 'month',
  })
  const { id } = contract.body['agreement'] as { id: string }
  expect((await front.json('POST', `/api/subscriptions/${id}/cancel`, {})).status).toBe(409)
  expect((await front.json('POST', `/api/subscriptions/${id}/cancel`, { by: 'seller' })).status).toBe(200)
})

test('the bill is exact, names its receipts and can be asked in parts', async () => {
  const one = await buyActive(front)
  const two = await buyActive(front, '444455556666')
  const record = (agreement: typeof one, dimension: string, quantity: number): Json => ({
    Timestamp: Math.floor(front.wall() / 1000),
    CustomerAWSAccountId: agreement.account,
    LicenseArn: agreement.licenseArn,
    Dimension: dimension,
    Quantity: quantity,
  })
  await front.meter(record(one, 'calls', 13), record(one, 'storage', 7))
  await front.meter(record(two, 'calls', 3))

  const all = (await front.json('GET', '/api/bill')).body
  expect(all).toMatchObject({ usageDollars: '1.60000021', contractDollars: '0.00' })
  expect(all['totals']).toEqual([
    {
      month: '2026-11',
      account: '000011112222',
      product: 'usage',
      dimension: 'calls',
      units: 13,
      dollars: '1.30',
    },
    {
      month: '2026-11',
      account: '000011112222',
      product: 'usage',
      dimension: 'storage',
      units: 7,
      dollars: '0.00000021',
    },
    {
      month: '2026-11',
      account: '444455556666',
      product: 'usage',
      dimension: 'calls',
      units: 3,
      dollars: '0.30',
    },
  ])
  expect((await front.json('GET', '/api/bill?account=444455556666')).body).toMatchObject({
    lines: [
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), account: '444455556666', quantity: 3, dollars: '0.30' },
    ],
    usageDollars: '0.30',
  })
  expect((await front.json('GET', '/api/bill?month=2026-12')).body['lines']).toEqual([])
  expect((await front.json('GET', '/api/bill?month=12')).status).toBe(400)
})

test('what AWS refused is listed beside the bill, with its reason', async () => {
  const { account, licenseArn } = await buyActive(front)
  const sent = {
    Timestamp: Math.floor(front.wall() / 1000),
    CustomerAWSAccountId: account,
    LicenseArn: licenseArn,
  }
  await front.meter({ ...sent, Dimension: 'calls', Quantity: 1 })
  await front.meter({ ...sent, Dimension: 'calls', Quantity: 2 })
  await front.meter({ ...sent, Dimension: 'nothing', Quantity: 3 })

  const { refused } = (await front.json('GET', '/api/bill')).body as {
    refused: { reason: string; quantity: number }[]
  }

  expect(refused.map(({ reason, quantity }) => [reason, quantity])).toEqual([
    ['InvalidUsageDimensionException', 3],
    ['DuplicateRecord', 2],
  ])
})

test('a fault is switched on, hits as often as asked, and is written down with the call it hit', async () => {
  const set = await front.json('POST', '/api/faults', { kind: 'throttle', on: 'BatchMeterUsage', count: 1 })
  expect(set).toEqual({ status: 201, body: { id: expect.stringMatching(/^fault-/) } })
  const { account, licenseArn } = await buyActive(front)
  const record = {
    Timestamp: Math.floor(front.wall() / 1000),
    CustomerAWSAccountId: account,
    LicenseArn: licenseArn,
    Dimension: 'calls',
    Quantity: 1,
  }

  await front.meter(record)
  await front.meter(record)

  expect((await front.json('GET', '/api/faults')).body).toMatchObject({
    faults: [],
    calls: [
      { operation: 'BatchMeterUsage', outcome: 'ok', detail: '1 of 1 records accepted' },
      { operation: 'BatchMeterUsage', outcome: 'ThrottlingException' },
    ],
  })
})

test('faults are switched off one by one, or all', async () => {
  const one = await front.json('POST', '/api/faults', { kind: 'event_delay', delay: 'PT5M' })
  await front.json('POST', '/api/faults', { kind: 'lost_reply', on: 'ResolveCustomer', probability: 0.5 })
  await front.json('POST', '/api/faults', { kind: 'unprocessed', records: 2 })
  expect(front.marketplace.state.faults).toMatchObject([
    { kind: 'event_delay', on: '*', delayMs: 300_000, count: 1, probability: 1 },
    { kind: 'lost_reply', on: 'ResolveCustomer', count: null, probability: 0.5 },
    { kind: 'unprocessed', on: 'BatchMeterUsage', records: 2, count: 1, probability: 1 },
  ])
  expect((await front.json('DELETE', `/api/faults?id=${one.body['id'] as string}`)).body).toEqual({
    cleared: 1,
  })
  expect((await front.json('DELETE', '/api/faults')).body).toEqual({ cleared: 2 })
})

test.each<[Json]>([
  [{}],
  [{ kind: 'earthquake' }],
  [{ kind: 'event_delay' }],
  [{ kind: 'throttle', on: 'FlyToTheMoon' }],
  [{ kind: 'throttle', count: 0 }],
  [{ kind: 'throttle', probability: 2 }],
])('the fault %j is refused', async (fault) => {
  expect((await front.json('POST', '/api/faults', fault)).status).toBe(400)
  expect(front.marketplace.state.faults).toEqual([])
})

test('knobs are read, turned, and refused when they do not exist or fit', async () => {
  const turned = await front.json('POST', '/api/knobs', { identicalRetry: 'DuplicateRecord' })
  expect(turned.body).toMatchObject({ identicalRetry: 'DuplicateRecord', sellerRole: 'Proposer' })
  expect((await front.json('GET', '/api/knobs')).body).toEqual(turned.body)
  expect((await front.json('POST', '/api/knobs', { gravity: 0 })).status).toBe(400)
  expect((await front.json('POST', '/api/knobs', { tokenLifeMs: -1 })).status).toBe(400)
})

test('another site and another name for this machine are turned away (cross-site, DNS rebinding)', async () => {
  const post = { method: 'POST', body: '{"advance":"PT1H"}' }
  const json = { 'content-type': 'application/json' }
  const answers = await Promise.all([
    front.ask('/clock', { ...post, headers: { ...json, 'sec-fetch-site': 'cross-site' } }),
    front.ask('/clock', { ...post, headers: { ...json, 'sec-fetch-site': 'same-site' } }),
    front.ask('/clock', { ...post, headers: { ...json, origin: 'https://example.com' } }),
    front.ask('/clock', { ...post, headers: { ...json, origin: 'null' } }),
    front.ask('/clock', { ...post, headers: { ...json, host: 'evil.example:4600' } }),
    front.ask('/api/state', { headers: { host: '127.0.0.1.evil.example:4600' } }),
  ])
  expect(answers.map((answer) => answer?.status)).toEqual([403, 403, 403, 403, 403, 403])
  expect(front.marketplace.state.business).toBe(front.wall())
})

test.each([
  ['text/plain', '{"advance":"PT1H"}', 415],
  ['application/x-www-form-urlencoded', 'advance=PT1H', 415],
  ['application/json', '{"advance":', 400],
  ['application/json; charset=utf-8', '{"advance":"PT1S"}', 200],
  ['application/json', `{"advance":"${' '.repeat(1_000_000)}"}`, 413],
])('a body of %s answers as it must', async (type, body, status) => {
  const answer = await front.ask('/clock', { method: 'POST', body, headers: { 'content-type': type } })
  expect(answer?.status).toBe(status)
})

test('a path that does not exist says where they are listed', async () => {
  expect(await front.json('GET', '/api/nothing')).toMatchObject({ status: 404, body: { code: 'not-found' } })
})
