/** Letting records go, taking them back, and standing witness after a restore (money §7, §8, §9). */
import { expect, test } from 'vitest'
import { DAY_MS } from '../../../shared/hour.ts'
import { letGo } from '../../../shared/submission/let-go.ts'
import { copiesOf, endCopies, holdSending } from '../../../shared/submission/restore.ts'
import {
  answerAll,
  callAt,
  lost,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  settled,
  subscription,
} from './support.ts'

const asked = (round = 0) => [{ key: record(1).key, round }]
const wordOf = (answers: ReturnType<typeof letGo>): string | undefined => answers[0]?.answer

test('a record that waits or flies is not let go, and nothing about it changes (money §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  expect(wordOf(letGo(sql, asked(), NOW))).toBe('in-flight')
  const call = callAt(engine, NOW)
  expect(wordOf(letGo(sql, asked(), NOW))).toBe('in-flight')
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  expect(wordOf(letGo(sql, asked(), NOW))).toBe('let go')
})

test('a key let go before its offer came is not stored by that offer, only by one of a later round (money §9)', () => {
  const { sql, engine } = openEngine()
  expect(wordOf(letGo(sql, asked(), NOW))).toBe('let go')
  expect(engine.offer([record(1)], NOW)).toEqual([{ key: record(1).key, kind: 'let go', round: 0 }])
  expect(engine.ready(NOW)).toBe(false)
  expect(engine.offer([record(1, { round: 1 })], NOW)).toEqual([{ key: record(1).key, kind: 'taken' }])
  expect(engine.ready(NOW)).toBe(true)
})

test('a settled key is sent again in the round its Ledger begins, never by a repeated offer of the last (money §7 (5), §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, refused('InvalidTagException'), NOW)
  const first = settled(engine, NOW)[record(1).key]
  engine.confirmed(subscription(1), [{ key: record(1).key, attempt: call.attempt }])
  letGo(sql, asked(), NOW)
  expect(engine.offer([record(1)], NOW)[0]?.kind).toBe('settled')
  expect(engine.ready(NOW)).toBe(false)

  expect(engine.offer([record(1, { round: 1 })], NOW)[0]?.kind).toBe('taken')
  expect(engine.offer([record(1, { round: 1 })], NOW)[0]?.kind).toBe('taken')
  const second = callAt(engine, NOW + minutes(1))
  expect(second.records[0]).toMatchObject({ key: record(1).key, quantity: 1, timestamp: record(1).timestamp })
  engine.answered(second.attempt, answerAll(second, 'Success'), NOW)
  const again = settled(engine, NOW)[record(1).key]
  expect([first?.state, again?.state, first?.attempt === again?.attempt]).toEqual(['parked', 'billed', false])
})

test('a round whose time runs out before any call ends under a number no earlier result had (money §7 (4))', () => {
  const { engine } = openEngine()
  const late = record(1, { deadline: NOW + 1 })
  engine.offer([late], NOW)
  engine.sweep(NOW + 1)
  const first = settled(engine, NOW + 1)[late.key]
  engine.offer([{ ...late, round: 1 }], NOW + 2)
  engine.sweep(NOW + 2)
  const second = settled(engine, NOW + 2)[late.key]
  expect([first?.state, second?.state]).toEqual(['expired', 'expired'])
  expect(second?.attempt).not.toBe(first?.attempt)
})

test('what was never answered stays so through the rounds, and when only the offer tells it (money §8)', () => {
  const { engine } = openEngine()
  engine.offer([record(1, { round: 1, unanswered: true })], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, refused('InvalidTagException'), NOW)
  expect(settled(engine, NOW)[record(1).key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

test('a copy that waits goes on in the round its Ledger has begun, with the mark that the offer tells (money §8, §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  expect(engine.offer([record(1, { round: 2, unanswered: true })], NOW)[0]?.kind).toBe('taken')
  expect(copiesOf(sql, subscription(1), '', 9).copies).toEqual([
    { record: record(1, { round: 2, unanswered: true }), flying: false, settlement: null },
  ])
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'DuplicateRecord'), NOW)
  expect(settled(engine, NOW)[record(1).key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

test('a copy that flies stays with its call when its Ledger begins a round: it is not sent beside it (money §7 (3))', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  const call = callAt(engine, NOW)
  expect(engine.offer([record(1, { round: 1 })], NOW)[0]?.kind).toBe('taken')
  expect(engine.ready(NOW)).toBe(false)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  expect(settled(engine, NOW)[record(1).key]).toMatchObject({ state: 'billed', attempt: call.attempt })
})

test('what this side knows to be unanswered stays so, though the Ledger’s next round does not say it (money §8)', () => {
  const { engine } = openEngine()
  engine.offer([record(1)], NOW)
  engine.answered(callAt(engine, NOW).attempt, lost, NOW)
  const wake = engine.nextWake() ?? 0
  const second = callAt(engine, wake)
  engine.answered(second.attempt, answerAll(second, 'DuplicateRecord'), wake)
  engine.offer([record(1, { round: 1 })], wake)
  const third = callAt(engine, wake)
  engine.answered(third.attempt, refused('InvalidTagException'), wake)
  expect(settled(engine, wake)[record(1).key]).toMatchObject({ state: 'doubtful', unanswered: true })
})

test('a key is let go up to the highest round anyone names: no earlier offer brings it back (money §9)', () => {
  const { sql, engine } = openEngine()
  expect(letGo(sql, asked(3), NOW)).toEqual([{ key: record(1).key, round: 3, answer: 'let go' }])
  expect(letGo(sql, asked(1), NOW)).toEqual([{ key: record(1).key, round: 3, answer: 'let go' }])
  expect(engine.offer([record(1, { round: 3 })], NOW)).toEqual([
    { key: record(1).key, kind: 'let go', round: 3 },
  ])
  expect(engine.offer([record(1, { round: 4 })], NOW)[0]?.kind).toBe('taken')
})

test('a copy is shown with its flight, its round and its result, and the last page says that it is the last (money §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  const shown = () => copiesOf(sql, subscription(1), '', 1).copies[0]
  expect(shown()).toEqual({ record: record(1), flying: false, settlement: null })
  const call = callAt(engine, NOW)
  expect(shown()).toEqual({ record: record(1), flying: true, settlement: null })
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  expect(shown()).toEqual({
    record: record(1),
    flying: false,
    settlement: settled(engine, NOW)[record(1).key],
  })
  expect(copiesOf(sql, subscription(1), '', 2).next).toBeNull()
  expect(copiesOf(sql, subscription(1), record(1).key, 2)).toEqual({ copies: [], next: null })
})

test('a page holds as many copies as were asked for, confirmed and waiting ones together (money §9)', () => {
  const { sql, engine } = openEngine()
  const all = records(4).map((one) => ({ ...one, subscription: subscription(1) }))
  engine.offer(all.slice(0, 2), NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  engine.confirmed(subscription(1), Object.values(settled(engine, NOW)))
  engine.offer(all.slice(2), NOW)
  const page = copiesOf(sql, subscription(1), '', 2)
  expect(page.copies.map((copy) => copy.record.key)).toEqual(all.slice(0, 2).map((one) => one.key))
  expect(page.next).toBe(all[1]?.key)
})

test('a copy its Ledger has ended is kept as long as every other: an offer in that time is answered with the end (money §7 (5))', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  const { key, deadline } = record(1)
  const end = { key, attempt: 0, at: NOW, state: 'parked', reason: 'moved', receipt: null } as const
  endCopies(sql, subscription(1), [{ ...end, unanswered: false }])
  engine.sweep(deadline + 2 * DAY_MS - 1)
  expect(engine.offer([record(1)], NOW)[0]?.kind).toBe('settled')
  engine.sweep(deadline + 2 * DAY_MS)
  expect(engine.offer([record(1)], NOW)[0]?.kind).toBe('taken')
})

test('copies are shown in pages by key, each once, with what AWS said of them (money §9)', () => {
  const { sql, engine } = openEngine()
  const all = records(5).map((one) => ({ ...one, subscription: subscription(1) }))
  engine.offer([...all, record(9)], NOW)
  const call = callAt(engine, NOW)
  engine.answered(call.attempt, lost, NOW)
  const seen: string[] = []
  let after: string | null = ''
  while (after !== null) {
    const page = copiesOf(sql, subscription(1), after, 2)
    seen.push(...page.copies.map((copy) => copy.record.key))
    expect(page.copies.every((copy) => copy.record.unanswered === true && copy.settlement === null)).toBe(
      true,
    )
    after = page.next
  }
  expect(seen).toEqual(all.map((one) => one.key).sort())
})

test('a copy its Ledger has ended is never sent, and one that flies is left to its answer (money §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1), record(2, { subscription: subscription(1) })], NOW)
  const ending = (key: string) => ({
    key,
    attempt: 0,
    at: NOW,
    state: 'parked' as const,
    reason: 'moved',
    receipt: null,
    unanswered: false,
  })
  endCopies(sql, subscription(1), [ending(record(1).key)])
  const call = callAt(engine, NOW)
  expect(call.records.map((one) => one.key)).toEqual([record(2).key])
  endCopies(sql, subscription(1), [ending(record(2).key)])
  engine.answered(call.attempt, answerAll(call, 'Success'), NOW)
  expect(Object.keys(settled(engine, NOW))).toEqual([record(2).key])
})

test('while sending is held no call is made and the Submitter does not wake for one (money §9)', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  holdSending(sql, true)
  expect([engine.ready(NOW), engine.next(NOW), (engine.nextWake() ?? 0) > NOW]).toEqual([
    false,
    undefined,
    true,
  ])
  holdSending(sql, false)
  expect([engine.ready(NOW), (engine.nextWake() ?? 0) <= NOW]).toEqual([true, true])
})
