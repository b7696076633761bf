/** What one freeze reads once for all its dimensions, and the records it has made and not written yet (money §5). */
import { DAY_MS, type Hour, HOUR_MS, hourOf } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { type Adjustment, readAdjustments } from './parts.ts'
import { type NewRecord, writeRecords } from './record.ts'
import { readAllTallies, type StoredTallies, type TallyRow, writeTallies } from './tallies.ts'

/** Over how long a record is compared with those before it (money §5 *Spikes*). */
const COMPARED_MS = 7 * DAY_MS

/** Records held until they are written together. */
const HELD_MAX = 1_000

const NONE: StoredTallies = { tallies: new Map(), frozen: new Map() }

export interface Freezing {
  readonly tallies: (dimension: string) => StoredTallies
  /** Adjustments no record has taken in yet, those of this freeze included. */
  readonly adjustments: (dimension: string) => readonly Adjustment[]
  /** True of a key that has a record, written or made. */
  readonly has: (key: string) => boolean
  /** The most in one record of the dimension in the seven days before `timestamp`; null: there was none. Ask in order. */
  readonly highest: (dimension: string, timestamp: number) => number | null
  /** Takes a record to write, and its lines out of what waits. */
  readonly add: (record: NewRecord) => void
  readonly keep: (tallies: readonly TallyRow[]) => void
  /** Writes what was taken. Nothing may be read from the tables of records before. */
  readonly write: () => void
}

/** Opens the freeze of hours from `from` on, within the caller's transaction. */
export function openFreezing(sql: Sql, from: number): Freezing {
  const stored = readAllTallies(sql)
  const waiting = readAdjustments(sql)
  const keys = new Set(
    sql.all<{ key: string }>('SELECT key FROM records WHERE hour >= ?', hourOf(from)).map((row) => row.key),
  )
  const made: NewRecord[] = []
  const changed: TallyRow[] = []
  let peaks: Map<string, Peak[]> | undefined

  const writeMade = (): void => {
    writeRecords(sql, made)
    made.length = 0
  }

  return {
    tallies: (dimension) => stored.get(dimension) ?? NONE,
    adjustments: (dimension) => waiting.get(dimension) ?? [],
    has: (key) => keys.has(key),
    highest(dimension, timestamp) {
      peaks ??= readPeaks(sql, hourOf(from - COMPARED_MS - HOUR_MS), made)
      const since = hourOf(timestamp - COMPARED_MS)
      const known = peaks.get(dimension) ?? []
      while (known[0] !== undefined && known[0].hour < since) known.shift()
      return known[0]?.quantity ?? null
    },
    add(record) {
      keys.add(record.key)
      made.push(record)
      if (peaks !== undefined) notePeak(peaks, record.dimension, peakOf(record))
      const taken = record.lines.flatMap((line) => (line.kind === 'adjustment' ? [line.from] : []))
      if (taken.length > 0) {
        const left = waiting.get(record.dimension)?.filter((one) => !taken.includes(one.from))
        waiting.set(record.dimension, left ?? [])
      }
      if (made.length >= HELD_MAX) writeMade()
    },
    keep(tallies) {
      changed.push(...tallies)
    },
    write() {
      writeMade()
      writeTallies(sql, changed)
      changed.length = 0
    },
  }
}

interface Peak {
  readonly hour: Hour
  readonly quantity: number
}

/** For each dimension its records that none after them reaches, the oldest and highest first. */
function readPeaks(sql: Sql, from: number, made: readonly NewRecord[]): Map<string, Peak[]> {
  const peaks = new Map<string, Peak[]>()
  const rows = sql.all<{ dimension: string; hour: Hour; quantity: number }>(
    'SELECT dimension, hour, quantity FROM records WHERE hour >= ? ORDER BY hour',
    from,
  )
  for (const row of rows) notePeak(peaks, row.dimension, row)
  for (const record of made) notePeak(peaks, record.dimension, peakOf(record))
  return peaks
}

function notePeak(peaks: Map<string, Peak[]>, dimension: string, peak: Peak): void {
  const known = peaks.get(dimension) ?? []
  while ((known.at(-1)?.quantity ?? Number.POSITIVE_INFINITY) <= peak.quantity) known.pop()
  known.push(peak)
  peaks.set(dimension, known)
}

const peakOf = (record: NewRecord): Peak => ({
  hour: hourOf(record.timestamp),
  quantity: record.lines.reduce((sum, line) => sum + line.units, 0),
})
