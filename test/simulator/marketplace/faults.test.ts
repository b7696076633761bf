/** Faults on demand, the machine's chance, and its queues. */
import { expect, test } from 'vitest'
import { apply, newState } from '../../../simulator/marketplace/machine.ts'
import { billOf } from '../../../simulator/marketplace/bill.ts'
import type { Command } from '../../../simulator/marketplace/commands.ts'
import type { FaultKind } from '../../../simulator/marketplace/fault.ts'
import type { Json, State } from '../../../simulator/marketplace/model.ts'
import { BUYER, HOUR_MS, Market, NOON, SELLER, VIEW, bodyOf, record, statuses } from '../market.ts'

const fault = (
  market: Market,
  kind: FaultKind,
  on: string,
  more: { count?: number; probability?: number } = {},
) => market.do({ kind: 'set_fault', fault: kind, on, ...more })

const QUEUE = { QueueUrl: `http://127.0.0.1:4600/${SELLER}/marketplace-events` }

test.each([
  ['throttle', 'ThrottlingException', 0],
  ['internal_error_before_commit', 'InternalServiceErrorException', 0],
  ['internal_error_after_commit', 'InternalServiceErrorException', 1],
] as const)(
  '%s is answered %s and leaves %i records; the identical retry ends with one',
  (kind, code, billed) => {
    const market = new Market()
    const agreement = market.buyActive()
    fault(market, { kind }, 'BatchMeterUsage')
    const sent = record(market, agreement)
    expect(statuses(market.meter(sent))).toBe(code)
    expect(Object.keys(market.state.bill)).toHaveLength(billed)
    expect(statuses(market.meter(sent))).toEqual(['Success'])
    expect(Object.values(market.state.bill).map((line) => line.quantity)).toEqual([5])
  },
)

test('a lost reply is a batch that was billed and an answer that is cut; the retry is Success', () => {
  const market = new Market()
  const agreement = market.buyActive()
  fault(market, { kind: 'lost_reply' }, 'BatchMeterUsage')
  expect(market.meter(record(market, agreement)).reply).toBe('cut')
  expect(Object.keys(market.state.bill)).toHaveLength(1)
  expect(statuses(market.meter(record(market, agreement)))).toEqual(['Success'])
  expect(Object.keys(market.state.bill)).toHaveLength(1)
})

test.each([
  ['all', 4, 4],
  [2, 2, 2],
  ['some', 1, 4],
] as const)(
  'with %s records unprocessed, those are handed back and not billed (facts §2.3)',
  (records, least, most) => {
    const market = new Market()
    const agreement = market.buyActive()
    market.pass(4 * HOUR_MS)
    const sent = [0, 1, 2, 3].map((h) =>
      record(market, agreement, { Timestamp: market.business / 1000 - h * 3600 }),
    )
    fault(market, { kind: 'unprocessed', records }, 'BatchMeterUsage')
    const answer = bodyOf(market.meter(...sent)) as { Results: Json[]; UnprocessedRecords: Json[] }
    const back = answer.UnprocessedRecords
    expect(back.length).toBeGreaterThanOrEqual(least)
    expect(back.length).toBeLessThanOrEqual(most)
    expect([answer.Results.length, Object.keys(market.state.bill).length]).toEqual([
      4 - back.length,
      4 - back.length,
    ])
    expect(sent).toEqual(expect.arrayContaining(back))
    expect(statuses(market.meter(...back))).toEqual(back.map(() => 'Success'))
  },
)

test('a fault hits as often as its count says, one with a probability about that often', () => {
  const market = new Market()
  const calls = (n: number) =>
    Array.from({ length: n }, () => market.call('GetQueueUrl', { QueueName: 'marketplace-events' }).ok)
  fault(market, { kind: 'throttle' }, 'GetQueueUrl', { count: 2 })
  expect(calls(3)).toEqual([false, false, true])
  fault(market, { kind: 'throttle' }, '*', { probability: 0.25 })
  const hit = calls(4_000).filter((ok) => !ok).length
  expect(hit).toBeGreaterThan(900)
  expect(hit).toBeLessThan(1_100)
  expect(market.do({ kind: 'clear_faults' })).toEqual({ cleared: 1 })
  expect(calls(20)).not.toContain(false)
})

test.each<[FaultKind, string]>([
  [{ kind: 'throttle' }, 'DoSomething'],
  [{ kind: 'unprocessed', records: 0 }, 'BatchMeterUsage'],
  [{ kind: 'unprocessed', records: 'all' }, 'ResolveCustomer'],
  [{ kind: 'event_delay', delayMs: -1 }, '*'],
  [{ kind: 'message_duplicate' }, 'SendMessage'],
])('the fault %j on %s is refused with a sentence', (kind, on) => {
  const answer = fault(new Market(), kind, on)
  expect(answer.ok ? '' : answer.error.message).toMatch(/\.$/)
})

const delivered = (market: Market) =>
  market.state.delivered.map((d) => [d.detailType.split(' - ')[0], d.deliveredAt - NOON])

test('a delayed event comes later and tells the time it happened', () => {
  const market = new Market()
  fault(market, { kind: 'event_delay', delayMs: HOUR_MS }, 'License Updated')
  const agreement = market.buyActive()
  expect(agreement.activatedAt).toBe(NOON + 72_000)
  market.pass(HOUR_MS)
  expect(delivered(market)).toEqual([
    ['Purchase Agreement Created', 11_000],
    ['License Updated', 72_000 + HOUR_MS],
  ])
  expect(market.state.delivered[1]?.at).toBe(NOON + 72_000)
})

test('a duplicated event comes twice with one id', () => {
  const market = new Market()
  fault(market, { kind: 'event_duplicate' }, 'License Updated - Manufacturer')
  market.buyActive()
  const [, first, second] = market.state.delivered
  expect(second).toEqual(first)
  expect(market.state.queues['marketplace-events']?.messages).toHaveLength(3)
})

test('a reordered event comes after the next one of its agreement', () => {
  const market = new Market()
  fault(market, { kind: 'event_reorder' }, 'Purchase Agreement Created')
  market.buyActive()
  expect(delivered(market).map(([type]) => type)).toEqual(['License Updated', 'Purchase Agreement Created'])
})

interface Received {
  Messages?: { Body: string; ReceiptHandle: string; MessageId: string }[]
}

function receive(market: Market, more: { [name: string]: Json } = {}): NonNullable<Received['Messages']> {
  const answer = market.call('ReceiveMessage', { ...QUEUE, MaxNumberOfMessages: 10, ...more })
  return (bodyOf(answer) as Received).Messages ?? []
}

test('a received message is hidden for its visibility timeout, to the millisecond of wall time', () => {
  const market = new Market()
  market.call('SendMessage', { ...QUEUE, MessageBody: 'hello' })
  const [message] = receive(market, { VisibilityTimeout: 10 })
  expect(message?.Body).toBe('hello')
  market.wall += 7_999
  expect(receive(market)).toEqual([])
  market.wall -= 2_000 - 1
  expect(receive(market)).toHaveLength(1)
})

test('a deleted message is gone; an older receipt handle deletes nothing and is no error', () => {
  const market = new Market()
  market.call('SendMessage', { ...QUEUE, MessageBody: 'hello' })
  const [first] = receive(market, { VisibilityTimeout: 0 })
  const [second] = receive(market, { VisibilityTimeout: 0 })
  const remove = (ReceiptHandle = '') => market.call('DeleteMessage', { ...QUEUE, ReceiptHandle }).ok
  expect([remove(first?.ReceiptHandle), receive(market, { VisibilityTimeout: 30 }).length]).toEqual([true, 1])
  expect(second?.MessageId).toBe(first?.MessageId)
  market.wall += 60_000
  const [third] = receive(market)
  expect(remove(third?.ReceiptHandle)).toBe(true)
  market.wall += 60_000
  expect(receive(market)).toEqual([])
})

test('with the fault for it, a message that was received and deleted is handed out again', () => {
  const market = new Market()
  market.call('SendMessage', { ...QUEUE, MessageBody: 'hello' })
  fault(market, { kind: 'message_duplicate' }, 'ReceiveMessage')
  const [first] = receive(market)
  market.call('DeleteMessage', { ...QUEUE, ReceiptHandle: first?.ReceiptHandle ?? '' })
  const [again] = receive(market)
  expect([again?.Body, again?.MessageId]).toEqual(['hello', first?.MessageId])
})

test('the bill is exact where floats are not, and is cut by product, account and month', () => {
  const market = new Market(1, Date.parse('2026-11-30T20:00:00Z'))
  const agreement = market.buyActive()
  const other = market.buyActive({ account: '999999999999' })
  market.pass(6 * HOUR_MS)
  const at = (iso: string) => ({ Timestamp: Date.parse(iso) / 1000 })
  market.meter(
    record(market, agreement, { ...at('2026-11-30T21:00:00Z'), Quantity: 3 }),
    record(market, agreement, { ...at('2026-12-01T00:00:00Z'), Quantity: 2_147_483_647 }),
    record(market, agreement, { ...at('2026-11-30T21:00:00Z'), Dimension: 'storage', Quantity: 7 }),
    record(market, other, { ...at('2026-11-30T21:00:00Z'), Quantity: 1 }),
  )
  const november = billOf(market.state, { account: BUYER, month: Date.parse('2026-11-01T00:00:00Z') })
  expect(november.totals).toEqual([
    { dimension: 'calls', units: 3, dollars: '0.30' },
    { dimension: 'storage', units: 7, dollars: '0.00000021' },
  ])
  expect(november.dollars).toBe('0.30000021')
  expect(billOf(market.state, { account: BUYER }).dollars).toBe('214748365.00000021')
  expect(billOf(market.state, { product: 'contract' })).toEqual({ lines: [], totals: [], dollars: '0.00' })
})

test('usage of a free trial is metered and costs nothing (facts §8)', () => {
  const market = new Market()
  const agreement = market.buyActive({ trial: true })
  market.meter(record(market, agreement))
  expect(billOf(market.state).totals).toEqual([{ dimension: 'calls', units: 5, dollars: '0.00' }])
})

/** A few hundred commands drawn from a seed of the test's own, faults among them. */
function play(seed: number, onEach?: (state: State) => State): State {
  let state = newState(seed, NOON)
  let business = NOON
  const times = () => ({ business, wall: business + 5 })
  const run = (command: Command) => apply(state, command, times())
  run({ kind: 'set_view', view: VIEW })
  run({ kind: 'set_fault', fault: { kind: 'unprocessed', records: 'some' }, on: '*', probability: 0.3 })
  run({ kind: 'set_fault', fault: { kind: 'internal_error_after_commit' }, on: '*', probability: 0.2 })
  run({ kind: 'set_fault', fault: { kind: 'event_reorder' }, on: '*', probability: 0.3 })
  run({ kind: 'set_fault', fault: { kind: 'message_duplicate' }, on: '*', probability: 0.3 })
  for (let i = 0; i < 300; i++) {
    const caller = { account: SELLER, region: 'us-east-1' }
    if (i % 10 === 0) run({ kind: 'subscribe', product: 'usage', account: BUYER })
    const agreements = Object.values(state.agreements)
    const agreement = agreements[i % agreements.length]
    const UsageRecords: Json[] = [0, 1].map((h) => ({
      Timestamp: Math.floor(business / 1000) - h * 3600,
      CustomerAWSAccountId: BUYER,
      LicenseArn: agreement?.licenseArn ?? '',
      Dimension: 'calls',
      Quantity: i,
    }))
    run({ kind: 'api', operation: 'BatchMeterUsage', caller, input: { UsageRecords } })
    run({ kind: 'api', operation: 'ReceiveMessage', caller, input: { ...QUEUE, MaxNumberOfMessages: 3 } })
    if (i % 50 === 49) run({ kind: 'cancel', agreementId: agreement?.id ?? '', by: 'buyer' })
    business += 47_000
    run({ kind: 'set_business_time', now: business })
    run({ kind: 'release_due' })
    if (onEach !== undefined) state = onEach(state)
  }
  return state
}

test('the same commands at the same times give the same state; another seed gives other ids', () => {
  expect(play(7)).toEqual(play(7))
  expect(Object.keys(play(8).agreements)).not.toEqual(Object.keys(play(7).agreements))
})

test('the state is plain JSON: written and read back after each command it goes on the same', () => {
  expect(play(7, (state) => JSON.parse(JSON.stringify(state)) as State)).toEqual(play(7))
})
