/** Random lives that wait: for an activation, a license, an answer; with ends, renewals and new prices (money §4 to §7, §12). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { DAY_MS, type Hour, MINUTE_MS } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { Sql } from '../../../shared/sql.ts'
import {
  ACCOUNT,
  at,
  dimension,
  event,
  ids,
  LICENSE,
  orderOf,
  product,
  settlement,
  termsOf,
  word,
} from './subject.ts'

const START = at('2026-11-20T07:20:30.250')
const LICENSED = [
  { fromHour: 0 as Hour, region: 'us-east-1', kind: 'license', licenseArn: LICENSE, account: ACCOUNT },
] as const

const step = fc.record({
  minutes: fc.oneof(
    { weight: 5, arbitrary: fc.nat(90) },
    { weight: 2, arbitrary: fc.nat(3000) },
    { weight: 1, arbitrary: fc.nat(9000) },
  ),
  act: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('use' as const),
        age: fc.oneof(fc.nat(80), fc.nat(5000)),
        amount: fc.nat(40),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('run' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('activate' as const, 'license' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('end' as const, 'renew' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('new price' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('answer' as const),
        state: fc.constantFrom('billed' as const, 'expired' as const),
      }),
    },
  ),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Lives it through, tells at last what is still unknown, and follows the ledger's own wakes to their end. */
function live(sql: Sql, steps: readonly Step[], block: number, lateness: number) {
  let price = '0.10'
  const open = (): Ledger => {
    const sold = product([dimension({ block: String(block) }, { price })])
    return openLedger(sql, termsOf(sold, { latenessMs: lateness * MINUTE_MS }, `config ${price}`))
  }
  let ledger = open()
  let now = START
  let counted = 0
  let told: Partial<Order> & { version: number; life: number } = {
    version: 0,
    life: 1,
    activation: null,
    end: null,
    agreementStart: START - 60 * DAY_MS,
    kinds: [{ fromHour: 0, kind: 'license' }],
    identities: [],
  }
  const tell = (more: Partial<Order>): void => {
    told = { ...told, ...more, version: told.version + 1 }
    ledger.order(orderOf(told), now)
  }
  for (const { minutes, act } of steps) {
    now += minutes * MINUTE_MS
    const active = told.activation !== null && told.end === null
    if (act.kind === 'use') {
      const used = event(now - act.age * MINUTE_MS, act.amount)
      if (word(ledger.take(ids(used), now)) === 'counted') counted += act.amount
    } else if (act.kind === 'run') ledger.runDue(now)
    else if (act.kind === 'license') tell({ identities: LICENSED })
    else if (act.kind === 'activate' && told.activation === null)
      tell({ activation: Math.max(START, now - 3 * DAY_MS) })
    else if (act.kind === 'end' && active) {
      const end = { at: now - 2 * MINUTE_MS, takeUntil: now + 8 * MINUTE_MS, cause: 'deprovisioned' } as const
      tell({ end })
    } else if (act.kind === 'renew' && told.end !== null)
      tell({ life: told.life + 1, end: null, activation: now })
    else if (act.kind === 'new price') {
      price = price === '0.10' ? '0.20' : '0.10'
      ledger = open()
      ledger.runDue(now)
    } else if (act.kind === 'answer') {
      const offers = ledger.offers(2)
      ledger.handed(offers)
      ledger.settle(
        offers.map((record) => settlement(record, { state: act.state, at: now })),
        now,
      )
    }
  }
  tell({ identities: LICENSED, activation: told.activation ?? START })
  for (let wake = ledger.nextWake(); wake !== null; wake = ledger.nextWake()) {
    now = Math.max(now, wake)
    ledger.runDue(now)
  }
  return { ledger, counted }
}

test('whatever a life waited for, all that was counted is billed, set aside, or the rest of a price (money §12)', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 50 }),
      fc.constantFrom(1, 7),
      fc.constantFrom(0, 10, 300),
      (steps, block, lateness) => {
        const sql = openNodeSql(':memory:')
        const { ledger, counted } = live(sql, steps, block, lateness)
        expect([ledger.status().stopped, ledger.audit()]).toEqual([null, []])

        const records = ledger.records({ limit: 10_000 })
        for (const record of records) expect(record.timestamp).toBeLessThanOrEqual(record.frozenAt)
        const lines = records.flatMap((record) => record.lines)
        const units = lines.reduce((sum, line) => sum + (line.kind === 'usage' ? line.units : 0), 0)
        const aside = sql
          .all<{ amount: string }>('SELECT amount FROM set_aside')
          .reduce((sum, row) => sum + Number(row.amount) / 1_000_000, 0)
        const rest = counted - aside - units * block
        const prices = sql.all('SELECT DISTINCT from_hour FROM periods').length
        expect(rest).toBeGreaterThanOrEqual(0)
        expect(rest).toBeLessThanOrEqual((block - 1) * Math.max(1, prices))
        sql.close()
      },
    ),
    { numRuns: 300 },
  )
}, 60_000)
