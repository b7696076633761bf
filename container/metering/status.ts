/** Where one task's metering stands, for `/status` and for who stops it. Reads only; no clock. */
import { monthOf } from '../../shared/hour.ts'
import { readState } from '../../shared/ledger/state.ts'
import type { Charge } from '../../shared/seller.ts'
import type { Sql, SqlRow } from '../../shared/sql.ts'
import type { Identity } from '../../shared/subscription.ts'
import { readAdopted } from './adopt.ts'
import type { TaskCore } from './core.ts'
import type { Left, MeterStatus } from './meter.ts'
import { openUsage, unitsOf } from './orphan.ts'

type LedgerStatus = Omit<MeterStatus, 'task' | 'spool' | 'skewMs' | 'alarms'>

const RECEIPTS_SHOWN = 10
const ENDED_SHOWN = 100

export function readMeterStatus(sql: Sql, core: TaskCore, now: number): LedgerStatus {
  const adopted = readAdopted(sql)
  const ended = readEnded(sql)
  const [waits] = sql.all<{ records: number; hour: number | null; stamp: number | null; end: number | null }>(
    `SELECT count(*) AS records, min(hour) AS hour, min(timestamp) AS stamp, min(deadline) AS end FROM sends`,
  )
  const oldest = waits?.stamp ?? null
  return {
    open: shownUnits(openIn(sql, core, now)),
    waiting: waits?.records ?? 0,
    oldestUnsentHour: waits?.hour ?? null,
    windowOver:
      oldest === null || waits === undefined || waits.end === null
        ? null
        : Math.min(1, Math.max(0, (now - oldest) / (waits.end - oldest))),
    receipts: readReceipts(sql),
    doubtful: [
      ...ended.filter((row) => row.state === 'doubtful').map(heldOf),
      ...adopted.flatMap((row) => row.held),
    ],
    expired: [
      ...ended
        .filter((row) => row.state !== 'doubtful')
        .map((row) => ({
          task: taskOf(row.identity),
          dimension: row.dimension,
          units: String(row.quantity),
          reason: row.reason ?? row.state,
        })),
      ...adopted.flatMap((row) => row.expired),
    ],
    adopted: adopted.map(({ task, at, units }) => ({ task, at, units })),
    attempts: { ...core.memory.attempts },
  }
}

/** What AWS does not have when the process ends, and the line for the log. */
export function readLeft(sql: Sql, core: TaskCore, now: number): Left {
  const sums = new Map(openIn(sql, core, now))
  const rows = sql.all<{ dimension: string; quantity: number }>('SELECT dimension, quantity FROM sends')
  for (const { dimension, quantity } of rows)
    sums.set(dimension, (sums.get(dimension) ?? 0n) + BigInt(quantity) * MILLION)
  const units = shownUnits(sums)
  const said = Object.entries(units)
    .map(([dimension, amount]) => `${amount} ${dimension}`)
    .join(', ')
  return {
    records: rows.length,
    units,
    message:
      said === ''
        ? null
        : `${said} did not reach AWS before the end. It stays in the spool: a task that finds it there within 6 hours reports it. Platform team: nothing to do where the spool is on a volume.`,
  }
}

/**
 * Usage that is in no record, in millionths by dimension. Of a charge that is more than a sum (an agent's: a key counts once
 * a month, the first thousand are included) it is what is due of it, of this month and the one before.
 */
function openIn(sql: Sql, core: TaskCore, now: number): ReadonlyMap<string, bigint> {
  const state = readState(sql)
  const sold = state.configs.at(-1)?.product.dimensions ?? []
  const plain = new Set(sold.filter(({ charge }) => isPlainSum(charge)).map(({ key }) => key))
  const sums = new Map<string, bigint>()
  const add = (dimension: string, amount: bigint): Map<string, bigint> =>
    sums.set(dimension, (sums.get(dimension) ?? 0n) + amount)
  for (const { dimension, amount } of openUsage(sql, state))
    if (plain.has(dimension)) add(dimension, BigInt(amount))
  if (sold.every(({ key }) => plain.has(key))) return sums
  const month = monthOf(now)
  for (const each of [monthOf(month - 1), month])
    for (const { dimension, metered, open } of core.ledger.usage(each).dimensions)
      if (metered && !plain.has(dimension)) add(dimension, BigInt(open) * MILLION)
  const moving = sql.all<{ dimension: string; units: number }>(
    'SELECT dimension, units FROM adjustments WHERE into_record IS NULL',
  )
  for (const { dimension, units } of moving)
    if (!plain.has(dimension)) add(dimension, BigInt(units) * MILLION)
  return sums
}

const MILLION = 1_000_000n

/** As every charge of a container without an agent: each unit of the meter is one of the dimension. */
const isPlainSum = (charge: Charge): boolean =>
  charge.kind === 'sum' && (charge.block ?? '1') === '1' && charge.included === undefined

const shownUnits = (sums: ReadonlyMap<string, bigint>): Record<string, string> =>
  Object.fromEntries(
    [...sums]
      .filter(([, amount]) => amount > 0n)
      .map(([dimension, amount]) => [dimension, unitsOf(String(amount))]),
  )

const readReceipts = (sql: Sql): MeterStatus['receipts'] =>
  sql.all<SqlRow & MeterStatus['receipts'][number]>(
    `SELECT dimension, hour, quantity, receipt, settled_at AS at FROM records
     WHERE state = 'billed' AND receipt IS NOT NULL ORDER BY hour DESC LIMIT ${RECEIPTS_SHOWN}`,
  )

interface EndedRow extends SqlRow {
  readonly dimension: string
  readonly hour: number
  readonly quantity: number
  readonly state: string
  readonly reason: string | null
  readonly identity: string
}

/** Records that ended without a receipt, the newest first: in doubt, parked, or expired and not moved. */
const readEnded = (sql: Sql): EndedRow[] =>
  sql.all<EndedRow>(
    `SELECT dimension, hour, quantity, state, reason, identity FROM records INDEXED BY records_ended
     WHERE state IN ('doubtful', 'parked', 'expired') ORDER BY hour DESC LIMIT ${ENDED_SHOWN}`,
  )

const heldOf = (row: EndedRow): MeterStatus['doubtful'][number] => ({
  task: taskOf(row.identity),
  dimension: row.dimension,
  hour: row.hour,
  quantity: row.quantity,
})

function taskOf(text: string): string {
  const identity = JSON.parse(text) as Identity
  return identity.kind === 'task' ? identity.task : identity.kind
}
