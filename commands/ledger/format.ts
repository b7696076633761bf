/** Times, dollars and references to records as a person reads and types them. No I/O, no clock. */
import { HOUR_MS } from '../../shared/hour.ts'

/** `2026-11-21 09:00:30`, UTC; a dash for none. */
export const timeText = (ms: number | null): string =>
  ms === null ? '-' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

/** `2026-11-21T09`, UTC: the hour that begins then. */
export const hourText = (ms: number): string => new Date(ms).toISOString().slice(0, 13)

/** `2026-11-21T09` as its first ms; undefined for anything else. */
export function readHour(text: string): number | undefined {
  const [, hour] = /^(\d{4}-\d\d-\d\dT\d\d)(?::00(?::00(?:\.000)?)?Z?)?$/.exec(text) ?? []
  const ms = hour === undefined ? Number.NaN : Date.parse(`${hour}:00:00Z`)
  return Number.isNaN(ms) || hourText(ms) !== hour ? undefined : ms
}

/** The shortest name of a record within its subscription. */
export const recordName = (record: { readonly dimension: string; readonly hour: number }): string =>
  `${record.dimension}@${hourText(record.hour)}`

/** A record as it was named: by its key, or by dimension and hour. */
export interface RecordName {
  readonly hour: number
  readonly matches: (record: {
    readonly key: string
    readonly dimension: string
    readonly hour: number
  }) => boolean
}

/** Reads `dimension@2026-11-21T09`, or a whole key, which ends with its hour in ms. */
export function readRecordName(text: string): RecordName | undefined {
  const [, dimension, written = ''] = /^([^@|]+)@([^@|]+)$/.exec(text) ?? []
  const hour = readHour(written)
  if (dimension !== undefined && hour !== undefined) {
    return { hour, matches: (record) => record.dimension === dimension && record.hour === hour }
  }
  const tail = Number(/\|(\d{12,15})$/.exec(text)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(tail) || tail % HOUR_MS !== 0) return undefined
  return { hour: tail, matches: (record) => record.key === text }
}

/** Decimal text with two decimals, and more only where they are not 0. */
export function dollarText(text: string): string {
  const [whole = '0', decimals = ''] = text.split('.')
  return `$${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`
}

/** `1 record`, `2 records`. */
export const countText = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** How long, roughly: `40 s`, `12 min`, `3.5 h`. */
export function spanText(ms: number): string {
  if (ms < 60_000) return `${Math.ceil(ms / 1000)} s`
  return ms < HOUR_MS ? `${Math.ceil(ms / 60_000)} min` : `${(ms / HOUR_MS).toFixed(1)} h`
}
