/** Records over the API: what is not simply billed from D1, one subscription's own from its Ledger. */
import { env } from 'cloudflare:workers'
import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hourOf } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { Identity, SubscriptionId } from '../../../shared/subscription.ts'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import { ledgerTermsOf } from '../../../worker/metering/terms.ts'
import { seller } from '../../../worker/seller.ts'
import { migrate } from '../support.ts'
import { activate, addSubscription, DAY, MINUTE, now, openDoor, type Door } from './support.ts'

beforeEach(migrate)
afterEach(reset)

const hour = Date.parse('2026-11-21T09:00:00Z')

async function addRecord(
  key: string,
  over: { product?: string; state?: string; reason?: string; hour?: number } = {},
): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO open_records (key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms, revision)
     VALUES (?, 'sub_0123456789ABCDEFGHIJKL', ?, 'api_calls_1k', ?, 7, ?, ?, ?, 1)`,
  )
    .bind(
      key,
      over.product ?? 'subscription',
      over.hour ?? hour,
      over.state ?? 'parked',
      over.reason ?? null,
      hour + 86_400_000,
    )
    .run()
}

interface Page {
  readonly records: readonly { readonly key: string }[]
  readonly next: string | null
}

async function list(door: Door, query = ''): Promise<Page> {
  const response = await door.fetch(`/v1/records${query}`, {
    headers: { authorization: `Bearer ${door.key}` },
  })
  expect(response.status).toBe(200)
  return response.json<Page>()
}

const keysOf = (page: Page): string[] => page.records.map(({ key }) => key)

test('a record is shown with its hour, deadline, state and reason', async () => {
  const door = await openDoor()
  await addRecord('us-east-1|a|b', { reason: 'uncollectable' })
  expect(await list(door)).toEqual({
    records: [
      {
        key: 'us-east-1|a|b',
        subscription: 'sub_0123456789ABCDEFGHIJKL',
        product: 'subscription',
        dimension: 'api_calls_1k',
        hour: '2026-11-21T09:00:00.000Z',
        quantity: 7,
        state: 'parked',
        reason: 'uncollectable',
        deadline: '2026-11-22T09:00:00.000Z',
      },
    ],
    next: null,
  })
})

test('every page follows the one before, with no record twice and none left out', async () => {
  const door = await openDoor()
  const keys = ['a', 'b', 'c|d', 'e&f', 'g']
  for (const key of keys) await addRecord(key)
  const seen: string[] = []
  let next: string | null = ''
  for (let pages = 0; next !== null && pages < 10; pages++) {
    const after: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`
    const page = await list(door, `?limit=2${after}`)
    seen.push(...keysOf(page))
    next = page.next
  }
  expect(seen).toEqual(keys)
})

test('product and state choose; a key sees its own products only', async () => {
  const door = await openDoor()
  await addRecord('a')
  await addRecord('b', { state: 'doubtful' })
  await addRecord('c', { product: 'contract' })
  expect(keysOf(await list(door, '?state=doubtful'))).toEqual(['b'])
  expect(keysOf(await list(door, '?product=contract'))).toEqual(['c'])
  expect(keysOf(await list(door, '?product=subscription&state=parked'))).toEqual(['a'])

  const narrow = await openDoor(['contract'])
  expect(keysOf(await list(narrow))).toEqual(['c'])
  expect(keysOf(await list(narrow, '?product=subscription'))).toEqual([])
  expect(keysOf(await list(await openDoor([])))).toEqual([])
})

test.each([
  '?limit=0',
  '?limit=1001',
  '?limit=-1',
  '?limit=1e2',
  '?limit=',
  '?state=PARKED',
  '?state=lost',
  '?state=',
  '?stat=parked',
  '?state=parked&__proto__=1',
])('a parameter that is not understood is refused, not ignored: %s', async (query) => {
  const door = await openDoor()
  const id = await addSubscription()
  for (const path of ['/v1/records', `/v1/subscriptions/${id}/records`]) {
    const response = await door.fetch(path + query, { headers: { authorization: `Bearer ${door.key}` } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'bad-parameter' })
  }
})

test.each([
  'x',
  '%00',
  'MTIz',
  btoa('abc def'),
  btoa('-1 key'),
  btoa('1 key'),
  btoa(`0${hour} key`),
  btoa(`${hour} two words`),
  btoa(`${hour} `),
  btoa(`${hour} k\u00e9y`),
  `${btoa(`${hour} key`)}=====`,
  btoa(`${hour} key`).replace(/k=$/, 'l='),
  'a'.repeat(3000),
])('a cursor that no page gave is refused: %s', async (after) => {
  const door = await openDoor()
  const id = await addSubscription()
  const cursor = after.includes('%') ? after : encodeURIComponent(after)
  for (const path of ['/v1/records', `/v1/subscriptions/${id}/records`]) {
    const response = await door.fetch(`${path}?after=${cursor}`, {
      headers: { authorization: `Bearer ${door.key}` },
    })
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([400, 'bad-parameter'])
  }
})

test('a walk sees every record that was there when it began, whatever freezes or is billed meanwhile', async () => {
  const door = await openDoor()
  const hours = [0, 1, 2, 3].map((at) => hour + at * 3_600_000)
  for (const [at, time] of hours.entries()) await addRecord(`key${9 - at}`, { hour: time })
  const first = await list(door, '?limit=2')
  await addRecord('key0', { hour: hours[0] ?? 0 })
  await addRecord('key1', { hour: hour + 9 * 3_600_000 })
  await env.DB.prepare("DELETE FROM open_records WHERE key = 'key8'").run()
  const rest = await list(door, `?after=${encodeURIComponent(first.next ?? '')}`)
  expect([keysOf(first), keysOf(rest)]).toEqual([
    ['key9', 'key8'],
    ['key7', 'key6', 'key1'],
  ])
})

test('billed records are asked for by subscription, and the refusal says where', async () => {
  const door = await openDoor()
  const response = await door.fetch('/v1/records?state=billed', {
    headers: { authorization: `Bearer ${door.key}` },
  })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { code: 'bad-parameter', detail: expect.stringContaining('/v1/subscriptions/{id}/records?state=billed') },
  ])
})

test("the records of another product's subscription are not found, as those of one that is not there", async () => {
  const door = await openDoor(['contract'])
  const theirs = await addSubscription({ product: 'subscription' })
  const answers = await Promise.all(
    [theirs, theirs.replaceAll('A', 'B')].map(async (id) => {
      const response = await door.fetch(`/v1/subscriptions/${id}/records`, {
        headers: { authorization: `Bearer ${door.key}` },
      })
      return [response.status, await response.text()]
    }),
  )
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]?.[0]).toBe(404)
})

test("a subscription's own records come from its Ledger, newest first, page by page", async () => {
  const door = await openDoor()
  const identity: Identity = {
    kind: 'product-account',
    productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
    account: '012345678901',
    region: 'us-east-1',
    fromHour: hourOf(now - 60 * DAY),
  }
  const subscription = await activate(await addSubscription(), { identities: [identity] })
  await useHourly(subscription, 5)

  const path = `/v1/subscriptions/${subscription}/records`
  const all = await read(door, path)
  expect(all.next).toBeNull()
  expect(all.records.length).toBeGreaterThanOrEqual(4)
  const hours = all.records.map((record) => record.hour)
  expect(hours).toEqual(hours.toSorted().toReversed())
  expect(all.records[0]).toMatchObject({
    dimension: 'api_calls_1k',
    state: 'waiting',
    reason: null,
    identity,
    receipt: null,
  })

  const paged: unknown[] = []
  let next: string | null = ''
  for (let pages = 0; next !== null && pages < 10; pages++) {
    const page: LedgerPage = await read(
      door,
      `${path}?limit=2${next && `&after=${encodeURIComponent(next)}`}`,
    )
    paged.push(...page.records)
    next = page.next
  }
  expect(paged).toEqual(all.records)
  expect((await read(door, `${path}?state=billed`)).records).toEqual([])
})

interface LedgerPage {
  readonly records: readonly { readonly hour: string; readonly quantity: number }[]
  readonly next: string | null
}

async function read(door: Door, path: string): Promise<LedgerPage> {
  const response = await door.fetch(path, { headers: { authorization: `Bearer ${door.key}` } })
  expect(response.status).toBe(200)
  return response.json<LedgerPage>()
}

/** Usage of the coming hours and their freezing, without the object, which would hand the records on. */
async function useHourly(subscription: SubscriptionId, hours: number): Promise<void> {
  await runInDurableObject(env.LEDGER.getByName(subscription), (_object, state) => {
    const ledger = openLedger(
      openObjectSql(state.storage),
      ledgerTermsOf(seller, subscription, 'a secret of the tests'),
    )
    for (let hour = 1; hour <= hours; hour++) {
      const time = hourOf(now) + hour * 60 * MINUTE
      const event = { source: 'app', id: `e${hour}`, meter: 'api_calls', time }
      ledger.take({ kind: 'ids', events: [{ ...event, kind: 'quantity', quantity: 20_000_000_000n }] }, time)
      ledger.runDue(time + 75 * MINUTE)
    }
  })
}
