/** Money §8, row by row, without and after an unanswered attempt. */
import { expect, test } from 'vitest'
import { HOUR_MS } from '../../../shared/hour.ts'
import type { FrozenRecord, Settlement } from '../../../shared/submission/record.ts'
import {
  answerAll,
  callAt,
  lost,
  minutes,
  NOW,
  openEngine,
  record,
  refused,
  settled,
  type Answer,
  type Opened,
  type Status,
} from './support.ts'

/** An engine with one record whose first attempt, where asked for, went unanswered; and when it may go next. */
function prepare(
  unanswered: boolean,
  over: Partial<FrozenRecord> = {},
): Opened & { now: number; key: string } {
  const opened = openEngine()
  const only = record(1, over)
  opened.engine.offer([only], NOW)
  if (!unanswered) return { ...opened, now: NOW, key: only.key }
  opened.engine.answered(callAt(opened.engine, NOW).attempt, lost, NOW)
  return { ...opened, now: opened.engine.nextWake() ?? 0, key: only.key }
}

const STATUS: readonly [Status, boolean, Pick<Settlement, 'state' | 'reason'>][] = [
  ['Success', false, { state: 'billed', reason: null }],
  ['Success', true, { state: 'billed', reason: null }],
  ['DuplicateRecord', false, { state: 'parked', reason: 'conflict' }],
  ['DuplicateRecord', true, { state: 'doubtful', reason: 'conflict' }],
]
test.each(STATUS)('%s (an unanswered attempt before it: %s) settles as %o', (status, before, ending) => {
  const { engine, now, key } = prepare(before)
  const call = callAt(engine, now)
  engine.answered(call.attempt, answerAll(call, status), now)
  expect(settled(engine, now)[key]).toMatchObject({ ...ending, attempt: call.attempt, unanswered: before })
})

const ROW_7 = [
  'InvalidUsageDimensionException',
  'InvalidLicenseException',
  'InvalidCustomerIdentifierException',
  'InvalidTagException',
  'InvalidUsageAllocationsException',
  'ValidationException',
]
test.each(ROW_7)('%s, alone: parked under its name, doubtful after an unanswered attempt (row 7)', (name) => {
  for (const before of [false, true]) {
    const { engine, now, key } = prepare(before)
    engine.answered(callAt(engine, now).attempt, refused(name), now)
    expect(settled(engine, now)[key]).toMatchObject({ state: before ? 'doubtful' : 'parked', reason: name })
  }
})

test('TimestampOutOfBounds, alone: expired, doubtful after an unanswered attempt (row 7)', () => {
  for (const before of [false, true]) {
    const { engine, now, key } = prepare(before)
    engine.answered(callAt(engine, now).attempt, refused('TimestampOutOfBoundsException'), now)
    expect(settled(engine, now)[key]).toMatchObject({
      state: before ? 'doubtful' : 'expired',
      attempt: before ? 2 : 1,
    })
  }
})

const AGAIN: readonly [string, (call: Parameters<typeof answerAll>[0]) => Answer][] = [
  ['UnprocessedRecords', (call) => answerAll(call, 'Unprocessed')],
  ['ThrottlingException', () => refused('ThrottlingException')],
]
test.each(AGAIN)('%s: the identical record again after its own pause, unmarked (row 5)', (_name, answer) => {
  const { engine, key } = prepare(false)
  const first = callAt(engine, NOW)
  engine.answered(first.attempt, answer(first), NOW)
  expect(engine.next(NOW)).toBeUndefined()

  const wake = engine.nextWake() ?? 0
  expect(wake).toBeGreaterThan(NOW)
  const second = callAt(engine, wake)
  expect(second.records).toEqual(first.records)
  engine.answered(second.attempt, answerAll(second, 'DuplicateRecord'), wake)
  expect(settled(engine, wake)[key]).toMatchObject({ state: 'parked', unanswered: false })
})

const UNANSWERED: readonly [string, Answer][] = [
  ['a timeout', lost],
  ['a 500', refused('InternalServiceErrorException', 500)],
  ['a 503 that names throttling', refused('ThrottlingException', 503)],
  ['a bare 502', { ok: false, error: { kind: 'unexpected_status', status: 502 } }],
  ['HTML for a 200', { ok: false, error: { kind: 'unexpected_body', message: 'html' } }],
  ['an empty 200', { ok: true, value: {} }],
  ['Results that are no list', { ok: true, value: { Results: 'all' } }],
]
test.each(UNANSWERED)('%s marks the record unanswered, and it goes again (row 6)', (_name, answer) => {
  const { engine, key } = prepare(false)
  const first = callAt(engine, NOW)
  engine.answered(first.attempt, answer, NOW)
  const wake = engine.nextWake() ?? 0
  const second = callAt(engine, wake)
  expect(second.records).toEqual(first.records)
  engine.answered(second.attempt, answerAll(second, 'DuplicateRecord'), wake)
  expect(settled(engine, wake)[key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

test.each([
  [false, 'parked'],
  [true, 'doubtful'],
])(
  'CustomerNotSubscribed: every 15 minutes until the deadline (unanswered: %s), then %s (row 4)',
  (before, state) => {
    const { engine, key, ...from } = prepare(before, { deadline: NOW + HOUR_MS })
    const tries: number[] = []
    let now = from.now
    for (let call = engine.next(now); call !== undefined; call = engine.next(now)) {
      tries.push(now)
      engine.answered(call.attempt, answerAll(call, 'CustomerNotSubscribed'), now)
      now = engine.nextWake() ?? 0
    }
    expect(tries.map((at) => at - from.now)).toEqual([0, minutes(15), minutes(30), minutes(45)])
    expect(now).toBe(NOW + HOUR_MS)
    expect(settled(engine, now)[key]).toMatchObject({ state, reason: 'uncollectable', unanswered: before })
  },
)

test('CustomerNotSubscribed that turns into Success is billed (row 4)', () => {
  const { engine, key } = prepare(false)
  const first = callAt(engine, NOW)
  engine.answered(first.attempt, answerAll(first, 'CustomerNotSubscribed'), NOW)
  const second = callAt(engine, NOW + minutes(15))
  engine.answered(second.attempt, answerAll(second, 'Success'), NOW + minutes(15))
  expect(settled(engine, NOW + minutes(15))[key]).toMatchObject({ state: 'billed' })
})

const ROW_9 = [
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'DisabledApiException',
  'InvalidProductCodeException',
  'InvalidEndpointRegionException',
  'SomethingNewException',
]
test.each(ROW_9)('%s stops the lane: nothing is halved, nothing is parked (row 9)', (name) => {
  const { engine } = openEngine()
  engine.offer([record(1), record(2)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused(name), NOW)
  expect(engine.next(NOW + minutes(4))).toBeUndefined()
  expect(settled(engine, NOW)).toEqual({})
  expect(engine.backlog(NOW)).toMatchObject({ waiting: 2, lanes: [{ reason: name }] })
})

test.each([
  ['never sent', undefined, 'expired', 0],
  ['throttled before', refused('ThrottlingException'), 'expired', 1],
  ['unanswered before', lost, 'doubtful', 1],
])('past its deadline, %s: %s (row 10)', (_name, answer, state, attempt) => {
  const deadline = NOW + minutes(30)
  const { engine, key } = prepare(false, { deadline })
  if (answer !== undefined) engine.answered(callAt(engine, NOW).attempt, answer, NOW)
  engine.sweep(deadline - 1)
  expect(settled(engine, deadline - 1)).toEqual({})
  expect(engine.next(deadline)).toBeUndefined()
  expect(settled(engine, deadline)[key]).toMatchObject({ state, attempt, unanswered: state === 'doubtful' })
})

test('an unanswered mark stays through throttling, stops and halving until Success', () => {
  const { engine, now, key } = prepare(true)
  let at = now
  for (const answer of [refused('ThrottlingException'), refused('AccessDeniedException'), lost]) {
    engine.answered(callAt(engine, at).attempt, answer, at)
    at = engine.nextWake() ?? 0
  }
  const last = callAt(engine, at)
  engine.answered(last.attempt, refused('InvalidLicenseException'), at)
  expect(settled(engine, at)[key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

const FINAL: readonly [
  string,
  (call: Parameters<typeof answerAll>[0]) => Answer,
  Pick<Settlement, 'state' | 'reason'>,
][] = [
  ['Success', (call) => answerAll(call, 'Success'), { state: 'billed', reason: null }],
  [
    'CustomerNotSubscribed',
    (call) => answerAll(call, 'CustomerNotSubscribed'),
    { state: 'parked', reason: 'ended' },
  ],
  [
    'TimestampOutOfBounds',
    () => refused('TimestampOutOfBoundsException'),
    { state: 'parked', reason: 'ended' },
  ],
  [
    'InvalidLicense',
    () => refused('InvalidLicenseException'),
    { state: 'parked', reason: 'InvalidLicenseException' },
  ],
  ['a timeout', () => lost, { state: 'doubtful', reason: 'ended' }],
]
test.each(FINAL)(
  'a final record is tried once after its deadline, alone; %s ends it (money §6)',
  (_name, answer, ending) => {
    const { engine } = openEngine()
    const finals = [1, 2].map((n) => record(n, { final: true, deadline: NOW - 1 }))
    engine.offer(finals, NOW)
    const call = callAt(engine, NOW)
    expect(call.records).toHaveLength(1)
    engine.answered(call.attempt, answer(call), NOW)
    engine.sweep(NOW)
    expect(settled(engine, NOW)[call.records[0]?.key ?? '']).toMatchObject(ending)
  },
)

test('a final record that is throttled after its deadline has not been tried yet (money §6)', () => {
  const { engine, key } = prepare(false, { final: true, deadline: NOW - 1 })
  engine.answered(callAt(engine, NOW).attempt, refused('ThrottlingException'), NOW)
  const wake = engine.nextWake() ?? 0
  const call = callAt(engine, wake)
  engine.answered(call.attempt, answerAll(call, 'Success'), wake)
  expect(settled(engine, wake)[key]).toMatchObject({ state: 'billed' })
})

test('a final record that AWS does not take yet has its last try at the deadline (money §6)', () => {
  const deadline = NOW + minutes(20)
  const { engine, key } = prepare(false, { final: true, deadline })
  const tries: number[] = []
  for (
    let now: number | null = NOW;
    now !== null && settled(engine, now)[key] === undefined;
    now = engine.nextWake()
  ) {
    const call = engine.next(now)
    if (call === undefined) continue
    tries.push(now - NOW)
    engine.answered(call.attempt, answerAll(call, 'CustomerNotSubscribed'), now)
  }
  expect(tries).toEqual([0, minutes(15), minutes(20)])
  expect(settled(engine, deadline)[key]).toMatchObject({ state: 'parked', reason: 'ended' })
})

test.each([
  ['refused over another record', () => refused('InvalidLicenseException')],
  ['lost', () => lost],
])(
  'a record that an end overtakes in a batch that is %s still has its try alone (money §6 (4))',
  (_name, answer) => {
    const { engine } = openEngine()
    engine.offer([record(1), record(2)], NOW)
    const batch = callAt(engine, NOW)
    expect(batch.records).toHaveLength(2)
    const final = record(1, { final: true, deadline: NOW - minutes(60) })
    engine.offer([final], NOW)
    engine.answered(batch.attempt, answer(), NOW)
    engine.sweep(NOW)
    expect(settled(engine, NOW)).toEqual({})
    const later = NOW + minutes(1)
    const alone = callAt(engine, later)
    expect(alone.records.map((one) => one.key)).toEqual([final.key])
    engine.answered(alone.attempt, answerAll(alone, 'Success'), later)
    expect(settled(engine, later)[final.key]).toMatchObject({ state: 'billed' })
  },
)
