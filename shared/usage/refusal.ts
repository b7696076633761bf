/** Why the door refuses an event or a whole request. Codes are stable: part of the API, listed in docs/usage.md. */
import { err, type Result } from '../result.ts'

/** What can be wrong with the form of one event, whatever its subscription. The sender has to correct it. */
const FORM = [
  'not-an-object',
  'unknown-field',
  'cloudevent-attribute',
  'id-missing',
  'bad-id',
  'bad-source',
  'meter-missing',
  'bad-meter',
  'amount-missing',
  'amount-twice',
  'bad-amount',
  'too-precise',
  'amount-out-of-range',
  'bad-series',
  'bad-key',
  'time-missing',
  'bad-time',
  'time-without-zone',
  'time-unit',
  'subscription-missing',
  'subscription-twice',
  'bad-license',
  'bad-account',
  'bad-product',
] as const

export type FormCode = (typeof FORM)[number]

export const FORM_CODES: ReadonlySet<string> = new Set(FORM)

/** What only a look at the subscriptions tells. */
export const LOOKUP_CODES = ['unknown-subscription', 'ambiguous-subscription'] as const

export type LookupCode = (typeof LOOKUP_CODES)[number]

/** What is wrong with usage in a shape taken over from another system (money §1). */
export const TAKEN_OVER_CODES = [
  'already-metered',
  'before-take-over',
  'unknown-dimension',
  'dimension-not-summed',
] as const

export type TakenOverCode = (typeof TAKEN_OVER_CODES)[number]

/** One event refused: a stable code, and what happened, whose move it is, what to do. */
export interface Refusal {
  readonly code: FormCode | LookupCode | TakenOverCode
  readonly message: string
}

/** The failure of a reading that refuses its event. */
export const refused = (code: Refusal['code'], message: string): Result<never, Refusal> =>
  err({ code, message })

/** What can be wrong with a request as a whole; nothing of it is stored. */
export const REQUEST_CODES = [
  'empty-body',
  'not-utf-8',
  'not-json',
  'too-deep',
  'duplicate-key',
  'bad-gzip',
  'not-events',
  'unknown-envelope-field',
  'bad-sequence',
  'no-events',
  'too-many-events',
  'too-large',
  'wrong-content-type',
  'wrong-content-encoding',
] as const

export type RequestCode = (typeof REQUEST_CODES)[number]

export interface RequestProblem {
  readonly code: RequestCode
  readonly message: string
}
