/** Sequence mode over HTTP (money §1 *Sequence*): one batch under one number, all or nothing, through to real Ledgers. */
import { env } from 'cloudflare:workers'
import { listDurableObjectIds, reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { Sql, SqlRow, SqlValue } from '../../../shared/sql.ts'
import { openObjectSql } from '../../../worker/metering/sql.ts'
import { ledgerTermsOf } from '../../../worker/metering/terms.ts'
import { seller } from '../../../worker/seller.ts'
import { migrate } from '../support.ts'
import {
  activate,
  addSubscription,
  ago,
  countedOf,
  DAY,
  MINUTE,
  openDoor,
  refusedRows,
  type Door,
} from './support.ts'

beforeEach(migrate)
afterEach(reset)

const epoch = 'epoch-0123456789-abcdef'
const event = (quantity: number | string = 1, over: object = {}) => ({
  meter: 'api_calls',
  quantity,
  time: ago(5 * MINUTE),
  ...over,
})

async function send(door: Door, body: object) {
  const response = await door.post({ epoch, sequence: 0, ...body })
  return { status: response.status, body: await response.json<Record<string, unknown>>() }
}

test('a batch counts once under its number, and the answer is one word for all of it', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const batch = { subscription, sequence: 3, events: [event(1), event('2.5'), event(1)] }
  expect(await send(door, batch)).toEqual({
    status: 200,
    body: { sequence: 3, result: 'counted', events: 3 },
  })
  expect(await send(door, batch)).toEqual({
    status: 200,
    body: { sequence: 3, result: 'duplicate', events: 3 },
  })
  expect(await countedOf(subscription)).toBe('4.5')
})

test('gaps and any order of numbers are normal; each number counts once', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  for (const sequence of [7, 2, 100, 2, 7]) {
    expect((await send(door, { subscription, sequence, events: [event(sequence)] })).status).toBe(200)
  }
  expect(await countedOf(subscription)).toBe('109')
})

test('the same number of another epoch, source or subscription is another batch', async () => {
  const door = await openDoor()
  const first = await activate(await addSubscription())
  const second = await activate(await addSubscription())
  for (const over of [
    { subscription: first },
    { subscription: first, epoch: `${epoch}-2` },
    { subscription: first, source: 'eu-1' },
    { subscription: second },
  ]) {
    expect((await send(door, { ...over, events: [event(1)] })).body['result']).toBe('counted')
  }
  expect([await countedOf(first), await countedOf(second)]).toEqual(['3', '1'])
})

test('the same number with another content is a conflict, never a duplicate, and changes nothing', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const time = ago(MINUTE)
  await send(door, { subscription, events: [event(1, { time })] })
  for (const events of [
    [event(2, { time })],
    [event(1, { time }), event(0, { time })],
    [event(1, { time: ago(0) })],
  ]) {
    const { status, body } = await send(door, { subscription, events })
    expect([status, body['code'], body['refused']]).toEqual([409, 'conflict', []])
  }
  expect(await countedOf(subscription)).toBe('1')
})

test('if one event is refused none is stored, the answer says which, and the number is free', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const good = event(1)
  const { status, body } = await send(door, {
    subscription,
    events: [good, event(1, { meter: 'api_cals' }), good, event(1, { time: ago(35 * DAY), id: 'mine' })],
  })
  expect(status).toBe(422)
  expect(body).toMatchObject({
    code: 'batch-refused',
    result: 'refused',
    sequence: 0,
    refused: [
      { at: 1, id: `${epoch}:0:1`, code: 'unknown-meter' },
      { at: 3, id: 'mine', code: 'too-old' },
    ],
  })
  expect(await countedOf(subscription)).toBe('0')
  expect((await send(door, { subscription, events: [good, good] })).body['result']).toBe('counted')
  expect(await countedOf(subscription)).toBe('2')
})

test('an event whose form is wrong refuses the batch before any Ledger is asked, and is kept with its value', async () => {
  const door = await openDoor()
  const subscription = await addSubscription()
  const before = (await listDurableObjectIds(env.LEDGER)).length
  const { status, body } = await send(door, { subscription, events: [event(12_500), event(-1), event(500)] })
  expect(status).toBe(422)
  expect(body).toMatchObject({ code: 'batch-refused', refused: [{ at: 1, code: 'amount-out-of-range' }] })
  expect(await listDurableObjectIds(env.LEDGER)).toHaveLength(before)
  expect(await refusedRows()).toMatchObject([
    { event_id: `${epoch}:0`, reason: 'batch-refused', meter: 'api_calls', amount: '13000', value: '1.3' },
  ])
})

test('usage after an end is refused by its events; a retry of what was counted before it is a duplicate', async () => {
  const door = await openDoor()
  const subscription = await activate(await addSubscription())
  const batch = { subscription, events: [event(1, { time: ago(2 * 60 * MINUTE) })] }
  await send(door, batch)
  await activate(subscription, {
    version: 2,
    end: {
      at: Date.parse(ago(60 * MINUTE)),
      takeUntil: Date.parse(ago(50 * MINUTE)),
      cause: 'deprovisioned',
    },
  })
  expect((await send(door, batch)).body['result']).toBe('duplicate')
  const late = await send(door, { subscription, sequence: 1, events: [event(1)] })
  expect([late.status, late.body['code']]).toEqual([410, 'ended'])
})

test('G.3 rows 34, 35: an unknown subscription and that of another product are answered alike', async () => {
  const door = await openDoor(['contract'])
  const theirs = await addSubscription({ product: 'subscription' })
  const answers = []
  for (const subscription of [theirs, `sub_${'z'.repeat(22)}`]) {
    const { status, body } = await send(door, { subscription, events: [event()] })
    answers.push([status, body['code'], String(body['detail']).replace(subscription, '')])
  }
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]?.slice(0, 2)).toEqual([404, 'unknown-subscription'])
})

test('a Ledger that cannot be asked costs the batch an again with Retry-After; the retry counts it once', async () => {
  const subscription = await activate(await addSubscription())
  const door = await openDoor()
  const batch = { epoch, sequence: 0, subscription, events: [event(5)] }
  const rename = (from: string, to: string): Promise<void> =>
    runInDurableObject(env.LEDGER.getByName(subscription), (_, state) => {
      state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
    })
  await rename('sequences', 'out_of_reach')
  const response = await door.post(batch)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await response.json()).toMatchObject({ code: 'again', result: 'again', sequence: 0 })
  await rename('out_of_reach', 'sequences')
  await send(door, batch)
  await send(door, batch)
  expect(await countedOf(subscription)).toBe('5')
})

test('a batch of 1 000 sums writes at most three rows: 3 000 a million events', async () => {
  const subscription = await activate(await addSubscription())
  const events = Array.from({ length: 1_000 }, (_, at) => ({
    kind: 'quantity' as const,
    source: 'key',
    id: String(at),
    meter: 'api_calls',
    time: Date.parse(ago(5 * MINUTE)),
    quantity: 1_000_000n,
  }))
  const rows = await runInDurableObject(env.LEDGER.getByName(subscription), (_, state) => {
    let written = 0
    const port = openObjectSql(state.storage)
    const counting: Sql = {
      ...port,
      all<R extends SqlRow>(text: string, ...params: readonly SqlValue[]): R[] {
        const cursor = state.storage.sql.exec(text, ...params)
        const found = cursor.toArray() as R[]
        written += cursor.rowsWritten
        return found
      },
    }
    const ledger = openLedger(counting, ledgerTermsOf(seller, subscription, null))
    const perBatch: number[] = []
    for (let sequence = 0; sequence < 3; sequence += 1) {
      written = 0
      ledger.take({ kind: 'sequence', source: 'key', epoch, sequence, events }, Date.now())
      perBatch.push(written)
    }
    return perBatch
  })
  expect(rows[1]).toBeLessThanOrEqual(3)
  expect(rows[2]).toBeLessThanOrEqual(3)
})
