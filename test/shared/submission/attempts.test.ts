/** What is stored of a call to AWS, whose answer moves what, and the one try that a final record has after its deadline. */
import { expect, test } from 'vitest'
import type { WireRecord } from '../../../shared/aws/batch-meter-usage.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import {
  answerAll,
  answerEach,
  callAt,
  minutes,
  NOW,
  openEngine,
  receiptOf,
  record,
  records,
  refused,
  settled,
  type Answer,
  type Opened,
  type Status,
} from './support.ts'

const attemptsOf = ({ sql }: Opened) =>
  sql
    .all<{ outcome: string; keys: string; answers: string }>('select outcome, keys, answers from attempts')
    .map(({ outcome, keys, answers }) => ({
      outcome,
      keys: JSON.parse(keys) as unknown,
      answers: JSON.parse(answers) as unknown,
    }))

test('AWS’s answer is written beside each record it was no Success for; a Success is all in its copy (money §8)', () => {
  const opened = openEngine()
  const [billed, other, later] = [record(1), record(2), record(3)]
  opened.engine.offer([billed, other, later], NOW)
  const call = callAt(opened.engine, NOW)
  const said: Record<string, Status> = { '000000000002': 'DuplicateRecord', '000000000003': 'Unprocessed' }
  const wires: WireRecord[] = []
  const answer = answerEach(call, (usage) => {
    wires.push(usage)
    return said[usage.CustomerAWSAccountId ?? ''] ?? 'Success'
  })
  opened.engine.answered(call.attempt, answer, NOW)
  const duplicate = wires.find((usage) => usage.CustomerAWSAccountId === '000000000002')
  expect(attemptsOf(opened)).toEqual([
    {
      outcome: 'taken',
      keys: [other.key, later.key],
      answers: {
        [other.key]: { kind: 'duplicate', receipt: duplicate && receiptOf(duplicate) },
        [later.key]: { kind: 'unprocessed' },
      },
    },
  ])
})

test('of a call that was refused the keys and AWS’s own words are kept (money §8)', () => {
  const opened = openEngine()
  opened.engine.offer([record(1), record(2)], NOW)
  opened.engine.answered(callAt(opened.engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  expect(attemptsOf(opened)).toEqual([
    {
      outcome: 'stopped',
      keys: [record(1).key, record(2).key],
      answers: { kind: 'refused', name: 'AccessDeniedException', message: 'no', status: 400 },
    },
  ])
})

test('an attempt whose process died is kept as one that got no answer, in words (money §8 row 6)', () => {
  const opened = openEngine()
  opened.engine.offer([record(1)], NOW)
  callAt(opened.engine, NOW)
  opened.engine.abandon([], NOW)
  expect(attemptsOf(opened)).toEqual([
    {
      outcome: 'unanswered',
      keys: [record(1).key],
      answers: {
        kind: 'unreachable',
        cause: 'network',
        message: 'the process ended before an answer came',
      },
    },
  ])
})

test('of two calls in flight the answer to one moves its own records only, in whatever order answers come', () => {
  const { engine } = openEngine()
  engine.offer(records(50), NOW)
  const first = callAt(engine, NOW)
  const second = callAt(engine, NOW)
  engine.answered(second.attempt, answerAll(second, 'Success'), NOW)
  expect(Object.keys(settled(engine, NOW)).toSorted()).toEqual(
    second.records.map((one) => one.key).toSorted(),
  )
  engine.abandon([first.attempt], NOW)
  engine.answered(first.attempt, answerAll(first, 'Success'), NOW)
  const ended = Object.values(settled(engine, NOW))
  expect(ended.filter(({ state, unanswered }) => state === 'billed' && !unanswered)).toHaveLength(50)
})

test.each<[string, (call: Call) => Answer]>([
  ['as a whole', () => refused('ThrottlingException')],
  ['record by record', (call) => answerAll(call, 'Unprocessed')],
])(
  'two batches that are throttled at once, %s, do not come back at once; each stays together (money §8 row 5)',
  (_name, answer) => {
    const { sql, engine } = openEngine()
    engine.offer(records(50), NOW)
    const calls = [callAt(engine, NOW), callAt(engine, NOW)]
    for (const call of calls) engine.answered(call.attempt, answer(call), NOW)
    const times = sql.all<{ copies: number }>('select count(*) as copies from copies group by resume_ms')
    expect(times).toEqual([{ copies: 25 }, { copies: 25 }])
  },
)

test('a stopped lane is not opened by a probe whose record is in neither list of the answer (money §8 rows 6, 9)', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('AccessDeniedException'), NOW)
  const later = NOW + minutes(5)
  const probe = callAt(engine, later)
  engine.answered(probe.attempt, { ok: true, value: { Results: [], UnprocessedRecords: [] } }, later)
  expect(engine.backlog(later).lanes).toMatchObject([{ reason: 'AccessDeniedException' }])
})

test.each([NOW - minutes(60), NOW])(
  'an end overtakes a batch that AWS does not take yet: the try alone is 15 minutes later (money §6 (4), §8 row 4)',
  (deadline) => {
    const { engine } = openEngine()
    engine.offer([record(1), record(2)], NOW - minutes(1))
    const batch = callAt(engine, NOW - minutes(1))
    const final = record(1, { final: true, deadline })
    engine.offer([final], NOW)
    engine.answered(batch.attempt, answerAll(batch, 'CustomerNotSubscribed'), NOW)
    expect(engine.next(NOW + minutes(15) - 1)).toBeUndefined()
    expect(callAt(engine, NOW + minutes(15)).records.map((one) => one.key)).toEqual([final.key])
  },
)

test('a final record past its deadline whose dimension stands still has had its try with the probe: `ended` (money §6 (5))', () => {
  const { engine } = openEngine()
  const sick = [1, 2, 3].map((n) => record(n))
  for (const [n, one] of sick.entries()) {
    engine.offer([one], NOW + n)
    engine.answered(callAt(engine, NOW + n).attempt, refused('InvalidUsageDimensionException'), NOW + n)
  }
  expect(engine.backlog(NOW).stops).toHaveLength(1)
  const final = record(4, { final: true, deadline: NOW - 1 })
  engine.offer([final], NOW + 3)
  expect(engine.next(NOW + 3)).toBeUndefined()

  const later = NOW + minutes(6)
  const probe = callAt(engine, later)
  expect(probe.records.map((one) => one.key)).toEqual([final.key])
  engine.answered(probe.attempt, refused('InvalidUsageDimensionException'), later)
  engine.sweep(later)
  expect(settled(engine, later)[final.key]).toMatchObject({ state: 'parked', reason: 'ended' })
})
