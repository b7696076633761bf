/** Random lives of a Ledger and its Submitter under repair, with calls lost and answers late, against what AWS holds (money §9, §12). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import type { RepairWork } from '../../../shared/ledger/repair.ts'
import { letGo, type LetGo } from '../../../shared/submission/let-go.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import { openSubmission } from '../../../shared/submission/submission.ts'
import { answerAll, lost, refused } from '../submission/support.ts'
import { signed } from './repair.ts'
import { at, event, ids, openWith } from './subject.ts'

const START = at('2026-11-19T09:05')

const fault = fc.constantFrom('none', 'none', 'none', 'lost before', 'lost after')
const says = fc.constantFrom('success', 'refused', 'refused', 'stored and lost', 'lost', 'unprocessed')
const step = fc.record({
  minutes: fc.oneof({ weight: 12, arbitrary: fc.nat(25) }, { weight: 1, arbitrary: fc.nat(1500) }),
  act: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('use'),
        source: fc.constantFrom('a', 'b'),
        age: fc.oneof(fc.nat(70), fc.nat(2000)),
        amount: fc.oneof(fc.nat(9), fc.nat(900)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hand over'), fault }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('late offer') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('send') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('answer'), says }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle'), fault }) },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('round'), says, handed: fault, settled: fault }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('record'),
        which: fc.nat(5),
        does: fc.constantFrom('retry', 'move', 'write off', 'evidence'),
        asks: fc.constantFrom('now', 'now', 'now', 'earlier', 'not'),
        twice: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('hold', 'release', 'hold calls', 'release calls') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('void'),
        source: fc.constantFrom('a', 'b'),
        hours: fc.nat(30),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('aside'), bills: fc.boolean() }) },
  ),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Lives it through; every step leaves every invariant of money §12, and AWS never holds what was moved on. */
function live(steps: readonly Step[], block: number, expired: 'move' | 'park'): void {
  const [home, away] = [openNodeSql(':memory:'), openNodeSql(':memory:')]
  const ledger = openWith(home, { block: String(block) }, { expired, spike: 6 })
  const submitter = openSubmission(away, { region: 'us-east-1', ratePerSecond: 9 })
  const atAws = new Map<string, number>()
  const flying: Call[] = []
  let released: LetGo[] = []
  let before: readonly FrozenRecord[] = []
  let taken = 0
  let now = START

  const store = (call: Call): void => {
    for (const { key, quantity } of call.records) {
      expect(atAws.get(key) ?? quantity, 'a quantity has one value for ever').toBe(quantity)
      atAws.set(key, quantity)
    }
  }
  const handOver = (kind: string): void => {
    ledger.runDue(now)
    const offered = ledger.offers(50)
    if (offered.length > 0) before = offered
    if (kind === 'lost before') return
    const answers = submitter.offer(offered, now)
    if (kind === 'lost after') return
    for (const answer of answers) {
      if (answer.kind === 'let go') ledger.raise(answer.key, answer.round)
      else if (answer.kind === 'settled') ledger.settle([answer.settlement], now)
      else expect(answer.kind).toBe('taken')
    }
    ledger.handed(offered)
  }
  const send = (): void => {
    submitter.abandon(
      flying.map((call) => call.attempt),
      now,
    )
    const call = submitter.next(now)
    if (call !== undefined) flying.push(call)
  }
  const answer = (says: string): void => {
    const call = flying.shift()
    if (call === undefined) return
    if (says === 'success' || says === 'stored and lost') store(call)
    const known = call.records.some((record) => atAws.has(record.key))
    const answers = {
      success: answerAll(call, 'Success'),
      refused: known ? answerAll(call, 'DuplicateRecord') : refused('InvalidTagException'),
      unprocessed: answerAll(call, 'Unprocessed'),
    }
    // What AWS holds it calls a duplicate; a batch of which it holds a part is taken whole.
    if (says === 'refused' && known) store(call)
    submitter.answered(call.attempt, answers[says as keyof typeof answers] ?? lost, now)
  }
  const settle = (kind: string): void => {
    submitter.sweep(now)
    for (const [subscription, results] of submitter.unsettled(9, now)) {
      if (kind === 'lost before') continue
      const acknowledged = ledger.settle(results, now)
      if (kind === 'none') submitter.confirmed(subscription, acknowledged)
    }
  }
  const onRecord = ({ which, does, asks, twice }: Extract<Step['act'], { kind: 'record' }>): void => {
    const all = ledger.records({ limit: 200 })
    const ended = all.filter((row) => ['parked', 'expired', 'doubtful'].includes(row.state))
    const rows = which === 5 ? all : ended
    const row = rows[which % Math.max(1, rows.length)]
    if (row === undefined) return
    const where = ledger.whereOf(row.key)
    if (asks === 'now' && where !== undefined) released = letGo(away, [where.asked], now)
    const seen = { record: row.key, seen: { state: row.state, settledAt: row.settledAt } }
    const says = atAws.has(row.key) ? 'billed' : 'not recorded'
    const work: RepairWork =
      does === 'evidence'
        ? { kind: does, ...seen, from: 'cloudtrail', evidence: 'event', says }
        : { kind: does as 'retry', ...seen }
    const act = signed(work)
    const first = ledger.repair(act, now, asks === 'not' ? [] : released)
    if (twice && first.ok) expect(ledger.repair(act, now + 1)).toEqual(first)
  }
  const onUsage = (work: RepairWork): void => void ledger.repair(signed(work), now)

  for (const { minutes, act } of steps) {
    now += minutes * MINUTE_MS
    switch (act.kind) {
      case 'use': {
        const time = now - act.age * MINUTE_MS
        const [told] = ledger.take(ids(event(time, act.amount, { source: act.source })), now)
        if (told?.result === 'counted') taken += act.amount
        break
      }
      case 'hand over':
        handOver(act.fault)
        break
      case 'late offer':
        submitter.offer(before, now)
        break
      case 'send':
        send()
        break
      case 'round':
        handOver(act.handed)
        send()
        answer(act.says)
        settle(act.settled)
        break
      case 'answer':
        answer(act.says)
        break
      case 'settle':
        settle(act.fault)
        break
      case 'record':
        onRecord(act)
        break
      case 'hold':
      case 'hold calls':
        onUsage({ kind: 'hold', dimension: act.kind === 'hold' ? null : 'api_calls' })
        break
      case 'release':
      case 'release calls':
        onUsage({
          kind: 'release',
          what:
            act.kind === 'release' ? { kind: 'subscription' } : { kind: 'dimension', dimension: 'api_calls' },
        })
        break
      case 'void':
        onUsage({
          kind: 'void',
          source: act.source,
          from: hourOf(now) - act.hours * HOUR_MS,
          to: hourOf(now) + HOUR_MS,
        })
        break
      case 'aside': {
        const aside = ledger.parked({ limit: 50 }).rows.find((row) => row.kind === 'aside')
        if (aside?.kind === 'aside')
          onUsage({ kind: act.bills ? 'bill aside' : 'drop aside', aside: aside.aside })
      }
    }
    expect([ledger.audit(), ledger.status().stopped]).toEqual([[], null])
    const records = ledger.records({ limit: 500 })
    for (const record of records) {
      if (record.state === 'moved') expect(atAws.has(record.key), 'a moved record is not at AWS').toBe(false)
      if (record.state === 'billed') expect(atAws.get(record.key)).toBe(record.quantity)
    }
    const sum = [...atAws.values()].reduce((total, quantity) => total + quantity, 0)
    expect(sum * block).toBeLessThanOrEqual(taken)
  }
  // Released, answered and some days later nothing waits any more: every unit is in one place, and stays there.
  onUsage({ kind: 'release', what: { kind: 'subscription' } })
  onUsage({ kind: 'release', what: { kind: 'dimension', dimension: 'api_calls' } })
  for (let hour = 0; hour < 72; hour++) {
    handOver('none')
    do {
      answer('success')
      send()
    } while (flying.length > 0)
    settle('none')
    now += HOUR_MS
  }
  expect([ledger.audit(), ledger.status().stopped]).toEqual([[], null])
  const counted = ledger.records({ limit: 500 })
  expect(counted.filter((record) => record.state === 'waiting')).toEqual([])
  const billed = counted.filter((record) => record.state === 'billed')
  expect(billed.every((record) => atAws.get(record.key) === record.quantity)).toBe(true)
  const elsewhere = counted.filter((record) => record.state === 'moved' || record.state === 'expired')
  expect(elsewhere.filter((record) => atAws.has(record.key))).toEqual([])
  home.close()
  away.close()
}

test('whatever is asked, answered, lost or done twice, no unit is lost or sent twice, and every invariant holds (money §9, §12)', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 30, maxLength: 120, size: 'max' }),
      fc.constantFrom(1, 7),
      fc.constantFrom('move', 'park'),
      (steps, block, expired) => live(steps, block, expired),
    ),
    { numRuns: 30, endOnFailure: true },
  )
}, 120_000)
