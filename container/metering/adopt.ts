/**
 * The claimant's side of taking over a dead task (money §11): what it left is counted as usage of now, or held, or shown as
 * expired, in one transaction with the row that says so. A crash at any point takes over once.
 */
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { Sql } from '../../shared/sql.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import { type ExpiredUnits, heldWhole, type Orphan, type TakenUsage, unitsOf } from './orphan.ts'

/** One row a dead ledger; a copy of one is held beside it. `body` is an `AdoptedRow`. */
export const ADOPTED = `
CREATE TABLE IF NOT EXISTS adopted (
  ledger TEXT NOT NULL,
  copy INTEGER NOT NULL CHECK (copy IN (0, 1)),
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (ledger, copy)
) STRICT, WITHOUT ROWID;
`

/** What became of what a dead task left. `units`: what was counted anew, by dimension. */
export interface AdoptedRow extends Pick<Orphan, 'ledger' | 'task' | 'held' | 'expired'> {
  readonly at: number
  readonly units: Readonly<Record<string, string>>
}

/** Events of one take. */
const TAKEN_MAX = 1_000

/**
 * Takes over what `orphan` says, and answers what became of it; asked again, it answers what became of it then. A copy is
 * never counted: all of it is held. What another product's task left is nobody's here: it is shown as expired.
 */
export function adoptOrphan(
  sql: Sql,
  ledger: Ledger,
  productCode: string,
  orphan: Orphan,
  now: number,
): AdoptedRow {
  const copy = orphan.copy ? 1 : 0
  return sql.transaction(() => {
    const [known] = sql.all<{ body: string }>(
      'SELECT body FROM adopted WHERE ledger = ? AND copy = ?',
      orphan.ledger,
      copy,
    )
    if (known !== undefined) return JSON.parse(known.body) as AdoptedRow
    const { taken, held, expired } = orphan.copy ? heldWhole(orphan) : orphan
    const others = productCode === orphan.productCode ? [] : taken
    const own = productCode === orphan.productCode ? taken : []
    const refused = countAnew(ledger, orphan, own, now)
    const row: AdoptedRow = {
      ledger: orphan.ledger,
      task: orphan.task,
      at: now,
      units: sumOf(own.filter((one) => !refused.has(one.id))),
      held,
      expired: [
        ...expired,
        ...others.map((one) => lost(orphan, one, `product ${orphan.productCode} is not this task's`)),
        ...own.flatMap((one) => {
          const why = refused.get(one.id)
          return why === undefined ? [] : [lost(orphan, one, why)]
        }),
      ],
    }
    sql.all(
      'INSERT INTO adopted (ledger, copy, at, body) VALUES (?, ?, ?, ?)',
      orphan.ledger,
      copy,
      now,
      JSON.stringify(row),
    )
    return row
  })
}

const lost = (orphan: Orphan, one: TakenUsage, reason: string): ExpiredUnits => ({
  task: orphan.task,
  dimension: one.dimension,
  units: unitsOf(one.amount),
  reason,
})

/** Counts it as usage of now, under ids of the dead ledger. Answers what the ledger refused, by id, with its code. */
function countAnew(
  ledger: Ledger,
  orphan: Orphan,
  taken: readonly TakenUsage[],
  now: number,
): ReadonlyMap<string, string> {
  const refused = new Map<string, string>()
  for (let i = 0; i < taken.length; i += TAKEN_MAX) {
    const part = taken.slice(i, i + TAKEN_MAX)
    const events = part.map(({ id, meter, amount }): UsageEvent => ({
      kind: 'quantity',
      source: `taken over from ${orphan.ledger}`,
      id,
      meter,
      time: now,
      quantity: BigInt(amount),
    }))
    for (const [at, answer] of ledger.take({ kind: 'ids', events }, now).entries())
      if (answer.result === 'refused') refused.set(part[at]?.id ?? '', answer.code)
  }
  return refused
}

function sumOf(taken: readonly TakenUsage[]): Record<string, string> {
  const sums = new Map<string, bigint>()
  for (const { dimension, amount } of taken) sums.set(dimension, (sums.get(dimension) ?? 0n) + BigInt(amount))
  return Object.fromEntries([...sums].map(([dimension, amount]) => [dimension, unitsOf(String(amount))]))
}

/** What was taken over so far, the newest first. */
export const readAdopted = (sql: Sql): AdoptedRow[] =>
  sql
    .all<{ body: string }>('SELECT body FROM adopted ORDER BY at DESC, ledger')
    .map((row) => JSON.parse(row.body) as AdoptedRow)

/** Whether the ledger of `sql`, which may be a dead task's, has taken over this one. False where it has no such table. */
export function hasAdopted(sql: Sql, orphan: Orphan): boolean {
  const laid = sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'adopted'").length > 0
  const copy = orphan.copy === true ? 1 : 0
  return (
    laid && sql.all('SELECT 1 FROM adopted WHERE ledger = ? AND copy = ?', orphan.ledger, copy).length > 0
  )
}
