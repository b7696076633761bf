/** What the suites of repair share: acts signed by someone, what the Submitter has let go, and a ledger with a record. */
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { RepairAct, RepairAnswer, RepairWork, SeenRecord } from '../../../shared/ledger/repair.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { LetGo } from '../../../shared/submission/let-go.ts'
import type { Settlement } from '../../../shared/submission/record.ts'
import { at, dimension, event, hours, ids, openWith, product, settlement, termsOf } from './subject.ts'

let acts = 0

/** An act with an id of its own. */
export function signed(work: RepairWork, id = `act-${(acts += 1)}`): RepairAct {
  return { id, who: 'operator', why: 'ticket 7', ...work }
}

/** A ledger with one record of 3 units in the hour of `start`, answered with `result`; null: it still waits. */
export function withResult(
  sql: Sql,
  result: Partial<Settlement> | null,
  start = '2026-11-21T10:30',
  more: Parameters<typeof openWith>[2] = {},
): Ledger {
  const ledger = openWith(sql, {}, more)
  ledger.take(ids(event(start, 3)), at(start))
  ledger.runDue(at(start) + hours(1))
  if (result !== null) answer(ledger, result, at(start) + hours(2))
  return ledger
}

/** A ledger with usage of 10:30 that came when its price had changed: 5 calls set aside. */
export function withAside(sql: Sql): Ledger {
  openWith(sql).runDue(at('2026-11-21T11:15'))
  const dearer = openLedger(sql, termsOf(product([dimension({}, { price: '0.20' })]), {}, 'config-2'))
  dearer.runDue(at('2026-11-21T11:30'))
  dearer.runDue(at('2026-11-21T13:10'))
  dearer.take(ids(event('2026-11-21T10:30', 5)), at('2026-11-21T13:15'))
  return dearer
}

/** Hands over what is on offer and answers it. */
export function answer(ledger: Ledger, result: Partial<Settlement>, now: number): void {
  const offered = ledger.offers(10)
  ledger.handed(offered)
  ledger.settle(
    offered.map((record) => settlement(record, { receipt: null, at: now, ...result })),
    now,
  )
}

/** The only record's key, as it is seen now. */
export function seenOf(ledger: Ledger, index = 0): { readonly record: string; readonly seen: SeenRecord } {
  const row = ledger.records({ limit: 100 }).toReversed()[index]
  if (row === undefined) throw new Error('no record')
  return { record: row.key, seen: { state: row.state, settledAt: row.settledAt } }
}

export const letGo = (record: string, round = 0): readonly LetGo[] => [
  { key: record, round, answer: 'let go' },
]

/** Does an act on the only record, which the Submitter has let go. */
export function onRecord(
  ledger: Ledger,
  kind: 'retry' | 'move' | 'write off',
  now: number,
  round = 0,
): RepairAnswer {
  const { record, seen } = seenOf(ledger)
  return ledger.repair(signed({ kind, record, seen }), now, letGo(record, round))
}

/** One word for an answer: `done`, or why not. */
export const wordOf = (answered: RepairAnswer): string => (answered.ok ? 'done' : answered.error.kind)

export const sentenceOf = (answered: RepairAnswer): string =>
  answered.ok ? answered.value.sentence : answered.error.sentence
