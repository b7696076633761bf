/** The time of an event as a sender writes it, to epoch ms. Pure: what is too old or ahead is the Ledger's to say. */
import { ok, type Result } from '../result.ts'
import { refused, type Refusal } from './refusal.ts'

/** RFC 3339 with a zone, years 2000 to 2099, seconds 00 to 59 (no leap second: UTC hours have 3 600 000 ms). */
const RFC_3339 =
  /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?$/

const REMEDY = 'Send RFC 3339 with a zone, such as "2026-11-21T10:15:00Z".'

/** Epoch ms of an RFC 3339 text; a fraction below a millisecond is cut off. */
export function readTimeText(value: unknown): Result<number, Refusal> {
  if (value === undefined || value === null) {
    return refused('time-missing', `The event has no time, so its hour is not known. ${REMEDY}`)
  }
  if (typeof value !== 'string') return refused('bad-time', `The time is not a text. ${REMEDY}`)
  if (!RFC_3339.test(value) || !dayExists(value)) {
    return WITHOUT_ZONE.test(value)
      ? refused('time-without-zone', `The time has no zone, so its hour is not certain. ${REMEDY}`)
      : refused('bad-time', `The time is not a date and time that exists between 2000 and 2099. ${REMEDY}`)
  }
  return ok(Date.parse(value.toUpperCase()))
}

/**
 * As `readTimeText`, and whole numbers whose unit is certain by their size: 10 digits are seconds, 13 are ms
 * (2001-09-09 to 2286-11-20 both). Any other number is refused, never guessed.
 */
export function readTime(value: unknown): Result<number, Refusal> {
  if (typeof value !== 'number') return readTimeText(value)
  if (Number.isInteger(value) && value >= 1e9 && value < 1e10) return ok(value * 1000)
  if (Number.isInteger(value) && value >= 1e12 && value < 1e13) return ok(value)
  return refused(
    'time-unit',
    `The time is a number that is neither whole epoch seconds (10 digits) nor milliseconds (13 digits). ${REMEDY}`,
  )
}

const EPOCH = /^([1-9]\d{9}|[1-9]\d{12}|[1-9]\d{15}|[1-9]\d{18})(?:\.(\d{1,9}))?$/

/**
 * Epoch ms of a number as text whose unit is certain by its digits: 10 are seconds, 13 ms, 16 µs, 19 ns (money §1). What
 * is below a millisecond is cut off.
 */
export function readEpochText(text: string): Result<number, Refusal> {
  const [, digits, fraction = ''] = EPOCH.exec(text) ?? []
  if (digits !== undefined) {
    const ms = digits.length === 10 ? `${digits}${fraction.padEnd(3, '0').slice(0, 3)}` : digits.slice(0, 13)
    return ok(Number(ms))
  }
  return refused(
    'time-unit',
    'The time is no epoch number whose unit is certain: 10 digits are seconds, 13 ms, 16 µs, 19 ns. Send one of these.',
  )
}

/** False for 30 February and its like. `text` has matched `RFC_3339`. */
function dayExists(text: string): boolean {
  const day = Number(text.slice(8, 10))
  if (day <= 28) return true
  const lastDay = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
  return day <= lastDay
}
