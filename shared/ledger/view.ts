/** What people and the read model see of a Ledger's records and of where it stands. Reads only. */
import { hourOf } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { firstHeld } from './advance.ts'
import { firstOpenHour } from './counted.ts'
import { waitingFor } from './closing.ts'
import type { LedgerStatus, RecordRow, RecordsPage } from './ledger.ts'
import { periodAt } from './periods.ts'
import { silentSeries } from './readings.ts'
import { frozenRecord, readLines, RECORD_COLUMNS, type StoredRecord } from './record.ts'
import type { State } from './state.ts'
import { aloneLine } from './successor.ts'
import { gaugesIn } from './used.ts'

export function statusOf(sql: Sql, state: State): LedgerStatus {
  const latest = state.lives.at(-1)
  return {
    revision: state.revision,
    orderVersion: state.orderVersion,
    frozenUntil: state.frozenUntil,
    nextWake: state.nextWake,
    waiting: waitingFor(state),
    alone: aloneLine(state),
    stopped: state.stopped,
    open: state.openBefore || firstOpenHour(sql, state) !== null || firstHeld(sql, state) !== null,
    behind: readBehind(sql),
    silent: readSilent(sql, state),
    life: latest?.life ?? null,
    ended: latest?.endAt !== null && latest?.endAt !== undefined,
  }
}

function readBehind(sql: Sql): LedgerStatus['behind'] {
  return sql.all<SqlRow & LedgerStatus['behind'][number]>(
    `SELECT dimension, waiting, wait_until AS waitUntil FROM dimensions
     WHERE frozen_until IS NOT NULL ORDER BY dimension`,
  )
}

/** Series that held a value above 0 and fell silent. */
export function readSilent(sql: Sql, state: State): LedgerStatus['silent'] {
  const life = state.lives.at(-1)
  const prices = periodAt(state, state.frozenUntil ?? hourOf(state.clock))?.prices
  if (life === undefined || life.endAt !== null || prices === undefined) return []
  return gaugesIn(prices).flatMap((gauge) =>
    silentSeries(sql, gauge, life.life, state.clock).map((series) => ({ meter: gauge.meter, ...series })),
  )
}

/** Newest hour first. */
export function readRecords(sql: Sql, subscription: SubscriptionId, page: RecordsPage): RecordRow[] {
  const rows = sql.all<StoredRecord>(
    `SELECT ${RECORD_COLUMNS} FROM records
     WHERE hour <= ? AND (hour < ? OR key > ?) AND (? IS NULL OR state = ?)
     ORDER BY hour DESC, key LIMIT ?`,
    page.after?.hour ?? Number.MAX_SAFE_INTEGER,
    page.after?.hour ?? Number.MAX_SAFE_INTEGER,
    page.after?.key ?? '',
    page.state ?? null,
    page.state ?? null,
    page.limit,
  )
  return withLines(sql, subscription, rows)
}

export function withLines(
  sql: Sql,
  subscription: SubscriptionId,
  rows: readonly StoredRecord[],
): RecordRow[] {
  return rows.map((row) => ({
    ...frozenRecord(row, subscription),
    state: row.state,
    reason: row.reason,
    receipt: row.receipt,
    config: row.config,
    frozenAt: row.frozen_at,
    settledAt: row.settled_at,
    lines: readLines(sql, row.key),
  }))
}
