/** Where one task's metering stands, for `/status` and for who stops it. Reads only; no clock. */
import { readState } from '../../shared/ledger/state.ts'
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
    open: openUnits(sql),
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
export function readLeft(sql: Sql): Left {
  const units = new Map<string, bigint>()
  const add = (dimension: string, millionths: bigint): Map<string, bigint> =>
    units.set(dimension, (units.get(dimension) ?? 0n) + millionths)
  const rows = sql.all<{ dimension: string; quantity: number }>('SELECT dimension, quantity FROM sends')
  for (const { dimension, quantity } of rows) add(dimension, BigInt(quantity) * 1_000_000n)
  for (const { dimension, amount } of openUsage(sql, readState(sql))) add(dimension, BigInt(amount))
  const left = [...units].filter(([, amount]) => amount > 0n)
  const said = left.map(([dimension, amount]) => `${unitsOf(String(amount))} ${dimension}`).join(', ')
  return {
    records: rows.length,
    units: Object.fromEntries(left.map(([dimension, amount]) => [dimension, unitsOf(String(amount))])),
    message:
      left.length === 0
        ? null
        : `${said} did not reach AWS before the end. It stays in the spool: a task that finds it there within 6 hours reports it. Platform team: nothing to do where the spool is on a volume.`,
  }
}

function openUnits(sql: Sql): Record<string, string> {
  const sums = new Map<string, bigint>()
  for (const { dimension, amount } of openUsage(sql, readState(sql)))
    sums.set(dimension, (sums.get(dimension) ?? 0n) + BigInt(amount))
  return Object.fromEntries([...sums].map(([dimension, amount]) => [dimension, unitsOf(String(amount))]))
}

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
