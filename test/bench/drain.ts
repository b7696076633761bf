/**
 * What draining 100 000 owed records of one task costs against 10 000, in one run: linear is 10. `node test/bench/drain.ts`.
 * AWS's window of 6 hours is set aside for it: no task owes so many within one.
 */
import { openTaskCore } from '../../container/metering/core.ts'
import { openNodeSql } from '../../container/sql.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/hour.ts'
import type { DimensionTerms } from '../../shared/ledger/terms.ts'
import { ok } from '../../shared/result.ts'
import { print } from './line.ts'

const DIMENSIONS = 24
const START = Date.UTC(2026, 0, 1)
const FEW = 10_000
const MANY = 100_000
/** Linear, and a fifth for what a deeper index costs. */
const RATIO_MAX = 12

const dimensions = Array.from({ length: DIMENSIONS }, (_, i): DimensionTerms => ({
  key: `dimension_${i}`,
  price: '0.0001',
  metered: true,
  charge: { kind: 'sum', meter: `meter_${i}` },
  allowances: {},
}))

const few = drain(FEW)
const many = drain(MANY)
print({
  id: 'container-drain',
  value: many,
  unit: 'ms for 100 000 records',
  ratio: many / few,
  base: '10 000 records',
  ok: many / few <= RATIO_MAX,
})

/** Milliseconds from the first call to the last answer written. */
function drain(records: number): number {
  const sql = openNodeSql(':memory:')
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
  // All hours freeze in one pass.
  core.hold('laid first', START)
  for (let hour = 0; hour * DIMENSIONS < records; hour += 1) {
    const time = START + hour * HOUR_MS + MINUTE_MS
    const wanted = dimensions.slice(0, records - hour * DIMENSIONS)
    const events = wanted.map((_, i) => ({
      kind: 'quantity' as const,
      source: 'bench',
      id: `${hour} ${i}`,
      meter: `meter_${i}`,
      time,
      quantity: 1_000_000n,
    }))
    core.take({ kind: 'ids', events }, time)
  }
  const end = START + Math.ceil(records / DIMENSIONS + 2) * HOUR_MS
  core.release(end)
  core.ledger.runDue(end)
  core.runDue(START)
  sql.all('UPDATE sends SET resume_at = 0, deadline = deadline + 1000000000000')

  const began = performance.now()
  let calls = 0
  for (let call = core.next(end); call !== null; call = core.next(end)) {
    core.answered(call, ok(`record ${(calls += 1)}`), end)
  }
  const took = performance.now() - began
  if (calls !== records) throw new Error(`${calls} of ${records} records were sent`)
  sql.close()
  return took
}
