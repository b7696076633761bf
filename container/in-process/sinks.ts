/** Where an application's batches are kept: in this process's own ledger, or by the supervisor beside it, over loopback. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import { formatAmount } from '../../shared/amount.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import type { Intake } from '../intake.ts'
import type { Sent, Sink, Wrong } from './reporter.ts'

/** Counted and on disk when it answers, in the same breath. A disk that does not take it is tried again. */
export function ownSink(intake: Intake): Sink {
  const fields = { subscription: undefined, licenseArn: undefined, account: undefined, product: undefined }
  const naming = intake.named(fields)
  return (batch) => {
    if (!naming.ok) return { kind: 'refused', wrong: batch.events.map((_, at) => ({ at, ...naming.error })) }
    try {
      return sentOf(batch, intake.take(batch, naming.value))
    } catch (thrown) {
      return { kind: 'again', why: thrown instanceof Error ? thrown.message : String(thrown), afterMs: 0 }
    }
  }
}

function sentOf(batch: Batch, answers: readonly EventAnswer[]): Sent {
  if (answers.length !== batch.events.length || answers.some(({ result }) => result === 'again'))
    return { kind: 'again', why: 'the ledger gave no answer', afterMs: 0 }
  const refused = answers.flatMap((answer, at): Wrong[] =>
    answer.result === 'refused' ? [{ at, code: answer.code, message: answer.message }] : [],
  )
  if (refused.length === 0) return { kind: 'taken' }
  const own = refused.filter(({ code }) => code !== 'batch-refused')
  return { kind: 'refused', wrong: own.length > 0 ? own : refused }
}

/** How the supervisor is asked; rejects when it does not answer. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>

/** The supervisor's door. Only its own words take a batch out of the buffer. */
export const supervisorSink =
  (ask: Ask): Sink =>
  async (batch) => {
    try {
      const response = await ask('/v1/usage', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(batch)),
      })
      const afterMs = 1_000 * (Number(response.headers.get('retry-after')) || 0)
      const said: unknown = await response.json()
      return readSent(batch, response.status, said, afterMs)
    } catch (thrown) {
      return { kind: 'again', why: thrown instanceof Error ? thrown.message : String(thrown), afterMs: 0 }
    }
  }

/** A batch as JSON of the usage API; what it names beside is the caller's. */
export function bodyOf(batch: Batch): Record<string, unknown> {
  if (batch.kind === 'ids')
    return { events: batch.events.map((event) => ({ id: event.id, source: event.source, ...wireOf(event) })) }
  const { source, epoch, sequence, events } = batch
  return { source, epoch, sequence, events: events.map(wireOf) }
}

function wireOf(event: UsageEvent): Record<string, unknown> {
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

/** What an answer of the usage API says of a batch; what is not its own word is `again`. */
export function readSent(batch: Batch, status: number, said: unknown, afterMs: number): Sent {
  const { result, code, detail, refused, results } = read(said)
  const again: Sent = {
    kind: 'again',
    why: `it was answered ${status} ${detail ?? code ?? ''}`.trim(),
    afterMs,
  }
  if (status === 200 && results !== null) {
    if (results.length !== batch.events.length) return again
    return sentOf(batch, results)
  }
  if (status === 200 && (result === 'counted' || result === 'duplicate')) return { kind: 'taken' }
  if (code === null || detail === null) return again
  const all = batch.events.map((_, at): Wrong => ({ at, code, message: detail }))
  if (result === 'refused') return { kind: 'refused', wrong: refused.length > 0 ? refused : all }
  // A whole request that cannot be read will not be read the next time either.
  return [400, 413, 415, 422].includes(status) ? { kind: 'refused', wrong: all } : again
}

interface Said {
  readonly result: string | null
  readonly code: string | null
  readonly detail: string | null
  readonly refused: readonly Wrong[]
  readonly results: readonly EventAnswer[] | null
}

function read(said: unknown): Said {
  const fields = recordOf(said)
  const { refused, results } = fields
  return {
    result: textOf(fields['result']),
    code: textOf(fields['code']),
    detail: textOf(fields['detail']),
    refused: (Array.isArray(refused) ? refused : []).map((one: unknown): Wrong => {
      const { at, code, message } = recordOf(one)
      return { at: Number(at), code: textOf(code) ?? '', message: textOf(message) ?? '' }
    }),
    results: Array.isArray(results) ? results.map(readAnswer) : null,
  }
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
