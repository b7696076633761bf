/**
 * What draining 100 000 owed records of one task costs against 10 000, in one run: linear is 10. `node test/bench/drain.ts`.
 * AWS's window of 6 hours is set aside for it: no task owes so many within one.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTaskCore } from '../../container/metering/core.ts'
import { openNodeSql } from '../../container/sql.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import type { DimensionTerms } from '../../shared/ledger/terms.ts'
import { ok } from '../../shared/result.ts'
import type { Sql } from '../../shared/sql.ts'
import { print } from './line.ts'

const START = Date.UTC(2026, 0, 1)
const FEW = 10_000
const MANY = 100_000
/** Linear, and a fifth for what a deeper index costs. */
const RATIO_MAX = 12

const dimensions: readonly DimensionTerms[] = [
  {
    key: 'api_call',
    price: '0.0001',
    metered: true,
    charge: { kind: 'sum', meter: 'api_calls' },
    allowances: {},
  },
]

/** A file, as a task has it: a database in memory alone commits the slower, the larger it is. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tollgate-drain-'))
const few = drain(FEW)
const many = drain(MANY)
rmSync(folder, { recursive: true, force: true })
print({
  id: 'container-drain',
  value: many,
  unit: 'ms for 100 000 records',
  ratio: many / few,
  base: '10 000 records',
  ok: many / few <= RATIO_MAX,
})

/** Milliseconds of CPU from the first call to the last answer written. */
function drain(records: number): number {
  const sql = openNodeSql(join(folder, `${records}.sqlite`))
  const terms = {
    task: 'task/a',
    region: 'us-east-1',
    productCode: '9w3jx5t7q1bn4gz6k8yd2vhm0',
    startedAt: null,
    dimensions,
    latenessMs: 10 * MINUTE_MS,
    zeroRecords: false,
    newLedger: () => 'sub_0000000000000000000001' as const,
  }
  const core = openTaskCore(sql, terms, START)
  const event = { kind: 'quantity', source: 'bench', meter: 'api_calls', quantity: 1_000_000n } as const
  core.take({ kind: 'ids', events: [{ ...event, id: 'one', time: START + MINUTE_MS }] }, START + MINUTE_MS)
  core.ledger.runDue(START + 2 * HOUR_MS)
  layCopies(sql, records - 1)
  core.runDue(START + 2 * HOUR_MS)
  const end = START + 2 * HOUR_MS
  sql.all('UPDATE sends SET resume_at = 0, deadline = deadline + 1000000000000')

  const began = process.cpuUsage()
  let calls = 0
  for (let call = core.next(end); call !== null; call = core.next(end)) {
    core.answered(call, ok(`record ${(calls += 1)}`), end)
  }
  const { user, system } = process.cpuUsage(began)
  if (calls !== records) throw new Error(`${calls} of ${records} records were sent`)
  sql.close()
  return (user + system) / 1_000
}

/** The one record that was frozen, again for each hour after it: freezing them one by one is another measurement. */
function layCopies(sql: Sql, copies: number): void {
  const columns = sql
    .all<{ name: string }>('PRAGMA table_info(records)')
    .map(({ name }) => name)
    .map((name) => {
      if (name === 'key') return `records.key || '|' || copy.value`
      return ['hour', 'timestamp', 'deadline'].includes(name)
        ? `records.${name} + copy.value * 3600000`
        : `records.${name}`
    })
  sql.all(
    `INSERT INTO records SELECT ${columns.join(', ')} FROM records CROSS JOIN json_each(?) AS copy`,
    JSON.stringify(Array.from({ length: copies }, (_, i) => i + 1)),
  )
}
