/**
 * Which records go into the next call (money §7 *Order*, §8): earliest deadline first, full batches, halves and probes
 * within a fifth of the rate. Synchronous; stores the attempt, so that what it answers may be sent.
 */
import { BATCH_MAX, REQUEST_MAX_BYTES, wireBytes } from '../aws/batch-meter-usage.ts'
import type { Sql } from '../sql.ts'
import { recordOf, type CopyRow } from './copies.ts'
import type { FrozenRecord } from './record.ts'
import {
  ALONE_WITHIN_MS,
  goesBefore,
  PLACE,
  readLine,
  readStretch,
  stretchesOf,
  type Stretch,
} from './line.ts'
import {
  delayLaneProbe,
  delayProbe,
  heldBy,
  holds,
  isStopped,
  lanesOf,
  stopsOf,
  type Lane,
  type Stop,
} from './stops.ts'
import type { OpenSort } from './windows.ts'

/** One call to make. Its attempt is stored: from here on it counts as made. */
export interface Call {
  readonly attempt: number
  readonly productCode: string
  readonly records: readonly FrozenRecord[]
}

/** Room for `{"ProductCode":…,"UsageRecords":[]}` around the records. */
const ENVELOPE_BYTES = 400

/** What one call is: its records and, for a probe, what it probes. */
interface Choice {
  readonly rows: readonly CopyRow[]
  readonly probe: 'lane' | Stop | null
  /** Counts against the fifth of the rate that halving may take. */
  readonly halving: boolean
}

/** True when `planCall` would find a call now. */
export const hasCall = (sql: Sql, open: readonly OpenSort[], now: number): boolean =>
  open.length > 0 && sql.transaction(() => choose(sql, open, now, 1)) !== undefined

/** The next call, its attempt stored; undefined when nothing may go at `now`. */
export function planCall(
  sql: Sql,
  open: readonly OpenSort[],
  intervalMs: number,
  now: number,
): Call | undefined {
  if (open.length === 0) return undefined
  return sql.transaction(() => {
    const choice = choose(sql, open, now, BATCH_MAX)
    const first = choice?.rows[0]
    if (choice === undefined || first === undefined) return undefined
    if (choice.probe === 'lane') delayLaneProbe(sql, first.product_code, now)
    else if (choice.probe !== null) delayProbe(sql, choice.probe, now)
    if (choice.halving) sql.all('update pace set halving_ms = ?', now + Math.ceil(5 * intervalMs))
    const attempt = storeAttempt(sql, choice, first.product_code, now)
    return { attempt, productCode: first.product_code, records: choice.rows.map(recordOf) }
  })
}

/** What goes next, with at most `limit` records. */
function choose(sql: Sql, open: readonly OpenSort[], now: number, limit: number): Choice | undefined {
  const [pace] = sql.all<{ halving_ms: number; held: number }>('select halving_ms, held from pace')
  if (pace?.held === 1) return undefined
  const mayHalve = (pace?.halving_ms ?? 0) <= now
  const lanes = lanesOf(sql)
  const stops = stopsOf(sql)
  return (
    probeLane(sql, lanes, open, now) ??
    (mayHalve ? probeStop(sql, lanes, stops, now) : undefined) ??
    pickLine(sql, { lanes, open, stops, mayHalve, limit, now })
  )
}

/** A stopped lane is tried by its most urgent record: the first answer that is no refusal of ours opens it. */
function probeLane(
  sql: Sql,
  lanes: readonly Lane[],
  open: readonly OpenSort[],
  now: number,
): Choice | undefined {
  for (const lane of lanes) {
    if (lane.probe_ms === null || lane.probe_ms > now) continue
    const heads = openStretches(lane, [PLACE.line, PLACE.held, PLACE.party], open, now).flatMap((stretch) =>
      readStretch(sql, stretch, 1),
    )
    const row = firstOf(heads)
    if (row !== undefined) return { rows: [row], probe: 'lane', halving: false }
  }
  return undefined
}

/** A stopped dimension or license is tried by the record that was refused least: the fault may be one record's own. */
function probeStop(
  sql: Sql,
  lanes: readonly Lane[],
  stops: readonly Stop[],
  now: number,
): Choice | undefined {
  const stopped = new Set(lanes.filter(isStopped).map((lane) => lane.product_code))
  for (const stop of stops) {
    if (stop.probe_ms > now || stopped.has(stop.product_code)) continue
    const [row] = sql.all<CopyRow>(
      `select * from copies where product_code = ? and held = ? and state = 'waiting' and place = ${PLACE.held}
         order by refusals, final desc, deadline, value desc, key limit 1`,
      stop.product_code,
      heldBy(stop),
    )
    if (row !== undefined) return { rows: [row], probe: stop, halving: true }
  }
  return undefined
}

interface View {
  readonly lanes: readonly Lane[]
  readonly open: readonly OpenSort[]
  readonly stops: readonly Stop[]
  readonly mayHalve: boolean
  readonly limit: number
  readonly now: number
}

/** The most urgent record of all open lanes, and who travels with it. */
function pickLine(sql: Sql, view: View): Choice | undefined {
  const { now } = view
  const heads: CopyRow[] = []
  for (const lane of view.lanes) {
    if (isStopped(lane)) continue
    const free = openStretches(lane, [PLACE.line], view.open, now)
    // Halves wait for their turn; with little time left their records go alone, like all others.
    const halves = openStretches(lane, [PLACE.party], view.open, now).map((stretch) =>
      view.mayHalve ? stretch : { ...stretch, until: now + ALONE_WITHIN_MS },
    )
    for (const stretch of [...free, ...halves]) heads.push(...readLine(sql, stretch, view.stops, 1))
  }
  const head = firstOf(heads)
  if (head === undefined) return undefined
  if (head.deadline < now + ALONE_WITHIN_MS) return { rows: [head], probe: null, halving: false }
  if (head.party !== null) return { rows: partyOf(sql, head.party, view), probe: null, halving: true }
  if (head.refusals > 0) return { rows: [head], probe: null, halving: false }
  return { rows: fillBatch(sql, head, view), probe: null, halving: false }
}

/** The stretches of a lane in these places, but for what is past its deadline and not final: that is over. */
const openStretches = (
  lane: Lane,
  places: readonly number[],
  open: readonly OpenSort[],
  now: number,
): Stretch[] =>
  stretchesOf(lane, places, open).map((stretch) =>
    stretch.final === 1 ? stretch : { ...stretch, from: now + 1 },
  )

const firstOf = (rows: readonly CopyRow[]): CopyRow | undefined =>
  rows.reduce<CopyRow | undefined>(
    (head, row) => (head === undefined || goesBefore(row, head) ? row : head),
    undefined,
  )

/** The records of one half of a refused batch that may go now. */
function partyOf(sql: Sql, party: number, { stops, now }: View): CopyRow[] {
  const rows = sql.all<CopyRow>(
    `select * from copies where party = ? and state = 'waiting' and place = ${PLACE.party} and deadline >= ?`,
    party,
    now + ALONE_WITHIN_MS,
  )
  return rows
    .filter((row) => !stops.some((stop) => holds(stop, row)))
    .sort((a, b) => (goesBefore(a, b) ? -1 : 1))
}

/** Up to 25 records of the head's product and kind, most urgent first, of any subscription. */
function fillBatch(sql: Sql, head: CopyRow, { lanes, open, stops, limit, now }: View): CopyRow[] {
  if (limit === 1) return [head]
  const from = now + ALONE_WITHIN_MS
  const rows = lanes
    .filter((lane) => lane.product_code === head.product_code)
    .flatMap((lane) => stretchesOf(lane, [PLACE.line], open))
    .filter((stretch) => stretch.kind === head.kind)
    .flatMap((stretch) => unrefused(sql, { ...stretch, from }, stops, limit))
    .slice(0, limit)
  let bytes = ENVELOPE_BYTES
  const fitting = rows.findIndex((row) => (bytes += wireBytes(recordOf(row))) > REQUEST_MAX_BYTES)
  return fitting === -1 ? rows : rows.slice(0, Math.max(1, fitting))
}

/** The first of a stretch that were never refused: those that were travel alone. */
function unrefused(sql: Sql, stretch: Stretch, stops: readonly Stop[], limit: number): CopyRow[] {
  const rows = readLine(sql, stretch, stops, limit)
  if (rows.every((row) => row.refusals === 0)) return rows
  return readLine(sql, stretch, stops, 20 * limit).filter((row) => row.refusals === 0)
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
