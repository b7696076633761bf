/** Crashes at every statement (money §7, §12; G.2 faults 3 to 6). */
import { expect, test } from 'vitest'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Sql, SqlRow, SqlValue } from '../../../shared/sql.ts'
import type { Settlement } from '../../../shared/submission/record.ts'
import {
  at,
  dimension,
  dump,
  event,
  type Home,
  ids,
  orderOf,
  product,
  sequence,
  settlement,
  termsOf,
} from './subject.ts'

class Crash extends Error {}

/** The port, dying at its n-th call, or right behind the commit when that call has ended; dead until it is started again. */
function dying(sql: Sql, deathAt: number): Sql & { calls: () => number; start: () => void } {
  let calls = 0
  let dead = false
  const tick = (): void => {
    calls += 1
    dead ||= calls === deathAt
    if (dead) throw new Crash(`died at call ${deathAt}`)
  }
  return {
    calls: () => calls,
    start: () => {
      dead = false
    },
    all: <R extends SqlRow>(text: string, ...params: readonly SqlValue[]): R[] => {
      tick()
      return sql.all<R>(text, ...params)
    },
    transaction: <T>(fn: () => T): T => {
      const result = sql.transaction(fn)
      tick()
      return result
    },
    script: (text) => sql.script(text),
  }
}

const EVENTS = [
  event('2026-11-21T10:05', 700, { id: 'a' }),
  event('2026-11-21T10:06', 800, { id: 'b' }),
  event('2026-11-21T10:07', 1, { id: 'bad', meter: 'cals' }),
]
const LATER = [event('2026-11-21T10:30', 900, { id: 'c' }), event('2026-11-21T11:01', 2600, { id: 'd' })]
const LATE = event('2026-11-21T10:40', 1000, { id: 'late' })

const TEN = at('2026-11-21T10:00')

/** The same results whenever they are asked for, as a Submitter that got no answer sends them. */
const resultsOf = (
  ledger: Ledger,
  chosen: (hour: number) => boolean,
  state: 'billed' | 'expired',
): Settlement[] =>
  ledger
    .records({ limit: 10 })
    .filter((record) => chosen(record.hour))
    .map((record) => settlement(record, { state }))

/** A day in the life of a ledger, step by step. */
const STEPS: readonly ((ledger: Ledger) => unknown)[] = [
  (ledger) => ledger.order(orderOf({ activation: at('2026-11-21T09:30') }), at('2026-11-21T09:40')),
  (ledger) => ledger.take(ids(...EVENTS), at('2026-11-21T10:10')),
  (ledger) => ledger.take(sequence(1, LATER), at('2026-11-21T11:02')),
  (ledger) => ledger.runDue(at('2026-11-21T11:10')),
  (ledger) => ledger.handed(ledger.offers(5)),
  (ledger) => ledger.take(ids(LATE), at('2026-11-21T11:20')),
  (ledger) =>
    ledger.settle(
      resultsOf(ledger, (hour) => hour === TEN, 'expired'),
      at('2026-11-21T11:30'),
    ),
  (ledger) =>
    ledger.order(
      orderOf({
        version: 2,
        activation: at('2026-11-21T09:30'),
        end: { at: at('2026-11-21T12:50'), takeUntil: at('2026-11-21T13:00'), cause: 'deprovisioned' },
      }),
      at('2026-11-21T12:50'),
    ),
  (ledger) => ledger.runDue(at('2026-11-21T13:00')),
  (ledger) => ledger.handed(ledger.offers(5)),
  (ledger) =>
    ledger.settle(
      resultsOf(ledger, (hour) => hour !== TEN, 'billed'),
      at('2026-11-21T13:05'),
    ),
]
const TERMS = termsOf(product([dimension({ block: '1000' })], { heartbeat: 'api_calls' }))

/** Lives the day, dying at one call of the port and then doing that step again, as a caller without an answer does. */
function day(sql: Sql, deathAt: number): { calls: number; died: boolean } {
  const port = dying(sql, deathAt)
  let died = false
  const survive = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      died = true
      port.start()
      return work()
    }
  }
  let ledger = survive(() => openLedger(port, TERMS))
  for (const step of STEPS) {
    survive(() => step(ledger))
    if (died) ledger = openLedger(port, TERMS)
  }
  return { calls: port.calls(), died }
}

/** What may differ: how often a refused event was sent, and how many calls wrote something. */
const COUNTERS = new Set(['revision', 'times'])

const money = (sql: Sql): Record<string, SqlRow[]> => {
  const bare = (row: SqlRow): SqlRow =>
    Object.fromEntries(Object.entries(row).filter(([column]) => !COUNTERS.has(column)))
  return Object.fromEntries(Object.entries(dump(sql)).map(([name, rows]) => [name, rows.map(bare)]))
}

export function crashSuite(home: Home): void {
  test('dying at any statement, or behind any commit, and doing it again leaves the same ledger (G.2 faults 3 to 6)', async () => {
    const whole = await home.use((sql) => ({ calls: day(sql, 0).calls, money: money(sql) }))
    expect(whole.money['records']?.map((row) => [row['quantity'], row['state']])).toEqual([
      [0, 'billed'],
      [2, 'moved'],
      [6, 'billed'],
    ])
    expect(whole.calls).toBeGreaterThan(150)
    const stride = home.runs >= 100 ? 1 : 7
    for (let deathAt = 1; deathAt <= whole.calls; deathAt += stride) {
      const seen = await home.use((sql) => ({ ...day(sql, deathAt), money: money(sql) }))
      expect(seen.died, `call ${deathAt}`).toBe(true)
      expect(seen.money, `call ${deathAt}`).toEqual(whole.money)
    }
  }, 120_000)
}
