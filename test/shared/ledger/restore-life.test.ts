/** Random lives of a Ledger that is restored to an earlier point, its lost usage sent again, against what AWS holds (money §9, §12). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import { letGo } from '../../../shared/submission/let-go.ts'
import { copiesOf } from '../../../shared/submission/restore.ts'
import { openSubmission } from '../../../shared/submission/submission.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { answerAll, refused } from '../submission/support.ts'
import { seenOf, signed } from './repair.ts'
import { at, ids, orderOf, product, SUBSCRIPTION, termsOf } from './subject.ts'

const CHARGES: Record<string, Charge> = {
  calls: { kind: 'sum', meter: 'calls', block: '7', included: { amount: '20', per: 'month' } },
  users: { kind: 'unique', meter: 'people', included: { amount: '3', per: 'month' } },
  peak: { kind: 'max', meter: 'level', window: 'hour' },
  highest: { kind: 'max', meter: 'level', window: 'month' },
  stored: { kind: 'time-weighted', meter: 'bytes' },
}

const TERMS = termsOf(
  product(
    Object.entries(CHARGES).map(([key, charge]): DimensionTerms => ({
      key,
      price: '1.00',
      metered: true,
      allowances: {},
      charge,
    })),
  ),
)

const step = fc.record({
  minutes: fc.nat(50),
  age: fc.oneof(fc.nat(9), fc.nat(130)),
  kind: fc.constantFrom('calls', 'calls', 'people', 'level', 'bytes'),
  amount: fc.nat(40),
  says: fc.constantFrom('success', 'success', 'success', 'refused', 'nothing'),
  moves: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function eventOf({ kind, amount, age }: Step, place: number, now: number): UsageEvent {
  const of = { source: 'key-1', id: `event-${place}`, meter: kind, time: now - age * MINUTE_MS }
  if (kind === 'people') return { ...of, kind: 'key', key: `person ${amount % 12}` }
  const millionths = BigInt(amount) * 1_000_000n
  if (kind === 'calls') return { ...of, kind: 'quantity', quantity: millionths }
  return { ...of, kind: 'value', value: millionths * (kind === 'bytes' ? 900n : 1n), series: 'one' }
}

/** A Ledger, its Submitter, and what AWS took of it by record. */
function begin(start: number) {
  const [home, away] = [openNodeSql(':memory:'), openNodeSql(':memory:')]
  const ledger = openLedger(home, TERMS)
  const activation = at('2026-10-01T00:00')
  ledger.order(orderOf({ activation, agreementStart: activation }), start)
  const submitter = openSubmission(away, { region: 'us-east-1', ratePerSecond: 9 })
  const close = () => {
    home.close()
    away.close()
  }
  return { ledger, away, submitter, atAws: new Map<string, number>(), close }
}
type World = ReturnType<typeof begin>

/** Freezes, hands over, sends, and settles once, all calls answered the same way. */
function round({ submitter, atAws }: World, ledger: Ledger, says: string, now: number): void {
  ledger.runDue(now)
  const offered = ledger.offers(500)
  const answers = submitter.offer(offered, now)
  expect(answers.filter(({ kind }) => kind === 'differs' || kind === 'refused')).toEqual([])
  ledger.handed(offered)
  ledger.settle(
    answers.flatMap((answer) => (answer.kind === 'settled' ? [answer.settlement] : [])),
    now,
  )
  for (const answer of answers) if (answer.kind === 'let go') ledger.raise(answer.key, answer.round)
  for (let calls = 0; calls < (says === 'nothing' ? 0 : 40); calls++) {
    const call = submitter.next(now)
    if (call === undefined) break
    if (says === 'success') for (const { key, quantity } of call.records) atAws.set(key, quantity)
    submitter.answered(
      call.attempt,
      says === 'success' ? answerAll(call, 'Success') : refused('InvalidTagException'),
      now,
    )
  }
  submitter.sweep(now)
  for (const [subscription, results] of submitter.unsettled(9, now))
    submitter.confirmed(subscription, ledger.settle(results, now))
}

/** Lives the steps on the world's own Ledger and answers when the last is over. */
function live(world: World, steps: readonly Step[], start: number): { events: UsageEvent[]; now: number } {
  const { ledger, away } = world
  const events: UsageEvent[] = []
  let now = start
  for (const [place, each] of steps.entries()) {
    now += each.minutes * MINUTE_MS
    const event = eventOf(each, place, now)
    events.push(event)
    ledger.take(ids(event), now)
    round(world, ledger, each.says, now)
    const parked = ledger.records({ limit: 500 }).toReversed()
    const which = parked.findIndex((record) => record.state === 'parked')
    if (!each.moves || which < 0) continue
    const seen = seenOf(ledger, which)
    const asked = ledger.whereOf(seen.record)?.asked
    if (asked !== undefined) ledger.repair(signed({ kind: 'move', ...seen }), now, letGo(away, [asked], now))
  }
  return { events, now }
}

/** Units of each dimension in the months of a life: a remainder is carried, so only their sum is the same whenever they froze. */
function unitsIn(ledger: Ledger, start: number, now: number) {
  const months = new Set([monthOf(start - 3 * HOUR_MS), monthOf(now)])
  const rows = [...months].flatMap((month) => ledger.usage(month).dimensions)
  expect(rows.filter((row) => row.open !== '0')).toEqual([])
  const sum = (of: 'due' | 'frozen') => (dimension: string) =>
    rows.reduce((all, row) => all + (row.dimension === dimension ? Number(row[of]) : 0), 0)
  return { due: sum('due'), frozen: sum('frozen') }
}

function restoredAt(steps: readonly Step[], cut: number, start: number): void {
  const world = begin(start)
  const { events, now: stopped } = live(world, steps, start)
  const before = begin(start)
  live(before, steps.slice(0, cut), start)
  const { ledger } = before
  const untouched = begin(start)
  live(untouched, steps, start)

  const check = { id: 'check', who: 'operator', why: 'restored' }
  ledger.beginRestore(check, stopped)
  const { copies } = copiesOf(world.away, SUBSCRIPTION, '', 10_000)
  ledger.compareCopies({ from: '', to: '~', copies }, stopped)
  const report = ledger.endRestore(check, stopped)
  expect([report.done, ledger.audit()], report.sentence).toEqual([true, []])

  let now = stopped
  ledger.take(ids(...events), now)
  for (let hour = 0; hour < 30; hour++) {
    round(world, ledger, 'success', now)
    round(untouched, untouched.ledger, 'success', now)
    expect([ledger.audit(), ledger.status().stopped]).toEqual([[], null])
    now += HOUR_MS
  }
  const records = ledger.records({ limit: 1000 })
  expect(records.filter((record) => record.state === 'waiting')).toEqual([])
  for (const record of records)
    expect(world.atAws.get(record.key), record.key).toBe(
      record.state === 'billed' ? record.quantity : undefined,
    )
  expect(world.atAws.size).toBe(records.filter((record) => record.state === 'billed').length)
  // A reading that came late and was lower leaves units owed, restored or not.
  const [found, spared] = [unitsIn(ledger, start, now), unitsIn(untouched.ledger, start, now)]
  for (const dimension of Object.keys(CHARGES)) {
    expect(found.due(dimension), dimension).toBe(spared.due(dimension))
    expect(found.frozen(dimension) - found.due(dimension), dimension).toBeGreaterThanOrEqual(0)
    if (dimension !== 'stored') expect(found.frozen(dimension), dimension).toBe(found.due(dimension))
  }
  untouched.close()
  before.close()
  world.close()
}

test('restored to any point, with its lost usage sent again, what AWS holds and what is frozen is due to the unit (money §9, §12)', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }),
      fc.nat(23),
      fc.constantFrom('2026-11-20T09:05', '2026-10-31T16:05'),
      (steps, cut, start) => restoredAt(steps, cut, at(start)),
    ),
    { numRuns: 20, endOnFailure: true },
  )
}, 120_000)
