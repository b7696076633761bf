/**
 * Which records go into the next call (money §7 *Order*, §8): earliest deadline first, full batches, halves and probes
 * within a fifth of the rate. Synchronous; stores the attempt, so that what it answers may be sent.
 */
import { BATCH_MAX, REQUEST_MAX_BYTES, wireBytes } from '../aws/batch-meter-usage.ts'
import { MINUTE_MS } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { recordOf, type CopyRow } from './copies.ts'
import type { FrozenRecord } from './record.ts'
import { delayLaneProbe, delayProbe, lanesOf, NOT_HELD, stopsOf, type Lane, type Stop } from './stops.ts'

/** One call to make. Its attempt is stored: from here on it counts as made. */
export interface Call {
  readonly attempt: number
  readonly productCode: string
  readonly records: readonly FrozenRecord[]
}

/** With less than this left a record travels alone: no other record's error may sink it. */
export const ALONE_WITHIN_MS = 2 * MINUTE_MS

/** Room for `{"ProductCode":…,"UsageRecords":[]}` around the records. */
const ENVELOPE_BYTES = 400

const KINDS = ['license', 'product-account', 'product-customer'] as const

const LINE = 'final desc, deadline, value desc, key'

/** What one call is: its records and, for a probe, what it probes. */
interface Choice {
  readonly rows: readonly CopyRow[]
  readonly probe: 'lane' | Stop | null
  /** Counts against the fifth of the rate that halving may take. */
  readonly halving: boolean
}

/** True when `planCall` would find a call now. Stores nothing. */
export const hasCall = (sql: Sql, now: number): boolean => choose(sql, now) !== undefined

/** The next call, its attempt stored; undefined when nothing may go at `now`. */
export function planCall(sql: Sql, intervalMs: number, now: number): Call | undefined {
  return sql.transaction(() => {
    const choice = choose(sql, now)
    const first = choice?.rows[0]
    if (choice === undefined || first === undefined) return undefined
    if (choice.probe === 'lane') delayLaneProbe(sql, first.product_code, now)
    else if (choice.probe !== null) delayProbe(sql, choice.probe, now)
    if (choice.halving) sql.all('update pace set halving_ms = ?', now + Math.ceil(5 * intervalMs))
    const attempt = storeAttempt(sql, choice, first.product_code, now)
    return { attempt, productCode: first.product_code, records: choice.rows.map(recordOf) }
  })
}

function choose(sql: Sql, now: number): Choice | undefined {
  const [pace] = sql.all<{ halving_ms: number }>('select halving_ms from pace')
  const mayHalve = (pace?.halving_ms ?? 0) <= now
  return probeLane(sql, now) ?? (mayHalve ? probeStop(sql, now) : undefined) ?? pickLine(sql, mayHalve, now)
}

/** A stopped lane is tried by its most urgent record: the first answer that is no refusal of ours opens it. */
function probeLane(sql: Sql, now: number): Choice | undefined {
  for (const lane of lanesOf(sql)) {
    if (lane.probe_ms === null || lane.probe_ms > now) continue
    const [row] = sql.all<CopyRow>(
      `select * from copies where product_code = ? and state = 'waiting' and resume_ms <= ? order by ${LINE} limit 1`,
      lane.product_code,
      now,
    )
    if (row !== undefined) return { rows: [row], probe: 'lane', halving: false }
  }
  return undefined
}

/** A stopped dimension or license is tried by the record that was refused least: the fault may be one record's own. */
function probeStop(sql: Sql, now: number): Choice | undefined {
  const stopped = new Set(
    lanesOf(sql)
      .filter(isStopped)
      .map((lane) => lane.product_code),
  )
  for (const stop of stopsOf(sql)) {
    if (stop.probe_ms > now || stopped.has(stop.product_code)) continue
    const [row] = sql.all<CopyRow>(
      `select * from copies where product_code = ? and state = 'waiting' and resume_ms <= ?
         and ${stop.scope === 'dimension' ? 'dimension' : 'license'} = ? order by refusals, ${LINE} limit 1`,
      stop.product_code,
      now,
      stop.subject,
    )
    if (row !== undefined) return { rows: [row], probe: stop, halving: true }
  }
  return undefined
}

/** The most urgent record of all open lanes, and who travels with it. */
function pickLine(sql: Sql, mayHalve: boolean, now: number): Choice | undefined {
  let head: CopyRow | undefined
  for (const lane of lanesOf(sql)) {
    if (isStopped(lane)) continue
    for (const kind of KINDS) {
      const row = headOf(sql, lane.product_code, kind, mayHalve, now)
      if (row !== undefined && (head === undefined || goesBefore(row, head))) head = row
    }
  }
  if (head === undefined) return undefined
  if (head.deadline < now + ALONE_WITHIN_MS) return { rows: [head], probe: null, halving: false }
  if (head.party !== null) return { rows: partyOf(sql, head.party, now), probe: null, halving: true }
  if (head.refusals > 0) return { rows: [head], probe: null, halving: false }
  return { rows: fillBatch(sql, head, now), probe: null, halving: false }
}

function headOf(
  sql: Sql,
  productCode: string,
  kind: string,
  mayHalve: boolean,
  now: number,
): CopyRow | undefined {
  const [row] = sql.all<CopyRow>(
    `select * from copies where product_code = ? and kind = ? and state = 'waiting' and resume_ms <= ?
       and (party is null or deadline < ?) and ${NOT_HELD} order by ${LINE} limit 1`,
    productCode,
    kind,
    now,
    mayHalve ? Number.MAX_SAFE_INTEGER : now + ALONE_WITHIN_MS,
  )
  return row
}

/** The records of one half of a refused batch that may go now. */
const partyOf = (sql: Sql, party: number, now: number): CopyRow[] =>
  sql.all<CopyRow>(
    `select * from copies where party = ? and state = 'waiting' and resume_ms <= ? and deadline >= ?
       and ${NOT_HELD} order by ${LINE}`,
    party,
    now,
    now + ALONE_WITHIN_MS,
  )

/** Up to 25 records of the head's product and kind, most urgent first, of any subscription. */
function fillBatch(sql: Sql, head: CopyRow, now: number): CopyRow[] {
  const rows = sql.all<CopyRow>(
    `select * from copies where product_code = ? and kind = ? and state = 'waiting' and resume_ms <= ?
       and party is null and refusals = 0 and deadline >= ? and ${NOT_HELD} order by ${LINE} limit ${BATCH_MAX}`,
    head.product_code,
    head.kind,
    now,
    now + ALONE_WITHIN_MS,
  )
  let bytes = ENVELOPE_BYTES
  const fitting = rows.findIndex((row) => (bytes += wireBytes(recordOf(row))) > REQUEST_MAX_BYTES)
  return fitting === -1 ? rows : rows.slice(0, Math.max(1, fitting))
}

const isStopped = (lane: Lane): boolean => lane.stopped_ms !== null

/** Final flushes first, then the earlier deadline, then the larger value (money §6 (4), §7 *Order*). */
function goesBefore(a: CopyRow, b: CopyRow): boolean {
  if (a.final !== b.final) return a.final > b.final
  if (a.deadline !== b.deadline) return a.deadline < b.deadline
  return a.value === b.value ? a.key < b.key : a.value > b.value
}

function storeAttempt(sql: Sql, choice: Choice, productCode: string, now: number): number {
  const keys = JSON.stringify(choice.rows.map((row) => row.key))
  const [stored] = sql.all<{ attempt: number }>(
    'insert into attempts (product_code, keys, probe, made_ms) values (?, ?, ?, ?) returning attempt',
    productCode,
    keys,
    choice.probe === 'lane' || choice.probe === null ? choice.probe : 'stop',
    now,
  )
  if (stored === undefined) throw new Error('the attempt was not stored')
  sql.all(
    `update copies set state = 'flying', attempt = ? where key in (select value from json_each(?))`,
    stored.attempt,
    keys,
  )
  return stored.attempt
}
