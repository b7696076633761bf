/**
 * What freezing costs beside what the database needs for the same rows: 1 000, 10 000 and 100 000 records of plain sums,
 * their charges computed, against a bare INSERT … SELECT of them. `node test/bench/freeze.ts`, about a minute.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNodeSql } from '../../container/sql.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import { openLedger } from '../../shared/ledger/ledger.ts'
import type { LedgerTerms } from '../../shared/ledger/terms.ts'
import { dimension, orderOf, product, termsOf } from '../shared/ledger/subject.ts'
import { median, print } from './line.ts'

/** Hours of each dimension, frozen all at once by the end of the subscription. */
const HOURS = 20
const DIMENSIONS = [50, 500, 5_000] as const
const ROUNDS = 3

/** Charged and frozen against the bare copy of the same rows, at most; and 100 000 against 1 000, for a record. */
const BARE_MAX = 5
const LINEAR_MAX = 1.5

const START = Date.parse('2026-11-02T00:00Z')
const LAST = START + HOURS * HOUR_MS

const unit = 'records/s'
const perRecord = new Map<number, number>()
for (const dimensions of DIMENSIONS) {
  const rounds = Array.from({ length: ROUNDS }, () => freezeOnce(dimensions))
  const records = HOURS * dimensions
  const frozen = (records * 1000) / median(rounds.map((round) => round.frozenMs))
  const bare = (records * 1000) / median(rounds.map((round) => round.bareMs))
  perRecord.set(records, 1 / frozen)
  print({ id: `insert-select-${records}`, value: bare, unit, ratio: 1, base: 'itself', ok: true })
  const ratio = bare / frozen
  print({
    id: `freeze-${records}`,
    value: frozen,
    unit,
    ratio,
    base: `insert-select-${records}`,
    ok: records < 100_000 || ratio <= BARE_MAX,
  })
}
const growth = (perRecord.get(100_000) ?? 0) / (perRecord.get(1_000) ?? 1)
print({
  id: 'freeze-growth',
  value: growth,
  unit: 'x a record',
  ratio: growth,
  base: 'freeze-1000',
  ok: growth <= LINEAR_MAX,
})

/** Takes an event for each dimension and hour, freezes them all at one instant, and copies the rows barely. */
function freezeOnce(dimensions: number): { readonly frozenMs: number; readonly bareMs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-freeze-'))
  const sql = openNodeSql(join(folder, 'ledger.sqlite'))
  try {
    const ledger = openLedger(sql, termsFor(dimensions))
    ledger.order(orderOf({ activation: START, agreementStart: START }), START)
    for (let hour = 0; hour < HOURS; hour += 1) {
      const time = START + hour * HOUR_MS
      const events = Array.from({ length: dimensions }, (_, at) => ({
        source: 'bench',
        id: `${hour}-${at}`,
        meter: `m${at}`,
        time,
        kind: 'quantity' as const,
        quantity: BigInt(at + 1) * 1_000_000n,
      }))
      ledger.take({ kind: 'ids', events }, LAST - HOUR_MS)
    }
    const end = { at: LAST, takeUntil: LAST + 10 * MINUTE_MS, cause: 'deprovisioned' } as const
    ledger.order(orderOf({ version: 2, activation: START, agreementStart: START, end }), LAST)
    const frozenMs = timed(() => ledger.runDue(end.takeUntil))
    const [count] = sql.all<{ records: number }>('SELECT count(*) AS records FROM records')
    if (count?.records !== HOURS * dimensions) throw new Error(`${count?.records} records were frozen`)

    // The same tables without their triggers: what is left is the writing itself.
    sql.script(bareTable(sql, 'records') + bareTable(sql, 'lines'))
    const bareMs = timed(() =>
      sql.transaction(() => {
        sql.all('INSERT INTO bare_records SELECT * FROM records')
        sql.all('INSERT INTO bare_lines SELECT * FROM lines')
      }),
    )
    return { frozenMs, bareMs }
  } finally {
    sql.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** No hour freezes before the end. */
function termsFor(dimensions: number): LedgerTerms {
  const sold = Array.from({ length: dimensions }, (_, at) =>
    dimension({ meter: `m${at}` }, { key: `d${at}` }),
  )
  return termsOf(product(sold), { latenessMs: 21 * HOUR_MS, freezeWithinMs: 21 * HOUR_MS })
}

/** The table's own text under another name, with its indexes. */
function bareTable(sql: ReturnType<typeof openNodeSql>, name: string): string {
  const texts = sql.all<{ sql: string }>(
    "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC",
    name,
  )
  return texts
    .map((row) =>
      row.sql
        .replace(`TABLE ${name}`, `TABLE bare_${name}`)
        .replace(` ON ${name} `, ` ON bare_${name} `)
        .replace(/INDEX (\w+)/, 'INDEX bare_$1')
        .replaceAll('REFERENCES records', 'REFERENCES bare_records'),
    )
    .join(';\n')
    .concat(';\n')
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
