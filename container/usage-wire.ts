/** One event's measure as JSON of the usage API, and what an answer of that API says. Pure. */
import { formatAmount } from '../shared/amount.ts'
import type { EventAnswer, UsageEvent } from '../shared/usage/event.ts'

/** Meter, time and what was used; its id and source are the caller's to name. */
export function amountFields(event: UsageEvent): Record<string, unknown> {
  const { meter, time } = event
  switch (event.kind) {
    case 'quantity':
      return { meter, time, quantity: formatAmount(event.quantity) }
    case 'value':
      return { meter, time, value: formatAmount(event.value), series: event.series }
    case 'key':
      return { meter, time, key: event.key }
  }
}

/** Usage that will never be taken as it is. `at`: its place among the events sent. */
export interface Wrong {
  readonly at: number
  readonly code: string
  readonly message: string
}

/** What became of a request that reported usage. */
export type Said =
  | { readonly kind: 'each'; readonly answers: readonly EventAnswer[] }
  | { readonly kind: 'taken' }
  /** `wrong` empty: the request as a whole, or its number. */
  | {
      readonly kind: 'refused'
      readonly code: string
      readonly message: string
      readonly wrong: readonly Wrong[]
    }
  /** Its own word that it could not take it now: the same again, later. */
  | { readonly kind: 'again'; readonly why: string }
  /** Nothing that the usage API says: a proxy, another service, a key that is not in force. */
  | { readonly kind: 'foreign'; readonly why: string }

/** Reads an answer of `POST /v1/usage` to `events` events. Only the API's own word lets usage go. */
export function readSaid(status: number, body: unknown, events: number): Said {
  const fields = recordOf(body)
  const { result, results, refused } = fields
  const code = textOf(fields['code'])
  const detail = textOf(fields['detail'])
  const why = `${status} ${detail ?? code ?? 'without a word of the usage API'}`
  if (status === 200 && Array.isArray(results)) {
    return results.length === events
      ? { kind: 'each', answers: results.map(readAnswer) }
      : { kind: 'foreign', why }
  }
  if (status === 200 && (result === 'counted' || result === 'duplicate')) return { kind: 'taken' }
  if (code === null || detail === null) return { kind: 'foreign', why }
  if (result === 'refused') {
    const list: readonly unknown[] = Array.isArray(refused) ? refused : []
    return { kind: 'refused', code, message: detail, wrong: list.map(readWrong) }
  }
  if (code === 'again' || code === 'too-many-requests') return { kind: 'again', why }
  // A request that cannot be read now will not be read the next time either.
  if ([400, 413, 415, 422].includes(status)) return { kind: 'refused', code, message: detail, wrong: [] }
  return { kind: 'foreign', why }
}

function readWrong(one: unknown): Wrong {
  const { at, code, message } = recordOf(one)
  return { at: Number(at), code: textOf(code) ?? 'refused', message: textOf(message) ?? '' }
}

function readAnswer(one: unknown): EventAnswer {
  const { result, code, message } = recordOf(one)
  if (result === 'counted' || result === 'duplicate') return { result }
  if (result === 'refused') return { result, code: textOf(code) ?? 'refused', message: textOf(message) ?? '' }
  return { result: 'again', message: textOf(message) ?? 'no answer' }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
