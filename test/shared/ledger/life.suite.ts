/** Random lives of two months against an oracle written apart (money §3, §4, §5, §12, §13). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatAmount } from '../../../shared/amount.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { Sql } from '../../../shared/sql.ts'
import { type Bill, billOf, type Facts, type Reported, whole } from './oracle.ts'
import {
  at,
  dimension,
  event,
  type Home,
  ids,
  orderOf,
  product,
  recordsOf,
  settlement,
  termsOf,
} from './subject.ts'

const START = at('2026-01-14T07:20:30.250')

/** A life drawn at random: facts, and steps of a clock with usage, results and orders between them. */
const life = fc.record({
  block: fc.constantFrom(1, 3, 1000),
  round: fc.constantFrom('down', 'up'),
  remainder: fc.constantFrom('carry', 'drop', 'up'),
  lateness: fc.constantFrom(0, 10, 60, 20 * 60),
  trialDays: fc.option(fc.integer({ min: 1, max: 30 })),
  included: fc.array(
    fc.record({
      afterHours: fc.integer({ min: 1, max: 1400 }),
      amount: fc.option(fc.integer({ min: 0, max: 3000 })),
      per: fc.constantFrom('month', 'term'),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  endAfterHours: fc.option(fc.integer({ min: 30, max: 1400 })),
  finalTake: fc.constantFrom(1, 10, 30),
  steps: fc.array(
    fc.record({
      minutes: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: 90 }) },
        { weight: 2, arbitrary: fc.integer({ min: 60, max: 3000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 3000, max: 15_000 }) },
      ),
      usage: fc.array(
        fc.record({
          ageMinutes: fc.oneof(
            { weight: 4, arbitrary: fc.integer({ min: 0, max: 70 }) },
            { weight: 2, arbitrary: fc.integer({ min: 0, max: 3000 }) },
            { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
          ),
          amount: fc.integer({ min: 0, max: 900 }),
        }),
        { maxLength: 4 },
      ),
      run: fc.boolean(),
      answers: fc.array(fc.constantFrom('billed', 'expired', 'doubtful', 'parked'), { maxLength: 4 }),
    }),
    { minLength: 5, maxLength: 60 },
  ),
})
type Life = typeof life extends fc.Arbitrary<infer L> ? L : never

export function lifeSuite(home: Home): void {
  test('two months at random are billed to the unit, whatever arrives when (money §12, §13)', async () => {
    await fc.assert(
      fc.asyncProperty(life, (drawn) =>
        home.use((sql) => {
          const { ledger, facts, reports } = live(sql, drawn)
          expect(ledger.audit()).toEqual([])
          const bill = billOf(facts, reports)
          expect(seenIn(sql, ledger)).toEqual({ ...shown(bill), states: 0n })
        }),
      ),
      { numRuns: home.runs },
    )
  }, 120_000)

  test('the same counted usage gives the same Σ due in any order of arrival (money §12)', async () => {
    const arrivals = fc.record({
      block: fc.constantFrom(1, 7, 1000),
      included: fc.constantFrom(0, 500, 5000),
      events: fc.array(fc.record({ hour: fc.nat(200), amount: fc.nat(900), rank: fc.nat(1000) }), {
        maxLength: 25,
      }),
    })
    await fc.assert(
      fc.asyncProperty(arrivals, ({ block, included, events }) =>
        home.use((sql) => {
          const first = at('2026-02-02T00:00')
          const charge = {
            block: String(block),
            included: { amount: String(included), per: 'month' as const },
          }
          const ledger = openLedger(sql, termsOf(product([dimension(charge)])))
          ledger.order(orderOf({ activation: first, agreementStart: first }), first)
          let now = first
          for (const { hour, amount } of [...events].sort((a, b) => a.rank - b.rank)) {
            now = Math.max(now + 30 * MINUTE_MS, first + hour * HOUR_MS)
            ledger.take(ids(event(first + hour * HOUR_MS, amount)), now)
          }
          ledger.runDue(at('2026-03-01T03:00'))
          const used = events.reduce((sum, each) => sum + each.amount, 0)
          const due = Math.floor(Math.max(0, used - included) / block)
          const month = ledger.usage(monthOf(first)).dimensions[0]
          expect([month?.due, month?.frozen, month?.open, month?.owed]).toEqual([
            String(due),
            String(due),
            '0',
            '0',
          ])
          expect(ledger.audit()).toEqual([])
        }),
      ),
      { numRuns: home.runs },
    )
  }, 120_000)

  test('following nothing but its own wakes a ledger freezes everything, and a moment before each it has nothing to do (money §7)', async () => {
    const drawn = fc.record({
      lateness: fc.constantFrom(0, 10, 90, 1200),
      remainder: fc.constantFrom('carry', 'up'),
      start: fc.constantFrom('2028-02-28T20:10', '2026-12-31T17:00', '2026-11-21T10:00'),
      usage: fc.array(fc.record({ minutes: fc.nat(400), age: fc.nat(300), amount: fc.nat(30) }), {
        minLength: 1,
        maxLength: 12,
      }),
      endAfter: fc.option(fc.integer({ min: 1, max: 2000 })),
    })
    await fc.assert(
      fc.asyncProperty(drawn, ({ lateness, remainder, start, usage, endAfter }) =>
        home.use((sql) => {
          const first = at(start)
          const facts: Facts = {
            activation: first,
            trialEndsAt: null,
            plans: [{ fromHour: 0, included: 0n, per: 'month' }],
            block: whole(10),
            round: 'down',
            remainder,
            latenessMs: lateness * MINUTE_MS,
            end: null,
          }
          const sold = product([dimension({ block: '10', remainder })])
          const ledger = openLedger(sql, termsOf(sold, { latenessMs: facts.latenessMs }))
          ledger.order(orderOf({ activation: first, agreementStart: first }), first)
          let now = first
          const goTo = (until: number): void => {
            for (let wake = ledger.nextWake(); wake !== null && wake <= until; wake = ledger.nextWake()) {
              const before = recordsOf(ledger)
              expect([ledger.runDue(wake - 1), recordsOf(ledger)]).toEqual([{ nextWake: wake }, before])
              expect(ledger.runDue(wake).nextWake).not.toBe(wake)
            }
            now = until
          }
          const reports: Reported[] = []
          for (const { minutes, age, amount } of usage) {
            goTo(now + minutes * MINUTE_MS)
            const time = Math.max(first, now - age * MINUTE_MS)
            reports.push({ time, receivedAt: now, amount: whole(amount) })
            ledger.take(ids(event(time, amount)), now)
          }
          const end =
            endAfter === null
              ? null
              : { at: now + endAfter * MINUTE_MS, takeUntil: now + (endAfter + 10) * MINUTE_MS }
          if (end !== null) {
            goTo(end.at)
            ledger.order(
              orderOf({
                version: 2,
                activation: first,
                agreementStart: first,
                end: { ...end, cause: 'deprovisioned' },
              }),
              end.at,
            )
          }
          goTo(now + 40 * DAY_MS)
          expect([ledger.nextWake(), ledger.status().open, ledger.audit()]).toEqual([null, false, []])
          expect(seenIn(sql, ledger).units).toBe(shown(billOf({ ...facts, end }, reports)).units)
        }),
      ),
      { numRuns: home.runs },
    )
  }, 120_000)
}

/** Lives it through and lets everything freeze that ever will. */
function live(sql: Sql, drawn: Life): { ledger: Ledger; facts: Facts; reports: Reported[] } {
  const facts = factsOf(drawn)
  const allowances = Object.fromEntries(
    facts.plans.map((plan, i) => [
      `plan-${i}`,
      plan.included === null
        ? ('unlimited' as const)
        : { amount: formatAmount(plan.included), per: plan.per },
    ]),
  )
  const charge = {
    block: String(drawn.block),
    round: drawn.round,
    remainder: drawn.remainder,
    included: 'plan',
  } as const
  const plans = Object.keys(allowances)
  const sold = product([dimension(charge, { allowances })], { plans, defaultPlan: 'plan-0' })
  const ledger = openLedger(sql, termsOf(sold, { latenessMs: facts.latenessMs }))

  let version = 0
  const known = (now: number): Partial<Order> => ({
    activation: facts.activation,
    agreementStart: facts.activation,
    trial: facts.trialEndsAt === null ? null : { endsAt: facts.trialEndsAt, graceUntil: facts.trialEndsAt },
    plans: facts.plans
      .map((plan, i) => ({ fromHour: plan.fromHour, plan: `plan-${i}` }))
      .filter((plan) => plan.fromHour - HOUR_MS <= now),
    end: facts.end !== null && facts.end.at <= now ? { ...facts.end, cause: 'deprovisioned' } : null,
  })
  const tell = (now: number): void => {
    version += 1
    ledger.order(orderOf({ version, ...known(now) }), now)
  }
  /** Every change of the facts between two instants is told at its own. */
  const changes = [
    ...facts.plans.map((plan) => plan.fromHour - HOUR_MS),
    ...(facts.end === null ? [] : [facts.end.at]),
  ].sort((a, b) => a - b)

  const reports: Reported[] = []
  let now = Math.ceil(facts.activation)
  tell(now)
  for (const step of drawn.steps) {
    const next = now + step.minutes * MINUTE_MS
    for (const change of changes) if (change > now && change <= next) tell(change)
    now = next
    const sent = step.usage.map(({ ageMinutes, amount }) => ({
      time: Math.max(now - ageMinutes * MINUTE_MS, facts.activation - 10 * MINUTE_MS),
      receivedAt: now,
      amount: whole(amount),
    }))
    reports.push(...sent)
    ledger.take(ids(...sent.map((one) => event(one.time, one.amount / 1_000_000n))), now)
    if (step.run) ledger.runDue(now)
    const offers = ledger.offers(step.answers.length)
    ledger.handed(offers)
    ledger.settle(
      offers.map((record, i) => settlement(record, { state: step.answers[i] ?? 'billed', at: now })),
      now,
    )
  }
  for (const change of changes) if (change > now && facts.end !== null && change <= facts.end.at) tell(change)
  const last = Math.max(now, facts.end?.takeUntil ?? 0)
  for (let days = 1; days <= 33; days += 1) ledger.runDue(last + days * DAY_MS)
  return { ledger, facts, reports }
}

function factsOf(drawn: Life): Facts {
  const plans = drawn.included.map((plan, i) => ({
    fromHour: i === 0 ? 0 : Math.floor(START / HOUR_MS) * HOUR_MS + plan.afterHours * HOUR_MS,
    included: plan.amount === null ? null : whole(plan.amount),
    per: plan.per,
  }))
  plans.sort((a, b) => a.fromHour - b.fromHour)
  const end = drawn.endAfterHours === null ? null : START + drawn.endAfterHours * HOUR_MS
  return {
    activation: START,
    trialEndsAt: drawn.trialDays === null ? null : START + drawn.trialDays * DAY_MS,
    plans: plans.filter((plan, i) => i === 0 || plan.fromHour !== plans[i - 1]?.fromHour),
    block: whole(drawn.block),
    round: drawn.round,
    remainder: drawn.remainder,
    latenessMs: drawn.lateness * MINUTE_MS,
    end: end === null ? null : { at: end, takeUntil: end + drawn.finalTake * MINUTE_MS },
  }
}

const shown = (bill: Bill) => ({
  units: bill.units.reduce((sum, each) => sum + each, 0n),
  counted: bill.counted,
  aside: bill.aside,
})

/** The same figures read from the ledger; `states`: units of usage no record outside `moved` holds, adjustments undone. */
function seenIn(sql: Sql, ledger: Ledger) {
  const records = ledger.records({ limit: 5000 })
  const lines = records.flatMap((record) => record.lines)
  const sum = (numbers: readonly number[]): bigint =>
    numbers.reduce((total, each) => total + BigInt(each), 0n)
  const units = sum(lines.filter((line) => line.kind === 'usage').map((line) => line.units))
  const standing = sum(records.filter((record) => record.state !== 'moved').map((record) => record.quantity))
  const pending = sum(
    sql
      .all<{ units: number }>('SELECT units FROM adjustments WHERE into_record IS NULL')
      .map((row) => row.units),
  )
  const total = (query: string): bigint =>
    sql.all<{ amount: string }>(query).reduce((amount, row) => amount + BigInt(row.amount), 0n)
  return {
    units,
    counted: total('SELECT counted AS amount FROM usage'),
    aside: total('SELECT amount FROM set_aside'),
    states: units - standing - pending,
  }
}
